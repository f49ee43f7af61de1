/**
 * Takes over what is live in an account: program text that declares it, keys in the stack's secret configuration, and
 * a `pulumi import` that puts it into the state. Nothing is written to the account.
 *
 * `pulumi import` cannot read a dynamic resource by its id (pulumi/pulumi #3550); an import file with inputs *and*
 * outputs makes the engine skip the reading (#23984, CLI 3.254).
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import * as v from "valibot";
import { ruleKey } from "../provider/live/actions";
import { redact } from "../provider/live/errors";
import { nothingConfigured } from "../provider/live/settings";
import { typeToken } from "../provider/resources/handlersText";
import { type Account, connectAccount, readAccount } from "./account";
import { CommandFailure } from "./failure";
import {
  type DeclaredComponent,
  type DeclaredResource,
  type ImportFilter,
  type ImportPlan,
  importFile,
  planImport,
} from "./importPlan";
import { onInterrupt } from "./interruption";
import { programText } from "./programText";
import { Project, type PulumiResult, projectFolder, projectSetting, pulumiVersion, readJson, saidBy } from "./project";
import { addedToProject, isBlank, newProject, type ProjectFiles, packagesResolve, writeFiles } from "./projectFiles";
import { nameOf, type StackState } from "./stackState";
import { confirm, printable, printJson, tell } from "./terminal";

export interface ImportOptions extends ImportFilter {
  cwd: string;
  out?: string;
  stack?: string;
  dryRun: boolean;
  yes: boolean;
  json: boolean;
}

/** The project and stack to take over into; without `project` both are still to be made, without `state` the stack. */
interface Target {
  folder: string;
  project: Project | undefined;
  stack: string;
  state: StackState | undefined;
}

/** The stack of a new project. */
const newStack = "dev";

export async function importAccount(options: ImportOptions): Promise<void> {
  const target = await findTarget(options);
  const { folder, project, stack, state } = target;
  const config = project && state ? await project.config(stack) : nothingConfigured;
  const account = await readAccount(await connectAccount(config));
  const plan = await plannedFor(target, account, options);
  const resources = plan.templates.length + plan.bindings.length;
  if (resources === 0) {
    tell(
      `nothing to take over: ${plan.skipped > 0 ? "the stack has all of it" : "no template and no rule passes the filters"}`,
    );
    if (options.json) printJson(report(target, plan, [], undefined));
    return;
  }

  const program = programText(plan, account.accountId);
  const undeclared = [...plan.templates, ...plan.bindings].some(({ declared }) => !declared);
  const files: ProjectFiles = !project
    ? newProject(folder, program)
    : undeclared
      ? addedToProject(folder, program)
      : { written: {}, added: {} };
  const fileNames = [...Object.keys(files.written), ...Object.keys(files.added)];
  tell(describe(target, plan, files, account));
  if (options.dryRun) {
    if (options.json) printJson(report(target, plan, fileNames, program));
    else process.stdout.write(program);
    return;
  }
  if (!(await confirm(`Take over ${resources} resources?`, options.yes)))
    throw new CommandFailure("nothing was changed");

  // What a new project declares comes after its stack and keys, without which it would not run: interrupted in between,
  // this command goes on with a project that declares nothing.
  const made = project ?? (await makeProject(folder, files));
  if (!state) await makeStack(made, stack);
  if (!packagesResolve(folder)) await install(folder);
  await setKeys(made, stack, plan);
  // The program before the state: a state that no program declares would be deleted by the next `pulumi up`.
  writeFiles(folder, project ? files : { written: {}, added: { "index.ts": program } });
  await runImport(made, stack, plan, account);
  await prove(made, stack, plan);
  if (options.json) printJson(report(target, plan, fileNames, undefined));
  tell(`took over ${counted(plan)} into stack ${stack}; preview and refresh show no change`);
}

async function findTarget({ cwd, out, stack }: ImportOptions): Promise<Target> {
  const folder = out === undefined ? projectFolder(cwd) : resolve(cwd, out);
  // Without a project, this says so.
  if (folder === undefined) return { folder: cwd, project: Project.open(cwd), stack: "", state: undefined };
  if (projectFolder(folder) !== folder) {
    await pulumiVersion();
    return { folder, project: undefined, stack: stack ?? newStack, state: undefined };
  }
  const project = Project.open(folder);
  const selected = await project.stackName(stack).catch(async (error: unknown) => {
    // Interrupted while it made the project, this command may not have made the stack, or not have selected it.
    const ours = out !== undefined && (await project.stackNames()).every((name) => name === newStack);
    if (ours) return newStack;
    throw error;
  });
  return { folder, project, stack: selected, state: await project.stateIfAny(selected) };
}

