// Two resources of a program for one object: the check of the second refuses it, before anything is sent. Also: creates of
// an object that a resource of the stack already has.
import { describe, expect, test } from "vitest";
import { classesCases, classesTest } from "./classesOnly.ts";
import { bindingState, boundTemplate, templateState, url } from "./fixtures.ts";
import { failureOf, unknown, type Values } from "./providerProcess.ts";
import { bindings, emulator, onAccount, provider, templates } from "./run.ts";

const domain = "push.example.com";
const rule = (AppName: string, TemplateId: number) => ({ DomainName: domain, AppName, TemplateId });

onAccount({
  templates: ["had", "bound", "given-up", "other", "theirs", "own-1234567", "far", "old-1234567"].map(
    (TemplateName, index) => ({
      TemplateId: index + 1,
      TemplateName,
      RecordNotifyUrl: url,
    }),
  ),
  rules: [rule("live", 2), rule("event", 2), rule("same", 3), rule("edited", 5)],
});

const urn = (name: string) => `urn:pulumi:test::lvb-protocol::pulumi-nodejs:dynamic/tencentcloud-lvb:Any::${name}`;

/** A resource of a new run: whether the state has it, and its inputs. */
type Wants = [resource: string | undefined, had: boolean, more?: Values];

const named = ([resource, had, more]: Wants, name: string) => {
  const inputs = { recordNotifyUrl: url, __autoName: name };
  const olds = had ? { ...inputs, templateName: name } : {};
  return templates.check(olds, { ...inputs, ...(resource && { __urn: urn(resource) }), ...more });
};
const placed = ([resource, had, more]: Wants, appName: string) => {
  const inputs = { domainName: domain, appName, templateId: "1" };
  return bindings.check(had ? inputs : {}, { ...inputs, ...(resource && { __urn: urn(resource) }), ...more });
};

const both: [string, Wants, Wants][] = [
  ["both are new", ["a::1", false], ["b", false]],
  ["only the first is in the state", ["a::1", true], ["b", false]],
  ["only the second is in the state", ["a::1", false], ["b", true]],
];
const none: [string, Wants, Wants][] = [
  ["both are in the state", ["a", true], ["b", true]],
  ["it is one resource, checked again", ["a", false], ["a", false]],
  ["the programs pass no URN", [undefined, false], [undefined, false]],
];

describe("two templates with the same automatic name", () => {
  test.each(both)("are refused if %s", async (what, first, second) => {
    expect((await named(first, what)).failures.filter(({ reason }) => reason.includes("another"))).toEqual([]);
    const reason = expect.stringMatching(/^another resource of this run, "a::1", has the same templateName\. Next: /);
    expect((await named(second, what)).failures).toContainEqual({ property: "templateName", reason });
  });

  test.each(none)("are accepted if %s", async (what, first, second) => {
    await named(first, what);
    expect((await named(second, what)).failures.filter(({ reason }) => reason.includes("another"))).toEqual([]);
  });

  test("are left to the create if the name is explicit", async () => {
    const explicit = { templateName: "explicit" };
    await named(["a", false, explicit], "x");
    expect((await named(["b", false, explicit], "y")).failures).toEqual([]);
  });
});

describe("two bindings of the same domain and app", () => {
  test.each(both)("are refused if %s", async (_what, first, second) => {
    const app = `${first[1]}-${second[1]}`;
    expect((await placed(first, app)).failures).toEqual([]);
    const reason = `another resource of this run, "a::1", binds the same domain and app, ${domain}/${app}. Next: remove one`;
    expect((await placed(second, app)).failures).toEqual([{ property: "", reason }]);
  });

  test.each([
    ...none,
    ...classesCases([
      ["one is in the state and the other imports it", ["a", true], ["b", false, { __import: `${domain}/x` }]],
    ]),
    ["their domains are not known yet", ["a", false, { domainName: unknown }], ["b", false, { domainName: unknown }]],
  ] as [string, Wants, Wants][])("are accepted if %s", async (what, first, second) => {
    const app = `none-${what.length}`;
    await placed(first, app);
    expect((await placed(second, app)).failures).toEqual([]);
  });
});

describe("a create with an explicit name that the account already has", () => {
  const make = async (resource: string, templateName: string) => {
    const news = { templateName, recordNotifyUrl: url, __urn: urn(resource) };
    await templates.check({ templateName, recordNotifyUrl: url }, news);
    return (await failureOf(templates.create(news))).message.replace(/^.* Next: /, "");
  };

  test("advises deleteBeforeReplace if the resource itself has it", async () => {
    expect(await make("had", "had")).toBe("this resource is being replaced; set its option deleteBeforeReplace: true");
  });

  test("advises another name if the resource itself has it and is bound", async () => {
    expect(await make("bound", "bound")).toBe(
      `this resource is being replaced; since it is bound to ${domain}/event, ${domain}/live, choose another templateName for ` +
        "the replacement",
    );
  });

  classesTest("names the other resource if that one imports a template of the same name", async () => {
    const fields = { templateName: "other", recordNotifyUrl: url };
    await templates.check(fields, { ...fields, __urn: urn("other") });
    await templates.check({}, { ...fields, __urn: urn("importing"), __import: "4" });
    expect(await make("other", "other")).toMatch(/^another resource of this stack has it; /);
  });

  test("names the other resource if that one is renamed in the same run", async () => {
    const olds = { templateName: "given-up", recordNotifyUrl: url };
    await templates.check(olds, { ...olds, templateName: "renamed", __urn: urn("renamed") });
    const news = { ...olds, __urn: urn("new") };
    await templates.check({}, news);
    expect((await failureOf(templates.create(news))).message).toMatch(
      / 3\. Next: another resource of this stack has it; /,
    );
  });
});

