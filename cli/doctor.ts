/** What a support engineer would look at first. Reads only, and never prints the value of a credential. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { createRequire } from "node:module";
import { delimiter, join, resolve } from "node:path";
import { messageOf } from "../provider/live/errors";
import { type Configuration, nothingConfigured, settingNames } from "../provider/live/settings";
import type { ProxySetting } from "../provider/live/transport";
import { exitCodes } from "./failure";
import { programFolder } from "./importing/projectFiles";
import { ownPackage } from "./ownPackage";
import { minimumCli, Project, projectFolder, pulumiVersion, upward, usesPlugin } from "./project";
import type { StackState } from "./stackState";
import { paint, printable, printJson } from "./terminal";

export interface DoctorOptions {
  cwd: string;
  stack?: string;
  json: boolean;
}

/** One line of the report. */
export interface Finding {
  check: string;
  result: "ok" | "warning" | "problem";
  detail: string;
  /** What to do; null if there is nothing to do. */
  remedy: string | null;
}

type Verdict = Omit<Finding, "check">;

const minimumNode = oldestOf(ownPackage.engines.node);
const minimumSdk = oldestOf(ownPackage.peerDependencies["@pulumi/pulumi"] ?? "");
const skewWarningMs = 30_000;
/** The service refuses a signature older than this (https://www.tencentcloud.com/document/product/267/30661). */
const skewLimitMs = 300_000;

/** Prints what is well and what is not; fails if there is a problem. */
export async function doctor(options: DoctorOptions): Promise<void> {
  const findings: Finding[] = [];
  const check: Check = async (name, run) => {
    try {
      const [verdict, value] = await run();
      findings.push({ check: name, ...verdict });
      return value;
    } catch (error) {
      const [detail = "", remedy] = messageOf(error).split(/\.? Next: /);
      findings.push({ check: name, ...problem(detail, remedy ?? null) });
      return undefined;
    }
  };

  await check("Node.js", () => [nodeVersion(process.versions.node), undefined]);
  await check("Pulumi CLI", async () => [cliVersion(await pulumiVersion()), undefined]);
  const project = await check("project", () => {
    const found = Project.open(options.cwd);
    return [ok(found.folder), found];
  });
  const folder = projectFolder(options.cwd) ?? resolve(options.cwd);
  const program = join(folder, programFolder(folder));
  if (project && usesPlugin(folder)) {
    await check("plugin", async () => [await pluginFound(project), undefined]);
  } else {
    await check("Pulumi SDK", () => [sdkVersion(program), undefined]);
    await check("package", () => [packageFound(program), undefined]);
    await check("TypeScript", () => [typescript(program), undefined]);
  }

  const stack =
    project &&
    (await check("stack", async () => {
      const name = await project.stackName(options.stack);
      return [ok(name), name];
    }));
  const state =
    project && stack !== undefined
      ? await check("state", async () => {
          const read = await project.state(stack);
          return [await stateSize(project, read), read];
        })
      : undefined;
  const config =
    project && stack !== undefined
      ? await check("configuration", async () => {
          const read = await project.config(stack);
          return [configuration(read, state), read];
        })
      : undefined;
  await checkAccount(check, config ?? nothingConfigured, state);

  const problems = findings.filter(({ result }) => result === "problem").length;
  if (options.json) {
    printJson({ ok: problems === 0, checks: findings });
  } else {
    print(findings);
  }
  if (problems > 0) process.exitCode = exitCodes.failure;
}

type Check = <T>(name: string, run: () => Promise<[Verdict, T]> | [Verdict, T]) => Promise<T | undefined>;

