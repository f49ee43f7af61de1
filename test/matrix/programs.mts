// The programs of the matrix: one template, one binding, in each language that a program may be written in.

/** A kind of program. */
export interface ProgramKind {
  files: Record<string, string>;
  devDependencies: Record<string, string>;
  /** Members of package.json beside the usual. */
  manifest?: Record<string, unknown>;
  /** The main file, if Pulumi shall not look for it. */
  main?: string;
  /** What Node.js runs before the first `pulumi up`. */
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
  // Under another name, so that the SDK does not take it for the one that it runs programs with.
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
