/** The TypeScript program that declares the imported objects. */
import { type TemplateField, templateFields } from "../../provider/properties";
import type { ImportPlan, PlannedBinding, PlannedTemplate } from "./importPlan";

/** Text that declares the resources of a plan, without those that the program already declares. */
export function programText(plan: ImportPlan, accountId: string | undefined): string {
  const templates = plan.templates.filter(({ declared }) => !declared);
  const bindings = plan.bindings.filter(({ declared }) => !declared);
  const constants = new Set(bindings.map(({ templateConstant }) => templateConstant));
  const withKey = templates.some(({ configKey }) => configKey !== undefined);
  const apart = bindings.filter(({ templateConstant }) => templateConstant === undefined);
  return [
    `// Callback templates and bindings of account ${accountId ?? "unknown"}, imported by \`pulumi-tencentcloud-lvb import\`.`,
    ...(withKey ? ['import * as pulumi from "@pulumi/pulumi";'] : []),
    'import * as lvb from "pulumi-tencentcloud-lvb";',
    ...(withKey ? ["", "const config = new pulumi.Config();"] : []),
    ...templates.flatMap((template) => [
      "",
      ...templateText(template, constants.has(template.constant)),
      ...bindings.filter(({ templateConstant }) => templateConstant === template.constant).flatMap(bindingText),
    ]),
    ...(apart.length > 0 ? ["", "// Their templates are declared elsewhere or don't exist."] : []),
    ...apart.flatMap(bindingText),
    "",
  ].join("\n");
}

function templateText({ template, name, constant, configKey }: PlannedTemplate, used: boolean): string[] {
  const value = (field: TemplateField) => {
    if (field === "callbackKey") return configKey && `config.requireSecret(${quoted(configKey)})`;
    const set = template[field];
    if (Array.isArray(set)) return `[${set.map(quoted).join(", ")}]`;
    return set && quoted(set);
  };
  const fields = templateFields.flatMap((field) => {
    const text = value(field);
    return text ? [`  ${field}: ${text},`] : [];
  });
  return [`${used ? `const ${constant} = ` : ""}new lvb.CallbackTemplate(${quoted(name)}, {`, ...fields, "});"];
}

function bindingText({ rule, name, templateConstant }: PlannedBinding): string[] {
  return [
    `new lvb.DomainTemplateBinding(${quoted(name)}, {`,
    `  domainName: ${quoted(rule.domainName)},`,
    `  appName: ${quoted(rule.appName)},`,
    `  templateId: ${templateConstant ? `${templateConstant}.templateId` : quoted(rule.templateId)},`,
    "});",
  ];
}

/** A string literal, in the quotes that need fewer escapes. */
function quoted(text: string): string {
  const literal = JSON.stringify(text);
  if (!text.includes('"') || text.includes("'")) return literal;
  return `'${literal.slice(1, -1).replaceAll('\\"', '"')}'`;
}
