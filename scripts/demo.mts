// `npm run demo`: shows the package with the real Pulumi engine on the local emulator. It needs no account.
// It checks everything that it says, and exits with 0 only if all of it is true.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual, stripVTControlCharacters } from "node:util";
import { type Propagation, propagationStatus } from "pulumi-tencentcloud-lvb";
import { type Emulator, startEmulator } from "pulumi-tencentcloud-lvb/emulator";
import { openBrowser } from "../dist/cli/browser.js";
import { pulumiEnvironment } from "../tools/pulumi-cli/environment.mts";
import { type RunningProcess, type RunResult, start } from "../tools/pulumi-cli/process.mts";
import { findOrMakePulumiCli } from "../tools/pulumi-cli/pulumi-cli.mts";

const WINDOW_SECONDS = 15;
const CALLBACK_KEY = "demoCallbackKey1";
const BINDINGS = [
  { domain: "push.example.com", app: "live" },
  { domain: "push-asia.example.com", app: "games" },
] as const;
const terminal = process.stdout.isTTY === true;
/** `npm run demo -- --open` also shows it on the emulator's page. */
const watching = process.argv.includes("--open");
const cleanups: (() => unknown)[] = [];
let claims = 0;

async function story(): Promise<void> {
  const cli = await findOrMakePulumiCli();
  const beganAt = Date.now();

  title("A local LVB API, the receiver of examples/receiver, and a Pulumi stack in a temporary folder");
  const domains = BINDINGS.map(({ domain }) => domain);
  const emulator = await startEmulator({ domains, propagation: WINDOW_SECONDS });
  cleanups.push(() => emulator.stop());
  const receiver = await startReceiver();
  say(`The emulator answers on ${emulator.url}, the receiver on ${receiver.url}.`);
  if (watching) await showPage(emulator);
  const project = new Project(cli, emulator.url);
  await project.pulumi(["stack", "init", "demo"]);
  const plaintext = [`callbackUrl=${receiver.url}`, `bindings=${JSON.stringify(BINDINGS)}`];
  const flags = plaintext.flatMap((entry) => ["--plaintext", entry]);
  await project.pulumi(["config", "set-all", ...flags, "--secret", `callbackKey=${CALLBACK_KEY}`]);

  title("1. pulumi up: one callback template with a secret key, bound to two push domains");
  await project.pulumi(["up", "--yes", "--skip-preview"]);
  const declared = emulator.state();
  check("the account holds one template, with the key", declared.templates[0]?.CallbackKey === CALLBACK_KEY);
  check("and a binding for each of the two push domains", isBound(emulator));
  check("no file of the stack shows the key", !project.writtenText().includes(CALLBACK_KEY));

  title(`2. Until a change is in effect: up to ten minutes at LVB, here set to ${WINDOW_SECONDS} seconds`);
  say("A stream is pushed to each domain while the window is open:");
  await pushStreams(emulator);
  const pushedAt = Date.now();
  const changes = await project.propagations();
  check("it was open", propagationStatus(changes, pushedAt).state !== "effective");
  check("no callback arrived", receiver.lines.length === 0);
  const early = await project.command(["verify"], { exitCode: 4 });
  check(
    "`verify` says what stands in the way of both bindings",
    countOf(early, / pending +in effect .*in \d+s$/gm) === 2,
  );
  await waitUntilEffective(changes);
  say("The same streams are pushed again:");
  await pushStreams(emulator);
  await receiver.told(4);
  const streams = BINDINGS.map(({ domain, app }) => `${domain}/${app}/demo`);
  const events = streams.flatMap((stream) => [`push started: ${stream}`, `push ended: ${stream}, after 1000 ms`]);
  check("the receiver verified four events: start and end of both streams", isDeepStrictEqual(receiver.lines, events));
  const proved = await project.command(["verify"]);
  check(
    "`verify` now proves that both bindings deliver",
    countOf(proved, / delivered +last delivery .*HTTP 200$/gm) === 2,
  );
  say("Someone else sends it an event that they have signed with a guessed key:");
  const status = await forge(receiver.url);
  await receiver.told(5);
  check("it is refused", status === 403 && isDeepStrictEqual(receiver.lines.slice(4), ["refused: mismatch"]));

  title("3. pulumi up again: no changes");
  emulator.clearRequests();
  await project.pulumi(["up", "--yes", "--skip-preview", "--expect-no-changes"]);
  check("and no API call", emulator.requests().length === 0);

  title("4. Someone edits the template, and binds a domain to a template of theirs, behind our back");
  const theirs = meddle(emulator);
  const drift = await project.pulumi(["refresh", "--preview-only", "--expect-no-changes"], { exitCode: 7 });
  check("exit code 7 tells a pipeline that there is drift", drift.exitCode === 7);
  const expected = [
    "CallbackTemplate live-events update [diff: ~streamEndNotifyUrl]",
    `DomainTemplateBinding ${BINDINGS[0].domain}-${BINDINGS[0].app} update [diff: ~templateId]`,
  ];
  check("and exactly these two changes are shown", isDeepStrictEqual(driftShown(drift), expected));
  await project.pulumi(["up", "--yes", "--skip-preview", "--refresh"]);
  const [template, foreign, ...others] = emulator.state().templates;
  check("the template is as declared again", isDeepStrictEqual(template, declared.templates[0]) && others.length === 0);
  check("so are both bindings", isBound(emulator));
  check("what is theirs was left alone", isDeepStrictEqual(foreign, theirs));
  say("(They remove it.)");
  emulator.setState({ ...emulator.state(), templates: declared.templates });

  title("5. pulumi destroy");
  await project.pulumi(["destroy", "--yes", "--skip-preview"]);
  const left = emulator.state();
  check("the account is empty", left.templates.length === 0 && left.rules.length === 0);

  title(`All ${claims} claims held, in ${Math.round((Date.now() - beganAt) / 1000)} s`);
  say("The same example deploys to a real account: the README tells how.");
  if (watching && process.stdin.isTTY) {
    say(`The page is still there: ${emulator.url}/. Enter ends it.`);
    await once(process.stdin, "data");
  }
}

