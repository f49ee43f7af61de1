// The documentation: links resolve, programs compile, commands exist, generated sections are current, and every public
// symbol has a doc comment.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { currentPages } from "../../scripts/docs.mts";
import { codeBlocks } from "../codeBlocks.ts";

const root = join(__dirname, "../..");
const pages = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"], {
  cwd: root,
  encoding: "utf8",
})
  .split("\n")
  .filter((path) => path !== "" && existsSync(join(root, path)));
const read = (page: string) => readFileSync(join(root, page), "utf8");

const blocks = pages.flatMap(codeBlocks);

test("these tests find the pages", () => {
  expect(pages).toContain("README.md");
  expect(pages).toContain("docs/cli.md");
  expect(blocks.length).toBeGreaterThan(10);
});

test.each([...currentPages()])("%s is current (npm run docs)", (page, text) => {
  expect(read(page)).toBe(text);
});

/** The anchors that GitHub gives to headings. */
function anchors(page: string): Set<string> {
  const headings =
    read(page)
      .replace(/^```.*?^```$/gms, "")
      .match(/^#+ .*$/gm) ?? [];
  return new Set(
    headings.map((heading) =>
      heading
        .replace(/^#+ /, "")
        .replace(/[`*]/g, "")
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, "")
        .trim()
        .replace(/\s/g, "-"),
    ),
  );
}

test.each(pages)("the links of %s resolve", (page) => {
  const text = read(page).replace(/^```.*?^```$/gms, "");
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? "");
  const broken = links.filter((link) => {
    if (/^https?:/.test(link)) return !URL.canParse(link);
    const [path = "", anchor] = link.split("#");
    const target = path === "" ? page : relative(root, join(root, dirname(page), path));
    if (!existsSync(join(root, target))) return true;
    return anchor !== undefined && !anchors(target).has(decodeURIComponent(anchor));
  });
  expect(broken).toEqual([]);
});

test("both READMEs have the same sections, tables, code blocks and links", () => {
  const shape = (page: string) => {
    const text = read(page);
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? "");
    return {
      sections: text.match(/^#+ /gm)?.length,
      rows: text.match(/^\|/gm)?.length,
      items: text.match(/^- /gm)?.length,
      code: [...text.matchAll(/^```\w*\n(.*?)^```$/gms)].map((match) => match[1]),
      // Except for the link to the other language.
      links: links
        .filter((link) => !/^README/.test(link))
        .map((link) => link.replace(/\.zh-CN|lang\/zh-CN\//, ""))
        .sort(),
    };
  };
  expect(shape("README.zh-CN.md")).toEqual(shape("README.md"));
});

/** Declarations that a block may use without its own. */
const prelude = `
  import * as pulumi from "@pulumi/pulumi";
  import * as lvb from "pulumi-tencentcloud-lvb";
  import type { CallbackEvent } from "pulumi-tencentcloud-lvb/receiver";
  declare global {
    const config: pulumi.Config;
    const template: lvb.CallbackTemplate;
    const binding: lvb.DomainTemplateBinding;
    const streamBeginNotifyUrl: string;
    const [body, oldKey, newKey]: string[];
    const seen: Set<string>;
    function handle(event: CallbackEvent): void;
    class SmokeTest { constructor(name: string, args: object, opts: pulumi.CustomResourceOptions); }
  }
`;
const preludeImports = `
  import * as pulumi from "@pulumi/pulumi";
  import * as lvb from "pulumi-tencentcloud-lvb";
`;

test("every TypeScript block compiles", () => {
  const programs = new Map(
    blocks
      .filter(({ language }) => language === "ts" || language === "typescript")
      .map(({ page, line, text }) => {
        const whole = /^import /m.test(text) ? text : `${preludeImports}\n${text}`;
        return [join(root, `docs-block ${page.replaceAll("/", " ")} ${line}.mts`), `${whole}\nexport {};`];
      }),
  );
  expect(programs.size).toBeGreaterThan(5);
  programs.set(join(root, "docs-block prelude.mts"), prelude);
  const options: ts.CompilerOptions = {
    ...{ strict: true, noEmit: true, skipLibCheck: true, types: ["node"] },
    ...{ target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.Node20 },
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (path) => programs.has(path) || fileExists.call(host, path);
  host.readFile = (path) => programs.get(path) ?? readFile.call(host, path);
  host.getSourceFile = (path, language, ...rest) => {
    const text = programs.get(path);
    return text === undefined
      ? getSourceFile.call(host, path, language, ...rest)
      : ts.createSourceFile(path, text, language);
  };
  const program = ts.createProgram([...programs.keys()], options, host);
  const diagnostics = ts.getPreEmitDiagnostics(program).filter(({ code }) => code !== unusedImport);
  expect(
    diagnostics.map(
      ({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`,
    ),
  ).toEqual([]);
}, 60_000);

const unusedImport = 6133;

test("every JSON block parses", () => {
  for (const { page, line, language, text } of blocks) {
    if (language === "json") expect(() => JSON.parse(text), `${page}:${line}`).not.toThrow();
  }
});

describe("every command in the documentation exists, with its options", () => {
  const commands = pages.flatMap((page) =>
    [
      ...read(page).matchAll(
        /pulumi-tencentcloud-lvb ((?:status|wait|verify|list|import|unbind|doctor|probe|emulator)\b[^`\n|;&#]*)/g,
      ),
    ].map((match) => [page, (match[1] ?? "").trim()] as const),
  );
  const helps = new Map<string, string>();
  const help = (command: string) => {
    const known = helps.get(command);
    if (known !== undefined) return known;
    const text = execFileSync(process.execPath, [join(root, "dist/cli/index.js"), command, "--help"], {
      encoding: "utf8",
    });
    helps.set(command, text);
    return text;
  };

  test.each(commands)("%s: %s", (_page, line) => {
    const [command = "", ...words] = line.split(/\s+/);
    for (const option of words.filter((word) => /^--?[a-z]/.test(word))) {
      expect(help(command)).toContain(option.replace(/[=.,)].*$/, ""));
    }
  });
});

test("every exported symbol has a doc comment", () => {
  const entries = ["provider/index.ts", "emulator/index.ts", "receiver/index.ts"].map((path) => join(root, path));
  const program = ts.createProgram(entries, { module: ts.ModuleKind.Node20, skipLibCheck: true, strict: true });
  const checker = program.getTypeChecker();
  const silent = entries.flatMap((entry) => {
    const source = program.getSourceFile(entry);
    const module = source && checker.getSymbolAtLocation(source);
    if (!module) throw new Error(`${entry} exports nothing`);
    return checker.getExportsOfModule(module).flatMap((exported) => {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      const documented = symbol.getDocumentationComment(checker).length > 0;
      return documented ? [] : [`${relative(root, entry)}: ${exported.name}`];
    });
  });
  expect(silent).toEqual([]);
}, 60_000);
