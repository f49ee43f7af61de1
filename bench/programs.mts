// The program of a stack, the same in each language: templates, and bindings spread over them.
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** Templates and bindings of a stack. */
export interface Size {
  templates: number;
  bindings: number;
}

export type Language = "typescript" | "javascript" | "yaml";

/** The bindings are spread over at most as many domains as one page of the API's list has. */
export const domainsOf = ({ bindings }: Size): string[] =>
  Array.from({ length: Math.ceil(bindings / 20) }, (_, index) => `push-${index}.stream.example.com`);

/** Writes program and project into a folder. */
export function writeProject(folder: string, language: Language, size: Size): void {
  const write = (file: string, text: string) => writeFileSync(join(folder, file), text);
  const project = language === "yaml" ? `runtime: yaml\n${yamlProgram(size)}` : "runtime: nodejs\n";
  write("Pulumi.yaml", `name: lvb-bench\n${project}`);
  if (language === "yaml") return;
  write("package.json", JSON.stringify({ name: "lvb-bench", private: true }));
  write(language === "javascript" ? "index.js" : "index.ts", imports[language] + program(size));
  if (language === "typescript") write("tsconfig.json", JSON.stringify(tsconfig));
}

const imports = {
  javascript: `const pulumi = require("@pulumi/pulumi"); const lvb = require("pulumi-tencentcloud-lvb");`,
  typescript: `import * as pulumi from "@pulumi/pulumi"; import * as lvb from "pulumi-tencentcloud-lvb";`,
} as const;

const url = "https://callbacks.example.com/lvb/events-of-the-live-channel/";

const program = (size: Size) => `
  const domains = ${JSON.stringify(domainsOf(size))};
  const callbackKey = new pulumi.Config().requireSecret("callbackKey");
  const url = "${url}";
  const templates = Array.from({ length: ${size.templates} }, (_, index) =>
    new lvb.CallbackTemplate("template-" + index, {
      templateName: "bench-template-" + index, callbackKey,
      streamBeginNotifyUrl: url + index, streamEndNotifyUrl: url + index, recordNotifyUrl: url + index,
    }));
  for (let index = 0; index < ${size.bindings}; index++) {
    new lvb.DomainTemplateBinding("binding-" + index, {
      domainName: domains[index % domains.length],
      appName: "app" + Math.floor(index / domains.length),
      templateId: templates[index % ${size.templates}].templateId,
    });
  }
`;

const tsconfig = {
  compilerOptions: {
    strict: true,
    target: "es2022",
    module: "commonjs",
    moduleResolution: "node10",
    ignoreDeprecations: "6.0",
    skipLibCheck: true,
  },
  files: ["index.ts"],
};

/** JSON is YAML too. */
function yamlProgram(size: Size): string {
  const domains = domainsOf(size);
  const value = (path: string) => `\${${path}}`;
  const templates = Array.from({ length: size.templates }, (_, index) => {
    const [streamBeginNotifyUrl, streamEndNotifyUrl, recordNotifyUrl] = [url + index, url + index, url + index];
    const urls = { streamBeginNotifyUrl, streamEndNotifyUrl, recordNotifyUrl };
    const properties = { templateName: `bench-template-${index}`, callbackKey: value("callbackKey"), ...urls };
    return [`template-${index}`, { type: "tencentcloud-lvb:CallbackTemplate", properties }];
  });
  const bindings = Array.from({ length: size.bindings }, (_, index) => {
    const properties = {
      domainName: domains[index % domains.length],
      appName: `app${Math.floor(index / domains.length)}`,
      templateId: value(`template-${index % size.templates}.templateId`),
    };
    return [`binding-${index}`, { type: "tencentcloud-lvb:DomainTemplateBinding", properties }];
  });
  const resources = Object.fromEntries([...templates, ...bindings]);
  return `config: {"callbackKey":{"type":"string","secret":true}}\nresources: ${JSON.stringify(resources)}\n`;
}