async function checkAccount(check: Check, config: Configuration, state: StackState | undefined): Promise<void> {
  const { env } = process;
  const [{ connectWithEvidence }, { isLoopback, readSettings }, { credentialSource }, transport] = await Promise.all([
    import("./account.js"),
    import("../provider/live/settings.js"),
    import("../provider/live/credentials.js"),
    import("../provider/live/transport.js"),
  ]);
  const { agentTo, defaultHosts, readProxy } = transport;
  const notes: string[] = [];
  const settings = await check("settings", () => {
    const read = readSettings(config, env);
    const window = `propagation window ${read.propagationSeconds} s`;
    const detail = `${window}${read.allowedAccountIds.length > 0 ? `, only accounts ${read.allowedAccountIds.join(", ")}` : ""}`;
    // The Terraform provider reads it, so it may be set, and be meant for us too.
    const domain = read.endpoint ? undefined : env.TENCENTCLOUD_DOMAIN;
    const verdict = domain
      ? warning(`${detail}; TENCENTCLOUD_DOMAIN is not read`, `set TENCENTCLOUD_LVB_ENDPOINT=https://live.${domain}`)
      : ok(detail);
    return [verdict, read];
  });
  if (!settings) return;
  const target = settings.endpoint ?? new URL(`https://${defaultHosts.live}`);
  await check("proxy", () => [proxies(env, isLoopback(target.hostname) ? null : readProxy(env)), undefined]);
  const reachable = await check("endpoint", async () => {
    const date = await serverDate(target, agentTo(target, env), settings.requestTimeoutMs);
    return [ok(target.origin), date];
  });
  if (reachable !== undefined) await check("clock", () => [clock(reachable), undefined]);

  const credentials = await check("credentials", async () => {
    const { source } = await credentialSource(config, env, settings, (note) => notes.push(note))();
    return [
      notes.length > 0
        ? warning(
            `${source}; ${notes.join("; ")}`,
            "keep credentials in one place: the environment, or the configuration",
          )
        : ok(source),
      source,
    ];
  });
  if (credentials === undefined || reachable === undefined) return;
  const connection = await check("account", async () => {
    const connected = await connectWithEvidence(config, () => {});
    const accountId = await connected.live.accountId();
    return [
      accountId === undefined
        ? warning(
            "sts:GetCallerIdentity is not permitted or did not answer",
            "permit it: without it absent objects cannot be told from wrong credentials",
          )
        : ok(accountId),
      connected,
    ];
  });
  // Of an account that allowedAccountIds refuses nothing is read.
  if (!connection) return;
  const { live, evidence } = connection;
  const templates = await check("DescribeLiveCallbackTemplates", async () => {
    const list = await live.templates.fresh();
    const { size } = list;
    return [
      size >= 50
        ? warning(`${size} templates`, "an account holds at most 50: delete what no rule uses")
        : ok(`${size} templates`),
      list,
    ];
  });
  const rules = await check("DescribeLiveCallbackRules", async () => {
    const list = await live.rules.fresh();
    return [ok(`${list.size} rules`), list];
  });
  await check("DescribeLiveDomains", async () => {
    await live.domain("doctor.invalid");
    return [ok("permitted"), undefined];
  });
  if (state === undefined || templates === undefined || rules === undefined) return;
  const account = { accountId: await live.accountId(), templates, rules };
  const [{ boundTemplate }, { needsSetup }] = await Promise.all([
    import("./verification/boundTemplate.js"),
    import("./verification/canFire.js"),
  ]);
  const bindings = state.resources.filter(({ kind }) => kind === "binding");
  const bound = bindings.map((binding) => boundTemplate(binding, state.resources, account));
  if (!needsSetup(bound.flatMap(({ fields }) => fields))) return;
  await check("callback URLs", async () => {
    const { judgeUrls } = await import("./verification/deadUrls.js");
    const { verdict, what } = await judgeUrls(bound, evidence);
    const [detail = "", remedy] = (what ?? "").split(". Next: ");
    // A deployment succeeds all the same.
    return [verdict === "ok" ? ok(detail) : warning(detail, remedy ?? null), undefined];
  });
}

/** With 110 resources nobody notices what the engine writes at each step; with 550 it takes longer than all else. */
const largeStack = 300;

async function stateSize(project: Project, { resources, urns }: StackState): Promise<Verdict> {
  const detail = `${resources.length} templates and bindings`;
  if (urns.size < largeStack || process.env.PULUMI_DIY_BACKEND_ZSTD === "true") return ok(detail);
  // Pulumi Cloud is sent the differences; all other backends get the whole state.
  if (/^https:/.test(await project.backendUrl())) return ok(detail);
  return warning(
    `${detail}; the engine writes all ${urns.size} resources of the stack at each step`,
    "set PULUMI_DIY_BACKEND_ZSTD=true, or make several stacks of it: docs/performance.md, What you can set",
  );
}

