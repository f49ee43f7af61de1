// Hostile values in a program. Each is either refused before anything is sent, with an error without control characters,
// or reaches the account and comes back byte by byte.
import { describe, expect, test } from "vitest";
import type { Emulator } from "../../emulator/index.ts";
import { templateFields } from "../../provider/properties.ts";
import { templatesNamed, url } from "./fixtures.ts";
import { bindings, emulator, onAccount, templates } from "./run.ts";

const urlFields = templateFields.filter((field) => field.endsWith("NotifyUrl"));

onAccount();

/** No run uses a name twice. */
let names = 0;

const hostile: Record<string, string> = {
  "a line break": "a\nb",
  "a carriage return": "a\rb",
  "a tab": "a\tb",
  "a terminal escape": "a\u001b[31mb\u001b]0;title\u0007",
  "a C1 control character": "a\u009b31mb",
  "a null character": "a\u0000b",
  "a delete": "a\u007fb",
  "percent signs": "100%s%n%00%0a%",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a shell or a template would expand it
  "a shell substitution": "$(id) ${HOME} $HOME `id`",
  quotes: "a\"b'c`d",
  "a backslash": "a\\b\\n",
  "HTML and JSON": '</script><b>{"a":1}',
  "characters of four bytes": "\u{1f600}\u{20000}\u{1f469}\u200d\u{1f4bb}",
  "a combining accent": "e\u0301",
  "text from right to left": "\u202eabc\u202c",
  "a byte order mark": "\ufeffa",
  "a prototype": "__proto__",
  "a path": "../../etc/passwd",
  "white space": "   ",
};
/** Characters that control a terminal or begin another line. */
const controls = /[\u0000-\u001f\u007f-\u009f]/;

describe.each(Object.entries(hostile))("%s", (_name, value) => {
  test.each(["templateName", "description", "callbackKey", ...urlFields])("as the %s of a template", async (field) => {
    const written = field.endsWith("Url") ? `${url}/${value}` : value;
    const news = { templateName: `hostile-${++names}`, recordNotifyUrl: url, [field]: written };
    const { inputs, failures } = await templates.check({}, news);
    if (failures.length > 0) {
      for (const { reason } of failures) expect(reason).not.toMatch(controls);
      return;
    }
    const { id, outs } = await templates.create(inputs);
    const [made] = templatesNamed(emulator, String(inputs.templateName));
    expect(made?.[apiName(field)]).toBe(written);
    const read = await templates.read(id, outs);
    expect(await templates.diff(id, read.props, inputs)).toMatchObject({ changes: false });
    emulator.setState({});
  });

  test.each(["domainName", "appName", "templateId"])("as the %s of a binding", async (field) => {
    const news = { domainName: "push.example.com", appName: "live", templateId: "1", [field]: value };
    const { inputs, failures } = await bindings.check({}, news);
    for (const { reason } of failures) expect(reason).not.toMatch(controls);
    // The documentation forbids nothing else in an AppName, so it must at least be passed on unchanged.
    if (failures.length === 0) expect(inputs[field]).toBe(value);
    else expect(failures).toEqual([expect.objectContaining({ property: field })]);
  });

  test("as the name of a property", async () => {
    if (value.startsWith("__")) return;
    const { failures } = await templates.check({}, { recordNotifyUrl: url, [value]: "x" });
    expect(failures).toHaveLength(1);
    expect(failures[0]?.reason).not.toMatch(controls);
  });
});

test.each(["constructor", "toString", "hasOwnProperty"])("%s is an unknown property", async (name) => {
  const { failures } = await templates.check({}, { recordNotifyUrl: url, [name]: "x" });
  expect(failures).toEqual([{ property: "", reason: expect.stringContaining(`${name} is not a property`) }]);
});

test.each([
  ["templateName", "\u4e2d", 255],
  ["description", "\u{1f600}", 1024],
])("the limit of %s counts bytes", async (field, character, limit) => {
  const fitting = Math.floor(limit / Buffer.byteLength(character));
  const check = (length: number) => templates.check({}, { recordNotifyUrl: url, [field]: character.repeat(length) });
  expect((await check(fitting)).failures).toEqual([]);
  expect((await check(fitting + 1)).failures).toEqual([
    { property: field, reason: expect.stringContaining(`${limit} bytes`) },
  ]);
});

type LiveTemplate = ReturnType<Emulator["state"]>["templates"][number];

function apiName(field: string): keyof LiveTemplate {
  return `${field.charAt(0).toUpperCase()}${field.slice(1)}` as keyof LiveTemplate;
}