async function plannedFor(target: Target, account: Account, filter: ImportFilter): Promise<ImportPlan> {
  const { project, stack, state } = target;
  const declaresNothing = project === undefined || isBlank(project.folder);
  if (!project || !state) {
    // Which program would run in a stack that is not there, no preview can tell.
    if (!declaresNothing) {
      throw new CommandFailure(`there is no stack ${stack} in ${project.folder}. Next: \`pulumi stack init ${stack}\``);
    }
    return planImport(account, filter, { resources: [], declared: [], names: new Set() });
  }
  const plan = planImport(account, filter, {
    resources: state.resources,
    declared: declaresNothing ? [] : await declaredOnly(project, stack),
    names: new Set([...state.urns].map(nameOf)),
  });
  await settleKeys(project, stack, plan);
  return plan;
}

const previewed = v.object({
  diagnostics: v.optional(v.array(v.object({ message: v.string(), severity: v.string() })), []),
  steps: v.optional(
    v.array(
      v.object({
        op: v.string(),
        urn: v.string(),
        newState: v.optional(
          v.object({
            type: v.string(),
            custom: v.optional(v.boolean(), false),
            parent: v.optional(v.string()),
            inputs: v.optional(v.record(v.string(), v.unknown()), {}),
          }),
        ),
      }),
    ),
    [],
  ),
});

/**
 * What the program declares and the state has not, as a preview shows it: after an import that was interrupted, and in
 * programs written by hand. It is taken over under its own name.
 */
async function declaredOnly(project: Project, stack: string): Promise<DeclaredResource[]> {
  const result = await project.pulumi(["preview", "--json", "--stack", stack]);
  if (result.exitCode !== 0) {
    throw new CommandFailure(
      `the project's program must run before anything can be added to it: ${saidByPreview(result)}. Next: \`pulumi preview\``,
    );
  }
  const { steps } = readJson(previewed, result.stdout, "pulumi preview");
  const parentOf = (parent: string | undefined) => (parent?.includes("pulumi:pulumi:Stack::") ? undefined : parent);
  const components = new Map(
    steps.flatMap(({ op, urn, newState }) => {
      if (op !== "create" || !newState || newState.custom || newState.type === "pulumi:pulumi:Stack") return [];
      return [[urn, { urn, name: nameOf(urn), type: newState.type, parent: parentOf(newState.parent) }]];
    }),
  );
  const missingAbove = (urn: string | undefined): DeclaredComponent[] => {
    const component = urn === undefined ? undefined : components.get(urn);
    return component ? [...missingAbove(component.parent), component] : [];
  };
  return steps.flatMap(({ op, urn, newState }): DeclaredResource[] => {
    if (op !== "create" || !newState) return [];
    const { type, inputs } = newState;
    const parent = parentOf(newState.parent);
    const common = { urn, name: nameOf(urn), parent, components: missingAbove(parent) };
    if (type === typeToken("CallbackTemplate")) {
      return [{ ...common, kind: "template", object: String(inputs.templateName) }];
    }
    if (type === typeToken("DomainTemplateBinding")) {
      const object = ruleKey(String(inputs.domainName), String(inputs.appName));
      return [{ ...common, kind: "binding", object }];
    }
    return [];
  });
}

/** With `--json` the CLI puts what its program said into the document. */
function saidByPreview(result: PulumiResult): string {
  try {
    const { diagnostics } = readJson(previewed, result.stdout, "pulumi preview");
    const errors = diagnostics.flatMap(({ severity, message }) => (severity === "error" ? message.split("\n") : []));
    const [first] = errors
      .map((line) => printable(line).trim())
      // The line before what the program said.
      .filter((line) => line !== "" && !line.endsWith("failed with an unhandled exception:"));
    return first ?? saidBy(result);
  } catch {
    return saidBy(result);
  }
}

/** A configuration key that is there already serves if it holds the same; else another name is chosen. */
async function settleKeys(project: Project, stack: string, plan: ImportPlan): Promise<void> {
  const existing = await project.configKeys(stack);
  // The namespace of its configuration.
  const name = projectSetting(project.folder, "name");
  for (const planned of plan.templates) {
    const { configKey, template } = planned;
    if (!configKey || !existing.has(`${name}:${configKey}`)) continue;
    const { stdout } = await project.pulumi(["config", "get", configKey, "--stack", stack]);
    if (stdout.trim() !== template.callbackKey) planned.configKey = `${configKey}${template.templateId}`;
  }
}

