/** Checks what a support engineer would check first. Only reads, and never prints the value of a credential. */
import { join, resolve } from "node:path";
import { messageOf } from "../../provider/live/errors";
import { type Configuration, nothingConfigured, settingNames } from "../../provider/live/settings";
import { clock, proxies, serverDate } from "../diagnosis/connection";
import { type Finding, ok, problem, type Verdict, warning } from "../diagnosis/finding";
import { cliVersion, nodeVersion, packageFound, pluginFound, sdkVersion, typescript } from "../diagnosis/installation";
import { exitCodes } from "../failure";
import { programFolder } from "../importing/projectFiles";
import { Project, projectFolder, pulumiVersion, usesPlugin } from "../stack/project";
import type { StackState } from "../stack/stackState";
import { paint, printable, printJson } from "../terminal";

export interface DoctorOptions {
  cwd: string;
  stack?: string;
  json: boolean;
}

/** Prints all findings; fails if one is a problem. */
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
    import("../account.js"),
    import("../../provider/live/settings.js"),
    import("../../provider/live/credentials.js"),
    import("../../provider/live/transport.js"),
  ]);
  const { agentTo, defaultHosts, readProxy } = transport;
  const notes: string[] = [];
  const settings = await check("settings", () => {
    const read = readSettings(config, env);
    const window = `propagation window ${read.propagationSeconds} s`;
    const detail = `${window}${read.allowedAccountIds.length > 0 ? `, only accounts ${read.allowedAccountIds.join(", ")}` : ""}`;
    // Tencent's Terraform provider reads it, so a user may expect us to read it too.
    const domain = read.endpoint ? undefined : env.TENCENTCLOUD_DOMAIN;
    const verdict = domain
      ? warning(`${detail}; TENCENTCLOUD_DOMAIN is ignored`, `set TENCENTCLOUD_LVB_ENDPOINT=https://live.${domain}`)
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
            "permit it; without it, a missing object looks the same as wrong credentials",
          )
        : ok(accountId),
      connected,
    ];
  });
  // Reads nothing from an account that allowedAccountIds refuses.
  if (!connection) return;
  const { live, evidence } = connection;
  const templates = await check("DescribeLiveCallbackTemplates", async () => {
    const list = await live.templates.fresh();
    const { size } = list;
    return [
      size >= 50
        ? warning(`${size} templates`, "an account can have at most 50: delete templates that no rule uses")
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
    import("../verification/boundTemplate.js"),
    import("../verification/canFire.js"),
  ]);
  const bindings = state.resources.filter(({ kind }) => kind === "binding");
  const bound = bindings.map((binding) => boundTemplate(binding, state.resources, account));
  if (!needsSetup(bound.flatMap(({ fields }) => fields))) return;
  await check("callback URLs", async () => {
    const { judgeUrls } = await import("../verification/deadUrls.js");
    const { verdict, what } = await judgeUrls(bound, evidence);
    const [detail = "", remedy] = (what ?? "").split(". Next: ");
    // Only a warning: the deployment still succeeds.
    return [verdict === "ok" ? ok(detail) : warning(detail, remedy ?? null), undefined];
  });
}

/** The engine writes the state at each step. With 110 resources that is not noticeable; with 550 it takes most of the time. */
const largeStack = 300;

async function stateSize(project: Project, { resources, urns }: StackState): Promise<Verdict> {
  const detail = `${resources.length} templates and bindings`;
  if (urns.size < largeStack || process.env.PULUMI_DIY_BACKEND_ZSTD === "true") return ok(detail);
  // Pulumi Cloud gets only the differences; all other backends get the whole state.
  if (/^https:/.test(await project.backendUrl())) return ok(detail);
  return warning(
    `${detail}; the engine writes all ${urns.size} resources of the stack at each step`,
    "set PULUMI_DIY_BACKEND_ZSTD=true, or split it into several stacks: docs/performance.md, What you can set",
  );
}

/** `refresh` and `destroy` use the configuration that the last `up` stored in the state. */
function configuration(config: Configuration, state: StackState | undefined): Verdict {
  const stored = state?.providerInputs ?? {};
  const { namespace } = config;
  const stale = settingNames.filter((name) => {
    const [now, then] = [config.get(name), stored[name]];
    if (state === undefined || state.resources.length === 0) return false;
    // For an encrypted value in the state, only its presence is known.
    if (typeof then === "object" && then !== null) return now === undefined;
    return (now ?? "") !== (typeof then === "string" ? then : "");
  });
  const set = settingNames.filter((name) => config.get(name) !== undefined).map((name) => `${namespace}:${name}`);
  const detail = set.length > 0 ? set.join(", ") : `no ${namespace}: setting`;
  const hidden = settingNames.filter((name) => typeof stored[name] === "object");
  if (stale.length === 0 && hidden.length === 0) return ok(detail);
  if (stale.length === 0) {
    return ok(`${detail}; the state holds an encrypted ${hidden.join(", ")}: after a rotation run \`pulumi up\``);
  }
  return warning(
    `${detail}; the state has a different ${stale.join(", ")}`,
    "run `pulumi up`, or pass `--run-program` to refresh and destroy, which otherwise use the settings in the state",
  );
}

function print(findings: readonly Finding[]): void {
  for (const { check, result, detail, remedy } of findings) {
    const paintResult = result === "ok" ? paint.good : result === "warning" ? paint.busy : paint.bad;
    process.stdout.write(`${paintResult(result.padEnd(8))} ${check}: ${printable(detail)}\n`);
    if (remedy) process.stdout.write(`         ${paint.faint(`→ ${remedy}`)}\n`);
  }
}
