/** Sends one sample event to a receiver, signed like LVB's events, and shows the receiver's answer. */
import { ruleKey } from "../../provider/live/actions";
import { type CallbackTemplateProperties, writeOnlyField } from "../../provider/properties";
import { type SampleType, sampleEvent, signEvent } from "../../receiver";
import { type Account, connectAccount, readAccount } from "../account";
import { adviceOnStatus } from "../adviceOnStatus";
import { CommandFailure, exitCodes } from "../failure";
import { Project } from "../stack/project";
import { confirm, duration, printable, printJson, printTable, tell } from "../terminal";

export interface TriggerOptions {
  cwd: string;
  stack?: string;
  url?: string;
  list: boolean;
  set: string[];
  /** Milliseconds. */
  timeout: number;
  yes: boolean;
  json: boolean;
}

interface TriggerEvent {
  type: SampleType;
  /** The template's field with the URL that gets the event. */
  field: keyof CallbackTemplateProperties;
  what: string;
}

const events: Readonly<Record<string, TriggerEvent>> = {
  "stream-begin": { type: 1, field: "streamBeginNotifyUrl", what: "a push started" },
  "stream-end": { type: 0, field: "streamEndNotifyUrl", what: "a push ended" },
  record: { type: 100, field: "recordNotifyUrl", what: "a recording finished" },
  "record-status": { type: 332, field: "recordStatusNotifyUrl", what: "a recording started, paused or ended" },
  "record-exception": { type: 341, field: "recordExceptionNotifyUrl", what: "a recording has problems" },
  snapshot: { type: 200, field: "snapshotNotifyUrl", what: "a snapshot is taken" },
  "image-moderation": { type: 317, field: "pornCensorshipNotifyUrl", what: "an image is suspicious" },
  "audio-moderation": { type: 315, field: "audioAuditNotifyUrl", what: "a piece of audio is suspicious" },
  "push-exception": { type: 321, field: "pushExceptionNotifyUrl", what: "a push has problems" },
};

/** Shows in the event that it is a test. */
const testStream = "lvb-trigger-test";
/** How much of an answer is shown, in characters. */
const longestAnswer = 2_000;

/** Where the event goes. */
interface Destination {
  url: string;
  /** Undefined for an unsigned event. */
  key: string | undefined;
  /** Where the URL and the key come from, as text for messages. */
  origin: string;
  domain: string;
  app: string;
}

export async function trigger(
  name: string | undefined,
  place: string | undefined,
  options: TriggerOptions,
): Promise<void> {
  if (options.list) return printEvents(options.json);
  const event = findEvent(name);
  const destination =
    options.url === undefined ? await boundTemplate(event, place, options) : givenUrl(options.url, place);
  const body = JSON.stringify(signedSample(event, destination, options.set));
  const signed = destination.key !== undefined;
  tell(
    `send ${signed ? "a signed" : "an unsigned"} sample of ${event.name} (${event.type}) to ${printable(destination.url)}, ${printable(destination.origin)}`,
  );
  if (!(await confirm("Send it?", options.yes))) throw new CommandFailure("nothing was sent");

  const answer = await post(destination.url, body, options.timeout);
  const { status, milliseconds } = answer;
  if (options.json) {
    printJson({ event: event.type, url: destination.url, status, milliseconds, signed });
  } else {
    const kind = answer.text === "" ? "" : `\n${printable(answer.text)}${answer.more ? " …" : ""}`;
    process.stdout.write(
      `POST ${printable(destination.url)}\n${body}\n\nHTTP ${status} in ${milliseconds} ms${kind}\n`,
    );
  }
  if (status !== 200) {
    throw new CommandFailure(
      `the receiver answered with HTTP ${status}; LVB counts only 200 as delivered. Next: ${adviceOnStatus(status)}`,
      exitCodes.found,
    );
  }
}

