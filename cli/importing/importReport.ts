/** The reports of `import` about a plan. */
import { printable } from "../terminal";
import type { ImportPlan } from "./importPlan";
import type { ProjectFiles } from "./projectFiles";

export interface ImportTarget {
  folder: string;
  stack: string;
  /** Whether the project already exists. */
  inProject: boolean;
}

export function describe(
  { folder, inProject, stack }: ImportTarget,
  plan: ImportPlan,
  files: ProjectFiles,
  accountId: string | undefined,
): string {
  const keys = plan.templates.filter(({ configKey }) => configKey !== undefined).length;
  const declared = [...plan.templates, ...plan.bindings].filter((planned) => planned.declared).length;
  return [
    `account ${accountId ?? "unknown"} → ${inProject ? "" : "new "}stack ${stack} in ${inProject ? "" : "new project "}${folder}`,
    `  import ${counted(plan)}${plan.skipped > 0 ? `; ${plan.skipped} are already in the stack` : ""}`,
    ...(plan.orphaned.length > 0
      ? [
          `  ${count(plan.orphaned.length, "rule")} without an existing template: ${printable(plan.orphaned.join(", "))}`,
        ]
      : []),
    ...(declared > 0 ? [`  the program already declares ${declared} of them`] : []),
    ...Object.keys(files.written).map((file) => `  write ${file}`),
    ...Object.entries(files.added).map(([file, text]) => `  add to ${file}: ${text.trim()}`),
    ...(keys > 0 ? [`  put ${count(keys, "callback key")} into the stack's secret configuration`] : []),
  ].join("\n");
}

/** The document of `--json`. */
export function report(
  { folder, stack }: ImportTarget,
  plan: ImportPlan,
  files: readonly string[],
  program: string | undefined,
) {
  return {
    folder,
    stack,
    files,
    configKeys: plan.templates.flatMap(({ configKey }) => configKey ?? []),
    templates: plan.templates.map(({ name, template: { templateId, templateName } }) => ({
      name,
      templateId,
      templateName,
    })),
    bindings: plan.bindings.map(({ name, rule: { domainName, appName, templateId } }) => ({
      name,
      domainName,
      appName,
      templateId,
    })),
    skipped: plan.skipped,
    program: program ?? null,
  };
}

export function counted({ templates, bindings }: ImportPlan): string {
  return `${count(templates.length, "template")} and ${count(bindings.length, "binding")}`;
}

export function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