describe("a domain and app whose binding is replaced", () => {
  const replace = async (appName: string) => {
    const olds = { domainName: domain, appName, templateId: "3" };
    const { inputs } = await bindings.check(olds, { ...olds, templateId: "4", __urn: urn(appName) });
    return bindings.create(inputs);
  };

  test("is bound again", async () => {
    await replace("same");
    expect(boundTemplate(emulator, domain, "same")).toBe(4);
    expect(provider.lines("warning")).toEqual([]);
  });

  test("is refused if another resource has bound it", async () => {
    const olds = { domainName: domain, appName: "event", templateId: "2" };
    await bindings.check(olds, { ...olds, appName: "moved", __urn: urn("moving") });
    expect((await failureOf(bindings.make({ ...olds, templateId: "3", __urn: urn("new") }))).message).toMatch(
      /event is bound to template 2\. Next: /,
    );
  });

  test("is refused if someone has bound it to another template since", async () => {
    expect((await failureOf(replace("edited"))).message).toMatch(/edited is bound to template 5\. Next: /);
    expect(boundTemplate(emulator, domain, "edited")).toBe(5);
  });
});

// A run that was interrupted between create and delete leaves two entries for one object in the state.
describe("an object that another resource of the program has", () => {
  const place = { domainName: domain, appName: "live", templateId: "2" };
  const fields = { templateName: "bound", recordNotifyUrl: url };
  const id = `${domain}/live`;

  test("is deleted if that resource gets another one", async () => {
    await bindings.diff(`${domain}/event`, bindingState(domain, "event", "2"), { ...place, appName: unknown });
    await bindings.delete(`${domain}/event`, bindingState(domain, "event", "2"));
    expect(boundTemplate(emulator, domain, "event")).toBeUndefined();
  });

  test("is kept, with a warning", async () => {
    await bindings.check({}, place);
    await bindings.diff(id, bindingState(domain, "live", "2"), place);
    await bindings.delete(id, bindingState(domain, "live", "2"));
    expect(boundTemplate(emulator, domain, "live")).toBe(2);
    await templates.check({}, fields);
    await templates.diff("2", templateState("2", fields), { ...fields, templateName: unknown });
    await templates.delete("2", templateState("2", fields));
    expect(emulator.state().templates).toContainEqual(expect.objectContaining({ TemplateId: 2 }));
    for (const object of [`binding ${id}`, 'callback template "bound" (2)']) {
      expect(provider.lines("warning")).toContain(`${object} is kept: another resource of this run now manages it`);
    }
  });

  test("doesn't count as a leftover of a killed run: a create makes a second template, and only the first may be deleted", async () => {
    for (const [id, templateName] of [
      ["6", "own-1234567"],
      ["7", "far"],
    ] as const) {
      const { accountId: _, ...state } = templateState(id, { templateName, recordNotifyUrl: url });
      await templates.check({}, { templateName, recordNotifyUrl: url });
      await templates.diff(id, state, { templateName, recordNotifyUrl: url });
    }
    const made = await templates.make({ recordNotifyUrl: url, __autoName: "own-1234567" });
    expect(made.id).not.toBe("6");
    for (const id of ["6", "7", made.id]) await templates.delete(id, templateState(id, {}));
    const left = emulator.state().templates.map(({ TemplateId }) => String(TemplateId));
    expect(["6", "7", made.id].filter((id) => left.includes(id))).toEqual(["7", made.id]);
  });

  test("doesn't count as a leftover of a killed run if its resource was renamed", async () => {
    const old = { templateName: "old-1234567", recordNotifyUrl: url };
    await templates.check({ ...old, __autoName: "old-1234567" }, { ...old, templateName: "new", __urn: urn("new") });
    const { id } = await templates.make({ recordNotifyUrl: url, __autoName: "old-1234567", __urn: urn("old") });
    expect(id).not.toBe("8");
  });

  classesTest("is not imported", async () => {
    const news = { templateName: "taken", recordNotifyUrl: url, __import: "2" };
    expect((await failureOf(templates.create(news))).message).toMatch(
      /another resource of this stack manages template 2\. Next: /,
    );
  });

  test("is named, with a fitting next step, when its bound template is deleted", async () => {
    const state = templateState("4", { templateName: "other", recordNotifyUrl: url });
    await bindings.check({}, { ...place, appName: "same" });
    await bindings.diff(`${domain}/same`, bindingState(domain, "same", "4"), { ...place, appName: "same" });
    const { message } = await failureOf(templates.delete("4", state));
    expect(message).toMatch(/bound to push\.example\.com\/same\. Next: bind another template there first, or leave/);
  });
});
