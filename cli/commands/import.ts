/**
 * Takes over what is live in an account: program text that declares it, keys in the stack's secret configuration, and
 * a `pulumi import` that puts it into the state. Nothing is written to the account.
 *
 * `pulumi import` cannot read a dynamic resource by its id (pulumi/pulumi #3550); an import file with inputs *and*
 * outputs makes the engine skip the reading (#23984, CLI 3.254).
 */
import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { nothingConfigured } from "../../provider/live/settings";
import { type Account, connectAccount, readAccount } from "../account";
import { CommandFailure } from "../failure";
import { declaredOnly } from "../importing/declaredResources";
import { importByPlugin } from "../importing/importByPlugin";
import { type ImportFilter, type ImportPlan, importFile, planImport } from "../importing/importPlan";
import { counted, describe, report } from "../importing/importReport";
import { programText } from "../importing/programText";
import {
  addedToProject,
  isBlank,
  newProject,
  type ProjectFiles,
  packagesResolve,
  writeFiles,
} from "../importing/projectFiles";
import { prove, runImport, setKeys, settleKeys } from "../importing/stackImport";
import { Project, projectFolder, pulumiVersion, saidBy, usesPlugin } from "../stack/project";
import { nameOf, type StackState } from "../stack/stackState";
import { confirm, printJson, tell } from "../terminal";

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
  const shown = { folder, stack, inProject: project !== undefined };
  if (resources === 0) {
    tell(
      `nothing to import: ${plan.skipped > 0 ? "the stack has all of it" : "no template and no rule passes the filters"}`,
    );
    if (options.json) printJson(report(shown, plan, [], undefined));
    return;
  }

  if (project && usesPlugin(folder)) return importByPlugin(options, shown, project, plan, account.accountId);
  const program = programText(plan, account.accountId);
  const undeclared = [...plan.templates, ...plan.bindings].some(({ declared }) => !declared);
  const files: ProjectFiles = !project
    ? newProject(folder, program)
    : undeclared
      ? addedToProject(folder, program)
      : { written: {}, added: {} };
  const fileNames = [...Object.keys(files.written), ...Object.keys(files.added)];
  tell(describe(shown, plan, files, account.accountId));
  if (options.dryRun) {
    if (options.json) printJson(report(shown, plan, fileNames, program));
    else process.stdout.write(program);
    return;
  }
  if (!(await confirm(`Import ${resources} resources?`, options.yes))) throw new CommandFailure("nothing was changed");

  // What a new project declares comes after its stack and keys, without which it would not run: interrupted in between,
  // this command goes on with a project that declares nothing.
  const made = project ?? (await makeProject(folder, files));
  if (!state) await makeStack(made, stack);
  if (!packagesResolve(folder)) await install(folder);
  await setKeys(made, stack, plan);
  // The program before the state: a state that no program declares would be deleted by the next `pulumi up`.
  writeFiles(folder, project ? files : { written: {}, added: { "index.ts": program } });
  await runImport(made, stack, plan, importFile(plan, account));
  await prove(made, stack, plan);
  if (options.json) printJson(report(shown, plan, fileNames, undefined));
  tell(`imported ${counted(plan)} into stack ${stack}; preview and refresh show no change`);
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