/** Opens the emulator's page, and waits a while for the browser, so that it shows everything. */
async function showPage(emulator: Emulator): Promise<void> {
  openBrowser(emulator.url, () => say(`No browser could be started; the page is at ${emulator.url}/.`));
  say(`Watch it on ${emulator.url}/.`);
  if (terminal) await sleep(3000);
}

/** A copy of the quick-start example in a temporary folder, with the packages of this repository and its own backend. */
class Project {
  static #running: RunningProcess | undefined;
  readonly #cli: string;
  readonly #folder: string;
  readonly #backend: string;
  readonly #env: NodeJS.ProcessEnv;

  constructor(cli: string, endpoint: string) {
    const home = realpathSync(mkdtempSync(join(tmpdir(), "lvb-demo-")));
    cleanups.push(() => rmSync(home, { recursive: true, force: true, maxRetries: 5 }));
    this.#cli = cli;
    this.#folder = join(home, "quickstart");
    this.#backend = join(home, "backend");
    this.#env = {
      ...pulumiEnvironment({ cli, home, backend: this.#backend }),
      TENCENTCLOUD_LVB_ENDPOINT: endpoint,
      TENCENTCLOUD_SECRET_ID: "emulator-id",
      TENCENTCLOUD_SECRET_KEY: "emulator-key",
      TENCENTCLOUD_LVB_PROPAGATION_SECONDS: String(WINDOW_SECONDS),
    };
    const repository = resolve(import.meta.dirname, "..");
    // Without packages or stacks that someone created there.
    const filter = (source: string) => !/^(node_modules|Pulumi\..+\.yaml)$/.test(basename(source));
    cpSync(join(repository, "examples", "quickstart"), this.#folder, { recursive: true, filter });
    symlinkSync(join(repository, "node_modules"), join(this.#folder, "node_modules"), "junction");
    mkdirSync(this.#backend);
  }

  /** Runs the real CLI and shows its output. An unexpected exit code ends the demo. */
  async pulumi(args: string[], { exitCode = 0, quiet = false } = {}): Promise<RunResult> {
    const show = (text: string) => {
      if (!quiet) {
        process.stdout.write(text);
      }
    };
    show(`\n$ pulumi ${args.join(" ").replace(CALLBACK_KEY, "***")}\n`);
    const color = terminal && !process.env.NO_COLOR ? "always" : "never";
    const call = [...args, "--non-interactive", "--color", color];
    const options = { cwd: this.#folder, env: this.#env, timeoutMs: 60_000, onOutput: show };
    Project.#running = start(join(this.#cli, "pulumi"), call, options);
    const result = await Project.#running.result;
    Project.#running = undefined;
    if (result.exitCode !== exitCode) {
      throw new Error(`pulumi ${args[0]} exited with ${result.exitCode} instead of ${exitCode}`);
    }
    return result;
  }

  /** Runs the package's command line in the project, and shows its output. */
  async command(args: string[], { exitCode = 0 } = {}): Promise<RunResult> {
    say(`\n$ npx pulumi-tencentcloud-lvb ${args.join(" ")}`);
    const script = join(this.#folder, "node_modules/pulumi-tencentcloud-lvb/dist/cli/index.js");
    const options = {
      cwd: this.#folder,
      env: this.#env,
      timeoutMs: 60_000,
      onOutput: (text: string) => process.stdout.write(text),
    };
    Project.#running = start(process.execPath, [script, ...args], options);
    const result = await Project.#running.result;
    Project.#running = undefined;
    if (result.exitCode !== exitCode) {
      throw new Error(`${args[0]} exited with ${result.exitCode} instead of ${exitCode}`);
    }
    return result;
  }

  /** The propagation outputs of every resource of the stack. */
  async propagations(): Promise<Propagation[]> {
    const { stdout } = await this.pulumi(["stack", "export"], { quiet: true });
    const { deployment }: { deployment: { resources: { outputs?: { propagation?: Propagation } }[] } } =
      JSON.parse(stdout);
    return deployment.resources.flatMap(({ outputs }) => (outputs?.propagation ? [outputs.propagation] : []));
  }

  /** All files that the CLI has written: state, history and backups, the stack's configuration. */
  writtenText(): string {
    const files = [
      ...readdirSync(this.#backend, { withFileTypes: true, recursive: true }),
      ...readdirSync(this.#folder, { withFileTypes: true }),
    ].filter((entry) => entry.isFile());
    return files.map((file) => readFileSync(join(file.parentPath, file.name), "utf8")).join("\n");
  }

  /** Ends a running CLI: at the second interrupt it stops at once, with its plugins. */
  static async interrupt(): Promise<void> {
    const running = Project.#running;
    running?.signal("SIGINT");
    running?.signal("SIGTERM");
    await running?.result.catch(() => undefined);
  }
}

interface Receiver {
  url: string;
  /** Its output since it started to listen. */
  lines: string[];
  /** Its lines come through a pipe, and may arrive after its answers. Waits until there are as many, up to a limit. */
  told(count: number): Promise<void>;
}

/** The server of examples/receiver, started as in its README. */
async function startReceiver(): Promise<Receiver> {
  const lines: string[] = [];
  let rest = "";
  const server = start(process.execPath, ["server.mts"], {
    cwd: resolve(import.meta.dirname, "..", "examples", "receiver"),
    env: { ...process.env, LVB_CALLBACK_KEYS: CALLBACK_KEY, HOST: "127.0.0.1", PORT: "0", NO_COLOR: "1" },
    timeoutMs: 600_000,
    onOutput: (text) => {
      const [last = "", ...whole] = `${rest}${text}`.split("\n").reverse();
      rest = last;
      for (const line of whole.reverse()) {
        lines.push(line);
        say(`  receiver: ${line}`);
      }
    },
  });
  cleanups.push(async () => {
    server.kill();
    await server.result.catch(() => undefined);
  });
  const told = async (count: number) => {
    for (const deadline = Date.now() + 10_000; lines.length < count && Date.now() < deadline; ) {
      await sleep(20);
    }
  };
  await told(1);
  const port = /port: (\d+)/.exec(lines.shift() ?? "")?.[1];
  if (port === undefined) {
    throw new Error("the receiver does not listen");
  }
  return { url: `http://127.0.0.1:${port}/lvb`, lines, told };
}

/** Sends to the receiver what anyone could send, and returns the status of the answer. */
async function forge(url: string): Promise<number> {
  const t = Math.floor(Date.now() / 1000) + 600;
  const sign = createHash("md5").update(`guessedKey1${t}`).digest("hex");
  const [{ domain, app }] = BINDINGS;
  const event = { event_type: 0, app: domain, appname: app, stream_id: "demo", sequence: "1", t, sign };
  const response = await fetch(url, { method: "POST", body: JSON.stringify(event) });
  return response.status;
}

async function pushStreams(emulator: Emulator): Promise<void> {
  for (const { domain, app } of BINDINGS) {
    const deliveries = await emulator.push({ domain, app, stream: "demo" });
    const told = deliveries.map(
      ({ event, status, reason }) =>
        `${event === 1 ? "start" : "end"} of stream → ${status ?? `no callback: ${reason}`}`,
    );
    say(`  rtmp://${domain}/${app}/demo: ${[...new Set(told)].join(", ")}`);
  }
}

/** On a terminal a progress bar, otherwise a line now and then. */
async function waitUntilEffective(changes: Propagation[]): Promise<void> {
  const width = 30;
  let tick = 0;
  for (;;) {
    const { state, remainingMs } = propagationStatus(changes);
    const done = Math.round(width * (1 - Math.min(1, remainingMs / (WINDOW_SECONDS * 1000))));
    const bar = `  [${"#".repeat(done)}${"-".repeat(width - done)}] ${state}`;
    const line = remainingMs > 0 ? `${bar}, ${Math.ceil(remainingMs / 1000)} s left` : bar;
    if (terminal) {
      process.stdout.write(`\r\u001b[K${line}${remainingMs > 0 ? "" : "\n"}`);
    } else if (remainingMs === 0 || tick++ % 8 === 0) {
      say(line);
    }
    if (remainingMs === 0) {
      return;
    }
    await sleep(Math.min(250, remainingMs));
  }
}

/** Changes that another person could make in the console. Returns their template. */
function meddle(emulator: Emulator) {
  const { domains, templates, rules } = emulator.state();
  const [ours] = templates;
  if (ours === undefined) {
    throw new Error("there is no template to meddle with");
  }
  const theirs = { ...ours, TemplateId: ours.TemplateId + 1, TemplateName: "theirs", CallbackKey: "" };
  emulator.setState({
    domains,
    templates: [{ ...ours, StreamEndNotifyUrl: "http://127.0.0.1:9/elsewhere" }, theirs],
    rules: rules.map((rule) =>
      rule.DomainName === BINDINGS[0].domain ? { ...rule, TemplateId: theirs.TemplateId } : rule,
    ),
  });
  return theirs;
}

function countOf({ stdout }: RunResult, pattern: RegExp): number {
  return stripVTControlCharacters(stdout).match(pattern)?.length ?? 0;
}

/** The changes of a refresh: class, logical name, operation and properties. */
function driftShown({ stdout }: RunResult): string[] {
  const line = /^ *[~+-] +\S+tencentcloud-lvb:(\w+ \S+ (?!refreshing)\S.*)$/gm;
  return [...stripVTControlCharacters(stdout).matchAll(line)].map(([, change = ""]) => change.trim()).sort();
}

/** Whether the account has exactly the declared bindings, each to the first template. */
function isBound(emulator: Emulator): boolean {
  const { templates, rules } = emulator.state();
  const bound = rules.map(({ DomainName, AppName, TemplateId }) => `${DomainName}/${AppName}/${TemplateId}`);
  const wanted = BINDINGS.map(({ domain, app }) => `${domain}/${app}/${templates[0]?.TemplateId}`);
  return isDeepStrictEqual(bound.sort(), wanted.sort());
}

function check(claim: string, holds: boolean): void {
  if (!holds) {
    throw new Error(`This is not so: ${claim}.`);
  }
  claims++;
  say(`${paint(32, "✔")} ${claim}`);
}

function title(text: string): void {
  say(`\n${paint(1, `━━ ${text}`)}`);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function paint(style: number, text: string): string {
  return terminal && !process.env.NO_COLOR ? `\u001b[${style}m${text}\u001b[0m` : text;
}

let exiting = false;

/** Only once, since an interrupt also makes the demo fail. */
async function exit(code: number, message?: string): Promise<void> {
  if (exiting) {
    return;
  }
  exiting = true;
  if (message !== undefined) {
    process.stderr.write(`\n${paint(31, "✘")} ${message}\n`);
  }
  await Project.interrupt();
  for (const cleanup of cleanups.reverse()) {
    await cleanup();
  }
  process.exit(code);
}

process.on("SIGINT", () => void exit(130, "Interrupted; cleaning up."));
process.on("SIGTERM", () => void exit(143, "Ended; cleaning up."));
story().then(
  () => exit(0),
  (error: unknown) => exit(1, error instanceof Error ? error.message : String(error)),
);
