/** Writes a plan into a stack: callback keys into its secret configuration, resources into its state. Then checks it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { redact } from "../../provider/live/errors";
import { CommandFailure } from "../failure";
import { onInterrupt } from "../interruption";
import { type Project, projectSetting, saidBy } from "../stack/project";
import { tell } from "../terminal";
import type { ImportPlan } from "./importPlan";
import { count, counted } from "./importReport";

/** Uses an existing configuration key if it has the same value; otherwise chooses another name. */
export async function settleKeys(project: Project, stack: string, plan: ImportPlan): Promise<void> {
  const existing = await project.configKeys(stack);
  // The namespace of the configuration.
  const name = projectSetting(project.folder, "name");
  for (const planned of plan.templates) {
    const { configKey, template } = planned;
    if (!configKey || !existing.has(`${name}:${configKey}`)) continue;
    const { stdout } = await project.pulumi(["config", "get", configKey, "--stack", stack]);
    if (stdout.trim() !== template.callbackKey) planned.configKey = `${configKey}${template.templateId}`;
  }
}

/** Stores the keys. Passes them through standard input: every user of the machine can read a command line. */
export async function setKeys(project: Project, stack: string, plan: ImportPlan): Promise<void> {
  const withKey = plan.templates.filter(({ configKey }) => configKey !== undefined);
  if (withKey.length > 0) tell(`putting ${count(withKey.length, "callback key")} into the secret configuration`);
  for (const { configKey = "", template } of withKey) {
    const args = ["config", "set", "--secret", configKey, "--stack", stack];
    const result = await project.pulumi(args, { input: template.callbackKey ?? "" });
    if (result.exitCode !== 0) {
      throw new CommandFailure(`the callback key of ${template.templateName} could not be stored: ${saidBy(result)}`);
    }
  }
}

/** Runs `pulumi import` with a file. The file may contain unencrypted callback keys, so it is always removed. */
export async function runImport(
  project: Project,
  stack: string,
  plan: ImportPlan,
  importFile: string,
  flags: readonly string[] = ["--generate-code=false", "--protect=false"],
): Promise<void> {
  tell(`importing ${counted(plan)}`);
  const folder = mkdtempSync(join(tmpdir(), "lvb-import-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const release = onInterrupt(() => {
    remove();
    tell("interrupted: waiting for `pulumi import` to end; press Ctrl-C again to end at once");
  });
  try {
    const file = join(folder, "import.json");
    writeFileSync(file, importFile, { mode: 0o600, flag: "wx" });
    const args = ["import", "--file", file, "--yes", "--skip-preview", ...flags];
    // On an interrupt its engine may panic (3.259) and leave the stack locked.
    const result = await project.pulumi([...args, "--stack", stack], { toItsEnd: true });
    if (result.exitCode !== 0) {
      tell(withoutKeys(result.stdout + result.stderr, plan));
      throw new CommandFailure(
        "pulumi import failed, see above. Next: run this command again before any `pulumi up`, which would create what the program declares and the state lacks",
      );
    }
  } finally {
    remove();
    release();
  }
}

/** Checks that a preview and a refresh show no change. */
export async function prove(project: Project, stack: string, plan: ImportPlan): Promise<void> {
  for (const args of [
    ["preview", "--diff", "--expect-no-changes"],
    ["refresh", "--preview-only", "--diff", "--expect-no-changes"],
  ]) {
    const result = await project.pulumi([...args, "--stack", stack]);
    if (result.exitCode === 0) continue;
    tell(withoutKeys(result.stdout + result.stderr, plan));
    throw new CommandFailure(
      `everything is imported, but \`pulumi ${args[0]}\` ${result.exitCode === 7 ? "shows changes" : "failed"}, see above. ` +
        "Nothing was written to the account. Next: correct the program until `pulumi preview --refresh` shows no change",
    );
  }
}

function withoutKeys(text: string, plan: ImportPlan): string {
  return redact(
    text,
    plan.templates.flatMap(({ template }) => template.callbackKey ?? []),
  );
}
