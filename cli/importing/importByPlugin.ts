/**
 * Imports into a project that uses the plugin. The engine itself reads each object and writes the program text in the
 * language of the project, without callback keys (`plugin/provider.ts`).
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ruleKey } from "../../provider/live/actions";
import { pluginToken } from "../../provider/resources/handlersText";
import { CommandFailure } from "../failure";
import type { Project } from "../stack/project";
import { confirm, printJson, tell } from "../terminal";
import { type ImportPlan, parentsOf } from "./importPlan";
import { counted, describe, type ImportTarget, report } from "./importReport";
import { prove, runImport } from "./stackImport";

export async function importByPlugin(
  options: { dryRun: boolean; yes: boolean; json: boolean },
  target: ImportTarget,
  project: Project,
  { templates, ...rest }: ImportPlan,
  accountId: string | undefined,
): Promise<void> {
  const plan = { ...rest, templates: templates.map((planned) => ({ ...planned, configKey: undefined })) };
  const all = [...plan.templates, ...plan.bindings];
  const programFile = all.some(({ declared }) => !declared) ? freeFile(target.folder) : undefined;
  const files = { written: programFile ? { [programFile]: "" } : {}, added: {} };
  tell(describe(target, plan, files, accountId));
  const document = report(target, plan, Object.keys(files.written), undefined);
  if (options.dryRun) {
    if (options.json) printJson(document);
    return;
  }
  if (!(await confirm(`Import ${all.length} resources?`, options.yes))) throw new CommandFailure("nothing was changed");

  const importPart = async (isDeclared: boolean, flags?: readonly string[]) => {
    const wanted = (planned: { declared: unknown }) => (planned.declared !== undefined) === isDeclared;
    const part = { ...plan, templates: plan.templates.filter(wanted), bindings: plan.bindings.filter(wanted) };
    if (part.templates.length + part.bindings.length === 0) return;
    await runImport(project, target.stack, part, nativeImportFile(part), flags);
  };
  await importPart(true);
  // Resources that the program doesn't declare yet are protected, so a `pulumi up` before that deletes nothing.
  if (programFile) await importPart(false, ["--protect=true", "--out", join(target.folder, programFile)]);
  else await prove(project, target.stack, plan);
  if (options.json) printJson(document);
  tell(
    `imported ${counted(plan)} into stack ${target.stack}` +
      (programFile
        ? `. Next: copy the resources in ${programFile} into the program, and add the templates' callback keys; when ` +
          "`pulumi preview` shows no change, remove the option protect"
        : "; preview and refresh show no change"),
  );
}

function nativeImportFile(plan: ImportPlan): string {
  const { nameTable, components, parentOf } = parentsOf(plan);
  const templates = plan.templates.map(({ template: { templateId }, name, declared }) => ({
    type: pluginToken("CallbackTemplate"),
    name,
    id: templateId,
    ...parentOf(declared),
  }));
  const bindings = plan.bindings.map(({ rule: { domainName, appName }, name, declared }) => ({
    type: pluginToken("DomainTemplateBinding"),
    name,
    id: ruleKey(domainName, appName),
    ...parentOf(declared),
  }));
  return JSON.stringify({ nameTable, resources: [...components, ...templates, ...bindings] });
}

function freeFile(folder: string): string {
  for (let number = 1; ; number++) {
    const name = `lvb-import${number === 1 ? "" : number}.txt`;
    if (!existsSync(join(folder, name))) return name;
  }
}