async function makeProject(folder: string, files: ProjectFiles): Promise<Project> {
  writeFiles(folder, { ...files, written: { ...files.written, "index.ts": "" } });
  return Project.open(folder);
}

async function install(folder: string): Promise<void> {
  tell("installing the packages of the project (npm install)");
  const windows = process.platform === "win32";
  const npm = spawn(windows ? "npm.cmd" : "npm", ["install", "--no-audit", "--no-fund"], {
    cwd: folder,
    stdio: ["ignore", 2, 2],
    shell: windows,
  });
  const exitCode = await new Promise<number>((done) => {
    npm.once("error", () => done(1));
    npm.once("close", (code) => done(code ?? 1));
  });
  if (exitCode !== 0 || !packagesResolve(folder)) {
    throw new CommandFailure(
      `pulumi-tencentcloud-lvb is not installed in ${folder}. Next: install it there, and run this command again`,
    );
  }
}

/** The backend may hold it from an earlier project of the same name. */
async function makeStack(project: Project, stack: string): Promise<void> {
  if (await project.stateIfAny(stack)) return;
  const result = await project.pulumi(["stack", "init", stack]);
  if (result.exitCode !== 0) throw new CommandFailure(`stack ${stack} could not be made: ${saidBy(result)}`);
}

/** Through standard input: what is on a command line, everybody on the machine can read. */
async function setKeys(project: Project, stack: string, plan: ImportPlan): Promise<void> {
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

async function runImport(project: Project, stack: string, plan: ImportPlan, account: Account): Promise<void> {
  tell(`importing ${counted(plan)}`);
  const folder = mkdtempSync(join(tmpdir(), "lvb-import-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const release = onInterrupt(() => {
    remove();
    tell("interrupted: ends as soon as `pulumi import` has ended; once more ends at once");
  });
  try {
    const file = join(folder, "import.json");
    writeFileSync(file, importFile(plan, account), { mode: 0o600, flag: "wx" });
    const args = ["import", "--file", file, "--yes", "--skip-preview", "--generate-code=false", "--protect=false"];
    // Interrupted, its engine may panic (3.259) and leave the stack locked.
    const result = await project.pulumi([...args, "--stack", stack], { toItsEnd: true });
    if (result.exitCode !== 0) {
      tell(withoutKeys(result.stdout + result.stderr, plan));
      throw new CommandFailure(
        `pulumi import failed, see above. The program declares the resources. Next: run this command again before any \`pulumi up\``,
      );
    }
  } finally {
    remove();
    release();
  }
}

async function prove(project: Project, stack: string, plan: ImportPlan): Promise<void> {
  for (const args of [
    ["preview", "--diff", "--expect-no-changes"],
    ["refresh", "--preview-only", "--diff", "--expect-no-changes"],
  ]) {
    const result = await project.pulumi([...args, "--stack", stack]);
    if (result.exitCode === 0) continue;
    tell(withoutKeys(result.stdout + result.stderr, plan));
    throw new CommandFailure(
      `everything is taken over, but \`pulumi ${args[0]}\` ${result.exitCode === 7 ? "shows changes" : "failed"}, see above. ` +
        "Nothing was written to the account",
    );
  }
}

function withoutKeys(text: string, plan: ImportPlan): string {
  return redact(
    text,
    plan.templates.flatMap(({ template }) => template.callbackKey ?? []),
  );
}

function describe({ folder, project, stack }: Target, plan: ImportPlan, files: ProjectFiles, account: Account): string {
  const keys = plan.templates.filter(({ configKey }) => configKey !== undefined).length;
  const declared = [...plan.templates, ...plan.bindings].filter((planned) => planned.declared).length;
  return [
    `account ${account.accountId ?? "unknown"} → ${project ? "" : "new "}stack ${stack} in ${project ? "" : "new project "}${folder}`,
    `  take over ${counted(plan)}${plan.skipped > 0 ? `; ${plan.skipped} are in the stack already` : ""}`,
    ...(declared > 0 ? [`  ${declared} of them are declared by the program already`] : []),
    ...Object.keys(files.written).map((file) => `  write ${file}`),
    ...Object.entries(files.added).map(([file, text]) => `  add to ${file}: ${text.trim()}`),
    ...(keys > 0 ? [`  put ${count(keys, "callback key")} into the stack's secret configuration`] : []),
  ].join("\n");
}

function report({ folder, stack }: Target, plan: ImportPlan, files: readonly string[], program: string | undefined) {
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

function counted({ templates, bindings }: ImportPlan): string {
  return `${count(templates.length, "template")} and ${count(bindings.length, "binding")}`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
