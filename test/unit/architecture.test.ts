// Dependencies run one way, and nothing committed ties the project to one machine or download server.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { builtinModules } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";

const root = join(__dirname, "../..");

interface Import {
  /** The importing file, from the root. */
  file: string;
  /** A file of the project from the root, or a package's own name for the module. */
  target: string;
  /** Erased by the compiler. */
  typeOnly: boolean;
  /** Loaded only when it is needed. */
  lazy: boolean;
}

const sources = ["provider", "plugin", "emulator", "receiver", "cli"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => join(folder, path)),
);
const imports = sources.flatMap(importsOf);

const within = (folder: string) => imports.filter(({ file }) => file.startsWith(folder));
const atRunTime = (list: readonly Import[]) => list.filter(({ typeOnly }) => !typeOnly);
/** The imports that break a rule, as text. */
const against = (list: readonly Import[], allowed: (target: string) => boolean) =>
  list.filter(({ target }) => !allowed(target)).map(({ file, target }) => `${file} → ${target}`);
const isBuiltin = (target: string) => target.startsWith("node:") || builtinModules.includes(target);

test("these tests find all sources and their imports", () => {
  expect(sources.length).toBeGreaterThan(50);
  const read = (text: string) => parse("provider/handlers/x.ts", text).map((found) => [found.target, found.typeOnly]);
  expect(
    read(`
      import a, { type b } from "pkg-a";
      import type { c } from "../live/errors";
      import { type d } from "node:fs";
      import "side-effect";
      export { e } from "./outputs";
      export type * from "pkg-f";
      const g = await import("../live/gateway.js");
      const h = require("pkg-h");
      type I = typeof import("pkg-i");
      // import "comment";
      const text = 'import "text"';
    `),
  ).toEqual([
    ["pkg-a", false],
    ["provider/live/errors.ts", true],
    ["node:fs", true],
    ["side-effect", false],
    ["provider/handlers/outputs.ts", false],
    ["pkg-f", true],
    ["provider/live/gateway.ts", false],
    ["pkg-h", false],
    ["pkg-i", true],
  ]);
});

test("the public module imports only the resources and the shared types", () => {
  const allowed = /^provider\/(resources\/|propagation\.ts$|properties\.ts$)/;
  expect(against(within("provider/index.ts"), (target) => allowed.test(target))).toEqual([]);
});

test("the resource classes import only pulumi and the shared types, nothing of the provider process", () => {
  const resources = within("provider/resources/");
  const shared = /^provider\/(resources\/|propagation\.ts$|properties\.ts$)/;
  expect(
    against(atRunTime(resources), (to) => to === "@pulumi/pulumi" || to === "node:crypto" || shared.test(to)),
  ).toEqual([]);
  // As a type only: both sides must agree on the names of the resources.
  expect(
    against(
      resources,
      (to) => to === "provider/runtime.ts" || to === "@pulumi/pulumi" || isBuiltin(to) || shared.test(to),
    ),
  ).toEqual([]);
});

test("the classes and the plugin reach the handlers through one file, and nothing else imports the plugin", () => {
  const handlers = /^provider\/handlers\/(callbackTemplate|domainTemplateBinding|propagationWait)\.ts$/;
  const toHandlers = imports.filter(
    ({ file, target }) => handlers.test(target) && !file.startsWith("provider/handlers/"),
  );
  expect([...new Set(toHandlers.map(({ file }) => file))]).toEqual(["provider/border.ts"]);
  const others = imports.filter(({ file }) => !file.startsWith("plugin/"));
  expect(against(others, (target) => !target.startsWith("plugin/"))).toEqual([]);
  const plugin = within("plugin/").filter(({ target }) => target.startsWith("provider/resources/"));
  expect(against(plugin, (target) => /^provider\/resources\/(automaticName|handlersText)\.ts$/.test(target))).toEqual(
    [],
  );
});

test("handlers import the gateway, propagation and properties, never pulumi, the SDK or the runtime", () => {
  const allowed = /^(valibot$|provider\/(handlers\/|live\/|propagation\.ts$|properties\.ts$))/;
  expect(against(within("provider/handlers/"), (target) => allowed.test(target) || isBuiltin(target))).toEqual([]);
});

test("the gateway imports no handler", () => {
  const allowed = /^(valibot$|tencentcloud-sdk-nodejs\/|provider\/(live\/|propagation\.ts$|properties\.ts$))/;
  expect(against(within("provider/live/"), (target) => allowed.test(target) || isBuiltin(target))).toEqual([]);
});

test("only the gateway imports the SDK, and loads it when it is needed", () => {
  const sdk = imports.filter(({ target }) => target.startsWith("tencentcloud-sdk-nodejs"));
  expect(sdk.map(({ file }) => file).filter((file) => !file.startsWith("provider/live/"))).toEqual([]);
  expect(atRunTime(sdk).length).toBeGreaterThan(0);
  expect(atRunTime(sdk).filter(({ lazy }) => !lazy)).toEqual([]);
  // The whole of it has hundreds of products.
  expect(sdk.map(({ target }) => target)).not.toContain("tencentcloud-sdk-nodejs");
});

test("a preview loads neither the gateway nor the SDK nor pulumi in the provider process", () => {
  const loaded = loadedBy("provider/runtime.ts");
  expect(loaded).toContain("provider/handlers/callbackTemplate.ts");
  expect(loaded).not.toContain("provider/live/gateway.ts");
  expect(loaded).not.toContain("provider/live/transport.ts");
  expect(loaded.filter((target) => /^(@pulumi|tencentcloud-sdk-nodejs)/.test(target))).toEqual([]);
});