function nodeVersion(version: string): Verdict {
  if (atLeast(version, minimumNode)) return ok(version);
  return problem(`${version} is too old`, `install Node.js ${minimumNode} or newer`);
}

function cliVersion(version: string): Verdict {
  if (atLeast(version, minimumCli)) return ok(version);
  return warning(version, `\`import\` needs ${minimumCli} or newer`);
}

function sdkVersion(folder: string): Verdict {
  const version = packageVersion("@pulumi/pulumi", folder);
  if (version === undefined) return problem("@pulumi/pulumi is not installed", "npm install @pulumi/pulumi");
  if (!atLeast(version, minimumSdk))
    return problem(`${version} is too old`, `npm install @pulumi/pulumi@^${minimumSdk}`);
  return ok(version);
}

/** The provider process runs in the folder of the project, or of its main file, and looks from there upward. */
function packageFound(folder: string): Verdict {
  const own = ownPackage.version;
  try {
    createRequire(join(folder, "index.js")).resolve("pulumi-tencentcloud-lvb/runtime");
  } catch {
    return problem(
      "pulumi-tencentcloud-lvb cannot be resolved from the project's folder",
      "make it a direct dependency of the project (npm install pulumi-tencentcloud-lvb); with Yarn use the node-modules linker",
    );
  }
  const version = packageVersion("pulumi-tencentcloud-lvb", folder) ?? "unknown";
  return version === own
    ? ok(version)
    : warning(`${version} in the project, ${own} here`, "run the command of the project: npx");
}

/** Where the engine finds the plugin: where Pulumi.yaml says, on PATH, or among those installed. */
async function pluginFound(project: Project): Promise<Verdict> {
  const { path, installed } = await project.plugin();
  if (path !== undefined) return ok(`${path}, as Pulumi.yaml says`);
  const name = `pulumi-resource-tencentcloud-lvb${process.platform === "win32" ? ".exe" : ""}`;
  const onPath = (process.env.PATH ?? "").split(delimiter).find((place) => place && existsSync(join(place, name)));
  if (onPath) return ok(join(onPath, name));
  if (installed !== undefined) return ok(installed || "installed");
  return problem(
    "tencentcloud-lvb is not installed",
    "pulumi plugin install resource tencentcloud-lvb VERSION --file ARCHIVE (docs/languages.md)",
  );
}

/** Its programs run by a TypeScript that the SDK loads; the main export of version 7 is nothing but a version. */
function typescript(folder: string): Verdict {
  const version = packageVersion("typescript", folder);
  if (version === undefined) return ok("none installed: the SDK brings its own");
  if (!atLeast(version, "7.0.0")) return ok(version);
  const inTypeScript =
    existsSync(folder) && readdirSync(folder).some((file) => /\.[mc]?ts$/.test(file) && !file.endsWith(".d.ts"));
  if (!inTypeScript) return ok(`${version}, which no program here needs`);
  return problem(
    `${version}: Pulumi's SDK cannot run a TypeScript program with it`,
    'npm install --save-dev "typescript@<7", or compile the program and run the JavaScript',
  );
}

/** `refresh` and `destroy` use the configuration that the last `up` has put into the state. */
function configuration(config: Configuration, state: StackState | undefined): Verdict {
  const stored = state?.providerInputs ?? {};
  const { namespace } = config;
  const stale = settingNames.filter((name) => {
    const [now, then] = [config.get(name), stored[name]];
    if (state === undefined || state.resources.length === 0) return false;
    // What is encrypted in the state can only be seen to be there.
    if (typeof then === "object" && then !== null) return now === undefined;
    return (now ?? "") !== (typeof then === "string" ? then : "");
  });
  const set = settingNames.filter((name) => config.get(name) !== undefined).map((name) => `${namespace}:${name}`);
  const detail = set.length > 0 ? set.join(", ") : `nothing of ${namespace}: is set`;
  const hidden = settingNames.filter((name) => typeof stored[name] === "object");
  if (stale.length === 0 && hidden.length === 0) return ok(detail);
  if (stale.length === 0) {
    return ok(
      `${detail}; what the state holds of ${hidden.join(", ")} is encrypted: after a rotation run \`pulumi up\``,
    );
  }
  return warning(
    `${detail}; the state holds another ${stale.join(", ")}`,
    "`pulumi up`, or `--run-program` with refresh and destroy, which use what the state holds",
  );
}