function printEvents(json: boolean): void {
  if (json) {
    const described = Object.entries(events).map(([name, { type, field, what }]) => ({ name, type, field, what }));
    printJson({ events: described });
    return;
  }
  const rows = Object.entries(events).map(([name, { type, field, what }]) => [name, String(type), field, what]);
  printTable(["EVENT", "TYPE", "URL", "SENT WHEN"], rows, [3]);
}

function findEvent(name: string | undefined): TriggerEvent & { name: string } {
  const found = Object.entries(events).find(([known, { type }]) => known === name || String(type) === name);
  if (found) return { name: found[0], ...found[1] };
  const near = Object.keys(events).filter(
    (known) => name !== undefined && (known.startsWith(name) || name.startsWith(known)),
  );
  const problem = name === undefined ? "name an event" : `unknown event ${printable(name)}`;
  throw new CommandFailure(
    `${problem}. Next: ${near.length > 0 ? `did you mean ${near.join(" or ")}? ` : ""}\`trigger --list\` shows all`,
    exitCodes.usage,
  );
}

/** The URL for the event in the bound template, and the template's live key. */
async function boundTemplate(
  { name, field }: TriggerEvent & { name: string },
  place: string | undefined,
  { cwd, stack }: TriggerOptions,
): Promise<Destination> {
  if (place === undefined) {
    throw new CommandFailure("name the binding, DOMAIN/APP or DOMAIN, or pass --url URL", exitCodes.usage);
  }
  const slash = place.indexOf("/");
  const domain = (slash < 0 ? place : place.slice(0, slash)).toLowerCase();
  const app = slash < 0 ? "" : place.slice(slash + 1);
  const project = Project.open(cwd);
  const selected = await project.stackName(stack);
  const config = await project.config(selected);
  const template = templateOf(await readAccount(await connectAccount(config)), domain, app);
  // The API never returns this field: only a stack's state has it.
  const url = field === writeOnlyField ? await urlInState(project, selected, template.templateId) : template[field];
  if (typeof url !== "string" || url === "") {
    throw new CommandFailure(
      `template "${printable(template.templateName ?? "")}" (${template.templateId}) has no ${field}, so LVB sends no ${name} for ${printable(ruleKey(domain, app))}. Next: set ${field} in the program, or pass --url URL`,
    );
  }
  const origin = `${field} of template "${template.templateName}" (${template.templateId})`;
  return { url, key: template.callbackKey || undefined, origin, domain, app: app === "" ? "live" : app };
}

async function urlInState(project: Project, stack: string, templateId: string): Promise<unknown> {
  const { resources } = await project.state(stack);
  const template = resources.find(({ kind, id }) => kind === "template" && id === templateId);
  if (template === undefined || template.secretOutputs.has(writeOnlyField)) {
    throw new CommandFailure(
      `the API never returns ${writeOnlyField}, and stack ${stack} doesn't have it in a form that can be read. Next: pass --url URL`,
    );
  }
  return template.outputs[writeOnlyField];
}

function templateOf({ rules, templates }: Account, domain: string, app: string) {
  const key = ruleKey(domain, app);
  const rule = rules.get(key) ?? rules.get(ruleKey(domain, ""));
  if (!rule) {
    const others = [...rules.values()].filter(({ domainName }) => domainName === domain).map(({ appName }) => appName);
    const next =
      others.length > 0
        ? `the domain has rules for ${others.map((other) => JSON.stringify(printable(other))).join(", ")}`
        : "`pulumi-tencentcloud-lvb list` shows all";
    throw new CommandFailure(`the account has no rule for ${printable(key)}. Next: ${next}`);
  }
  const template = templates.get(rule.templateId);
  if (!template)
    throw new CommandFailure(`template ${rule.templateId} of ${printable(key)} does not exist. Next: \`verify\``);
  return template;
}

