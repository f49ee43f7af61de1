// The programs of the matrix: a template and a binding, in each language that is supported.

/** A kind of program. */
export interface ProgramKind {
  files: Record<string, string>;
  devDependencies: Record<string, string>;
  /** Extra members of package.json. */
  manifest?: Record<string, unknown>;
  /** The main file, if it isn't Pulumi's default. */
  main?: string;
  /** The arguments of a Node.js command before the first `pulumi up`. */
  build?: string[][];
}

export type ProgramName =
  | "TypeScript 5"
  | "TypeScript 6"
  | "TypeScript 7"
  | "JavaScript"
  | "ESM"
  | "compiled by TypeScript 7"
  | "two accounts";

const body = `
const template = new lvb.CallbackTemplate("events", {
  recordNotifyUrl: "https://callbacks.example.com/lvb",
  callbackKey: pulumi.secret("CallbackKey1"),
});
const binding = new lvb.DomainTemplateBinding("live", {
  domainName: "push.example.com",
  appName: "live",
  templateId: template.templateId,
});
`;
const imports = `import * as pulumi from "@pulumi/pulumi";
import * as lvb from "pulumi-tencentcloud-lvb";
`;
const typescript = `${imports}${body}
export const effectiveAt: pulumi.Output<string | undefined> = binding.propagation.apply((change) => change?.effectiveAt);
`;
const tsconfig = JSON.stringify({
  compilerOptions: { strict: true, target: "es2022", module: "nodenext", moduleResolution: "nodenext", outDir: "bin" },
  files: ["index.ts"],
});

export const programs: Readonly<Record<ProgramName, ProgramKind>> = {
  "TypeScript 5": {
    files: { "index.ts": typescript, "tsconfig.json": tsconfig },
    devDependencies: { typescript: "~5.9.0" },
  },
  "TypeScript 6": {
    files: { "index.ts": typescript, "tsconfig.json": tsconfig },
    devDependencies: { typescript: "^6.0.0" },
  },
  "TypeScript 7": {
    files: { "index.ts": typescript, "tsconfig.json": tsconfig },
    devDependencies: { typescript: "^7.0.0" },
  },
  JavaScript: {
    files: {
      "index.js": `const pulumi = require("@pulumi/pulumi");\nconst lvb = require("pulumi-tencentcloud-lvb");\n${body}
exports.effectiveAt = binding.propagation;`,
    },
    devDependencies: {},
  },
  ESM: {
    files: { "index.js": `${imports}${body}\nexport const effectiveAt = binding.propagation;` },
    manifest: { type: "module" },
    devDependencies: {},
  },
  // Under another name, so that the SDK doesn't run programs with it.
  "compiled by TypeScript 7": {
    files: { "index.ts": typescript, "tsconfig.json": tsconfig },
    main: "bin/index.js",
    build: [["node_modules/typescript-7/bin/tsc"]],
    devDependencies: { "typescript-7": "npm:typescript@^7.0.0" },
  },
  "two accounts": {
    files: {
      "index.js": `const pulumi = require("@pulumi/pulumi");\nconst lvb = require("pulumi-tencentcloud-lvb");\n${body}
const provider = new lvb.Provider("other", { secretId: "emulator-id", secretKey: pulumi.secret("emulator-key") });
lvb.CallbackTemplate.get("same", template.id, { provider });`,
    },
    devDependencies: {},
  },
};