/** `used` is the proxy to the endpoint; null if none is needed to reach it. */
function proxies(env: NodeJS.ProcessEnv, used: ProxySetting | undefined | null): Verdict {
  const set = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"]
    .flatMap((name) => [name, name.toLowerCase()])
    .filter((name) => env[name]?.trim());
  if (set.length === 0) return ok("none");
  if (used === null) return ok(`${set.join(", ")}: not used for this machine`);
  if (used === undefined) {
    return warning(`only HTTPS_PROXY is used, not ${set.join(", ")}`, "set HTTPS_PROXY=http://host:port");
  }
  if ("ignored" in used) return warning(used.ignored, `set ${used.variable}=http://host:port`);
  const exceptions = env.no_proxy || env.NO_PROXY;
  // A proxy's address may hold a password.
  const shown = `${used.variable}=${new URL(used.url).origin}`;
  return ok(exceptions ? `${shown}, except for NO_PROXY=${exceptions}` : shown);
}

/** When the server answered, by its own clock; any answer will do. */
function serverDate(target: URL, agent: http.Agent, timeoutMs: number): Promise<{ server: number; now: number }> {
  const { request } = target.protocol === "http:" ? http : https;
  return new Promise((done, reject) => {
    const call = request(target, { method: "HEAD", agent, signal: AbortSignal.timeout(timeoutMs) }, (response) => {
      response.resume();
      agent.destroy();
      done({ server: Date.parse(response.headers.date ?? ""), now: Date.now() });
    });
    call.once("error", (error) => {
      reject(
        new Error(
          `${target.origin} cannot be reached (${messageOf(error)}). Next: check network, proxy and tencentcloud:endpoint`,
        ),
      );
    });
    call.end();
  });
}

function clock({ server, now }: { server: number; now: number }): Verdict {
  if (Number.isNaN(server)) return warning("the server tells no time", null);
  // The server's time has whole seconds.
  const skew = Math.max(0, Math.abs(now - server) - 1000);
  const seconds = `${Math.round(skew / 1000)} s`;
  if (skew >= skewLimitMs) return problem(`${seconds} off: signatures are refused`, "set this machine's clock");
  if (skew >= skewWarningMs)
    return warning(`${seconds} off`, "set this machine's clock: at 300 s signatures are refused");
  return ok(skew === 0 ? "right" : `${seconds} off`);
}

function packageVersion(name: string, folder: string): string | undefined {
  const files = upward(folder).map((at) => join(at, "node_modules", name, "package.json"));
  const file = files.find((path) => existsSync(path));
  return file === undefined ? undefined : String(JSON.parse(readFileSync(file, "utf8")).version);
}

/** The oldest version of a range such as `>=22.21`. */
function oldestOf(range: string): string {
  return range.replace(/^\D+/, "");
}

function atLeast(version: string, minimum: string): boolean {
  const numbers = (text: string) => text.split(/[.-]/).slice(0, 3).map(Number);
  const [actual, least] = [numbers(version), numbers(minimum)];
  for (const [index, wanted] of least.entries()) {
    const found = actual[index] ?? 0;
    if (found !== wanted) return found > wanted;
  }
  return true;
}

function print(findings: readonly Finding[]): void {
  for (const { check, result, detail, remedy } of findings) {
    const paintResult = result === "ok" ? paint.good : result === "warning" ? paint.busy : paint.bad;
    process.stdout.write(`${paintResult(result.padEnd(8))} ${check}: ${printable(detail)}\n`);
    if (remedy) process.stdout.write(`         ${paint.faint(`→ ${remedy}`)}\n`);
  }
}

function ok(detail: string): Verdict {
  return { result: "ok", detail, remedy: null };
}

function warning(detail: string, remedy: string | null): Verdict {
  return { result: "warning", detail, remedy };
}

function problem(detail: string, remedy: string | null): Verdict {
  return { result: "problem", detail, remedy };
}