function givenUrl(url: string, place: string | undefined): Destination {
  if (place !== undefined) throw new CommandFailure("pass either DOMAIN/APP or --url, not both", exitCodes.usage);
  const { protocol } = URL.parse(url) ?? {};
  if (protocol !== "http:" && protocol !== "https:") {
    throw new CommandFailure("--url must be a URL that begins with http:// or https://", exitCodes.usage);
  }
  const key = process.env.LVB_CALLBACK_KEY?.trim() || undefined;
  const origin = key === undefined ? "LVB_CALLBACK_KEY is not set" : "with the key in LVB_CALLBACK_KEY";
  return { url, key, origin, domain: "push.example.com", app: "live" };
}

/** A signed sample for the destination. Events name the push in different fields, so only fields of the sample are set. */
function signedSample({ type }: TriggerEvent, { domain, app, key }: Destination, set: readonly string[]): object {
  const sample: Record<string, unknown> = { ...sampleEvent(type) };
  const push = { domain, app: "domain" in sample ? undefined : domain, appname: app, path: app };
  const streams = Object.fromEntries(
    ["stream_id", "channel_id", "streamId", "channelId"].map((field) => [field, testStream]),
  );
  for (const [field, value] of Object.entries({ ...push, ...streams })) {
    if (field in sample && value !== undefined) sample[field] = value;
  }
  for (const text of set) {
    const [field, value] = assignment(text, sample);
    sample[field] = value;
  }
  const event = { ...sample, event_type: type };
  return key === undefined ? event : signEvent(event, key);
}

function assignment(text: string, sample: Readonly<Record<string, unknown>>): [field: string, value: unknown] {
  const at = text.indexOf("=");
  const [field, value] = [text.slice(0, at), text.slice(at + 1)];
  if (at < 1) throw new CommandFailure(`--set ${printable(text)}: write FIELD=VALUE`, exitCodes.usage);
  if (!Object.hasOwn(sample, field) || field === "event_type") {
    const fields = Object.keys(sample).filter((name) => name !== "event_type");
    throw new CommandFailure(
      `--set: the event has no field ${printable(field)}. Next: one of ${fields.join(", ")}`,
      exitCodes.usage,
    );
  }
  const former = sample[field];
  if (typeof former === "string") return [field, value];
  try {
    const parsed: unknown = JSON.parse(value);
    if (typeof former !== "number" || typeof parsed === "number") return [field, parsed];
  } catch {
    // Reported below.
  }
  const wanted = typeof former === "number" ? "a number" : "JSON";
  throw new CommandFailure(`--set ${printable(field)}: must be ${wanted}, not ${printable(value)}`, exitCodes.usage);
}

interface Answer {
  status: number;
  milliseconds: number;
  text: string;
  /** Whether the answer is longer than the shown text. */
  more: boolean;
}

/** Posts the event. Doesn't follow redirects: LVB is not known to follow them. */
async function post(url: string, body: string, timeoutMs: number): Promise<Answer> {
  const begun = performance.now();
  const headers = { "content-type": "application/json" };
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await fetch(url, { method: "POST", headers, body, signal, redirect: "manual" });
    const milliseconds = Math.round(performance.now() - begun);
    return { status: response.status, milliseconds, ...(await beginningOf(response)) };
  } catch (error) {
    if (error instanceof Error && error.name === "TimeoutError") {
      throw new CommandFailure(
        `the receiver did not answer within ${duration(timeoutMs)}; LVB gives up after 20 s and tries again. Next: let the receiver answer first and process the event later`,
        exitCodes.timedOut,
      );
    }
    throw new CommandFailure(
      `the receiver cannot be reached: ${reasonOf(error)}. Next: check the URL, the name and the certificate`,
    );
  }
}

async function beginningOf({ body }: Response): Promise<Pick<Answer, "text" | "more">> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > longestAnswer) return { text: text.slice(0, longestAnswer), more: true };
  }
  return { text, more: false };
}

/** The reason for a "fetch failed", from its cause. */
function reasonOf(error: unknown): string {
  const { cause } = error instanceof Error ? error : { cause: error };
  if (cause instanceof Error)
    return printable("code" in cause && cause.message === "" ? String(cause.code) : cause.message);
  return printable(String(error));
}