test("a program loads nothing of the provider process", () => {
  const loaded = loadedBy("provider/index.ts");
  expect(loaded).toContain("provider/resources/provider.ts");
  const foreign = /^(provider\/(handlers|live|runtime|engineMessages)|tencentcloud-sdk-nodejs|valibot)/;
  expect(loaded.filter((target) => foreign.test(target))).toEqual([]);
});

test("the propagation module imports nothing", () => {
  expect(within("provider/propagation.ts")).toEqual([]);
});

test("the receiver imports only node:crypto", () => {
  expect(against(within("receiver/"), (to) => to.startsWith("receiver/") || to === "node:crypto")).toEqual([]);
});

test("the emulator imports nothing of the provider, and only types and samples of the receiver", () => {
  const emulator = within("emulator/");
  expect(against(emulator, (target) => !/^(provider|cli)\//.test(target))).toEqual([]);
  expect(
    against(
      atRunTime(emulator),
      (target) => /^(emulator\/|receiver\/samples|valibot$)/.test(target) || isBuiltin(target),
    ),
  ).toEqual([]);
});

test("only the command line imports the command line", () => {
  const others = imports.filter(({ file }) => !file.startsWith("cli/"));
  expect(against(others, (target) => !target.startsWith("cli/"))).toEqual([]);
});

/** The files that are committed, or would be. */
const committed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], {
  cwd: root,
  encoding: "utf8",
})
  .split("\0")
  .filter((path) => path !== "" && existsSync(join(root, path)) && statSync(join(root, path)).isFile());

/** The places of all files where a text is found. */
function findings(pattern: RegExp): string[] {
  return committed.flatMap((path) =>
    readFileSync(join(root, path), "utf8")
      .split("\n")
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${pattern.exec(line)?.[0]}`] : [])),
  );
}

// Put together, since this file is committed too.
const registryHosts = new RegExp(
  [
    String.raw`\b(registry|npm|pypi|proxy|sum|mirrors?|goproxy|nexus|artifactory)\.[\w-]+(\.[\w-]+)*\.(com|org|net|io|dev|cn)\b`,
    ...["npmjs", "yarnpkg", "npmmirror", "jsr", "pythonhosted", "crates"].map((host) => String.raw`\b${host}\.\w`),
  ].join("|"),
  "i",
);
const machinePaths = /(?<![\w.:/@-])(\/(home|root|users|work|farm|mnt|private|workspace)\/[\w.]|[a-z]:\\\\?users\\)/i;

test("the patterns find what must not be committed", () => {
  for (const host of [
    ["registry.npm", "js.org"],
    ["registry.yarn", "pkg.com"],
    ["proxy.golang", ".org"],
  ]) {
    expect(`"https://${host.join("")}/name"`).toMatch(registryHosts);
  }
  expect("https://www.pulumi.com/registry/packages").not.toMatch(registryHosts);
  for (const path of ["home/a", "root/.npm", "Users/a", "work/main"]) {
    expect(`"/${path}"`).toMatch(machinePaths);
    expect(`https://example.com/${path}`).not.toMatch(machinePaths);
  }
  expect(["C:", "Users", "a"].join("\\")).toMatch(machinePaths);
});

test("no committed file names a host of a package registry", () => {
  expect(committed).toContain("package-lock.json");
  expect(findings(registryHosts)).toEqual([]);
});

test("the lock file names no download server at all", () => {
  expect(readFileSync(join(root, "package-lock.json"), "utf8")).not.toMatch(/"resolved": "(http|git|ssh)/);
});

test("no committed file names a path of a developer's machine", () => {
  expect(findings(machinePaths)).toEqual([]);
});

test("every file name says what the file contains", () => {
  const empty = /(utils?|helpers?|common|misc|managers?)$/i;
  expect(committed.filter((path) => empty.test(basename(path).replace(/\..*$/, "")))).toEqual([]);
});

function importsOf(file: string): Import[] {
  return parse(file, readFileSync(join(root, file), "utf8"));
}

function parse(file: string, text: string): Import[] {
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, typeOnly: boolean, lazy: boolean) => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return;
    found.push({ file, target: resolve(file, specifier.text), typeOnly, lazy });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, isErased(node.importClause), false);
    } else if (ts.isExportDeclaration(node)) {
      add(node.moduleSpecifier, node.isTypeOnly, false);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, true, false);
    } else if (ts.isCallExpression(node)) {
      const dynamic = node.expression.kind === ts.SyntaxKind.ImportKeyword;
      const required = ts.isIdentifier(node.expression) && node.expression.text === "require";
      if (dynamic || required) add(node.arguments[0], false, dynamic);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
  return found;
}

function isErased(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.isTypeOnly) return true;
  const names = clause.namedBindings;
  if (clause.name !== undefined || names === undefined || !ts.isNamedImports(names)) return false;
  return names.elements.length > 0 && names.elements.every((element) => element.isTypeOnly);
}

function resolve(file: string, specifier: string): string {
  if (!specifier.startsWith(".")) return specifier;
  const path = join(root, dirname(file), specifier).replace(/\.(js|ts)$/, "");
  const target = [`${path}.ts`, join(path, "index.ts")].find((candidate) => existsSync(candidate));
  if (target === undefined) throw new Error(`${file} imports ${specifier}, which does not exist`);
  return relative(root, target).replaceAll("\\", "/");
}

/** All files and packages that loading a file loads. */
function loadedBy(entry: string): string[] {
  const seen = new Set([entry]);
  for (const file of seen) {
    for (const { target, typeOnly, lazy } of sources.includes(file) ? importsOf(file) : []) {
      if (!typeOnly && !lazy) seen.add(target);
    }
  }
  return [...seen];
}
