/** Reads which streams were pushed to the bindings, and LVB's deliveries for them, with as few calls as possible. */
import type { LiveRule, LiveTemplate } from "../../provider/live/actions";
import { rulesFor } from "./attribution";
import type { Place } from "./canFire";
import { continues, judgeStream, notPushed, recordedEvents, type StreamRecords } from "./delivered";
import { type DeliveryRecord, type Evidence, isRefusal, pageSize, type StreamSession } from "./evidence";
import { inParallel } from "./inParallel";
import { unknown, type Verdict } from "./verdict";

/** A binding to check for deliveries: declared, and in effect. */
export interface AskedBinding {
  id: string;
  place: Place;
  template: LiveTemplate;
  /** See `AttributionFacts`. */
  since: number;
  sinceWithoutBody: number;
}

export interface DeliveryOptions {
  rules: readonly LiveRule[];
  templates: ReadonlyMap<string, LiveTemplate>;
  /** The international site keeps no records. */
  international: boolean;
  now: number;
  progress: (done: number, all: number) => void;
}

/** Records are kept for 14 days; a minute less, since the clocks of this machine and the service differ. */
export const recordsKeptMs = 14 * 86_400_000 - 60_000;
/** Most calls for records in one run: 20 s at the documented rate. */
export const mostRecordCalls = 400;
/** How many streams of a binding are read until the records of one prove something. */
const mostStreams = 3;
/** The list of pushes ends after 10 000 rows (https://www.tencentcloud.com/document/product/267/30800). */
const mostPages = 10_000 / pageSize;
const dayMs = 86_400_000;
const beforeMs = 60_000;
const afterMs = 3_600_000;
const atOnce = 10;

export async function readDeliveries(
  asked: readonly AskedBinding[],
  evidence: Evidence,
  options: DeliveryOptions,
): Promise<Map<string, Verdict>> {
  const verdicts = new Map<string, Verdict>();
  const refused = (error: unknown) => {
    const verdict = notAnswered(error);
    for (const { id } of asked) if (!verdicts.has(id)) verdicts.set(id, verdict);
    return verdicts;
  };
  if (asked.length === 0) return verdicts;
  let pushes: Pushes;
  try {
    pushes = await readPushes(asked, evidence, options.now);
  } catch (error) {
    return refused(error);
  }
  const reader = new RecordReader(evidence, options.now);
  let done = 0;
  try {
    await inParallel(asked, atOnce, async (binding) => {
      verdicts.set(binding.id, await judgeBinding(binding, pushes, reader, evidence, options));
      options.progress(++done, asked.length);
    });
  } catch (error) {
    return refused(error);
  }
  return verdicts;
}

async function judgeBinding(
  { place, template, since, sinceWithoutBody }: AskedBinding,
  pushes: Pushes,
  reader: RecordReader,
  evidence: Evidence,
  { rules, templates, international, now }: DeliveryOptions,
): Promise<Verdict> {
  const own = pushes.sessions.filter(
    (session) => session.startedAt >= since && rulesFor(session, rules).some((rule) => isPlace(rule, place)),
  );
  // If apps of the domain have rules too, start with pushes that no other rule could deliver.
  const contested = (session: StreamSession) => Number(rulesFor(session, rules).length > 1);
  const inOrder = [...own].sort((a, b) => contested(a) - contested(b) || b.startedAt - a.startedAt);
  const streams = [...new Set(inOrder.map(({ streamName }) => streamName))];
  if (streams.length === 0) return notPushed(since, now, pushes.stray(place, since, rules));
  if (international) {
    const pushed = streams.length === 1 ? "1 stream was" : `${streams.length} streams were`;
    return unknown(`${pushed} pushed, but the international site keeps no records of deliveries`);
  }
  if (!Object.values(recordedEvents).some(({ field }) => template[field] !== undefined)) {
    return unknown("LVB keeps no records of this template's events");
  }
  const keys = new Map(
    [...templates.values()].flatMap(({ templateId, callbackKey }) => (callbackKey ? [[templateId, callbackKey]] : [])),
  );

  let first: Verdict | undefined;
  for (const streamName of streams.slice(0, mostStreams)) {
    const sessions = own.filter((session) => session.streamName === streamName);
    const found = await reader.read(streamName, sessions, template);
    if (found === undefined) {
      const cap = `not checked: one run sends at most ${mostRecordCalls} queries for records. Next: run \`verify\` with the name of this binding`;
      return first ?? unknown(cap);
    }
    const facts = {
      place,
      templateId: template.templateId,
      streamName,
      sessions,
      ...(await pushes.namesakes(streamName, evidence)),
      rules,
      keys,
      since,
      sinceWithoutBody,
      now,
    };
    const verdict = judgeStream(found, template, facts);
    // The last pushed stream decides, unless its verdict is unknown.
    if (verdict.verdict !== "unknown") return verdict;
    first ??= verdict;
  }
  return first ?? notPushed(since, now);
}

/** The pushes of the account that were read. */
class Pushes {
  readonly sessions: readonly StreamSession[];
  /** The last pushes of the account. */
  readonly #last: readonly StreamSession[];
  /** If not all pushes were read: those of one stream name, read on demand. */
  readonly #asked = new Map<string, ReturnType<Evidence["sessions"]>>();
  readonly #complete: boolean;
  readonly #from: number;
  readonly #to: number;

  constructor(
    sessions: readonly StreamSession[],
    last: readonly StreamSession[],
    complete: boolean,
    from: number,
    to: number,
  ) {
    this.sessions = sessions;
    this.#last = last;
    this.#complete = complete;
    this.#from = from;
    this.#to = to;
  }

  /** The last push without a rule on the domain of a binding, or on another domain to its app. */
  stray({ domainName, appName }: Place, since: number, rules: readonly LiveRule[]): StreamSession | undefined {
    const strays = this.#last
      .filter((session) => session.startedAt >= since && rulesFor(session, rules).length === 0)
      .sort((a, b) => b.startedAt - a.startedAt);
    return (
      strays.find((session) => session.domainName === domainName) ??
      strays.find((session) => session.appName === appName)
    );
  }

  /** All pushes of a stream name; `complete`: the list is certainly complete. */
  async namesakes(
    streamName: string,
    evidence: Evidence,
  ): Promise<{ namesakes: StreamSession[]; namesakesComplete: boolean }> {
    const known = this.sessions.filter((session) => session.streamName === streamName);
    if (this.#complete) return { namesakes: known, namesakesComplete: true };
    const asked = this.#asked.get(streamName) ?? evidence.sessions({ from: this.#from, to: this.#to, streamName });
    this.#asked.set(streamName, asked);
    const { sessions, pages } = await asked;
    const others = sessions.filter(
      (session) => session.streamName === streamName && !known.some((one) => isSameSession(one, session)),
    );
    return { namesakes: [...known, ...others], namesakesComplete: pages <= 1 };
  }
}

/**
 * Reads one list of the whole account if that takes no more calls than one per binding; otherwise the last pushes of each
 * binding.
 */
async function readPushes(asked: readonly AskedBinding[], evidence: Evidence, now: number): Promise<Pushes> {
  // A push that began before a change may end after it. Its end event must not count for another push.
  const from = Math.min(...asked.map(({ since }) => since)) - dayMs;
  const first = await evidence.sessions({ from, to: now });
  if (first.pages <= Math.min(mostPages, asked.length)) {
    const sessions = [...first.sessions];
    const others = Array.from({ length: Math.max(0, first.pages - 1) }, (_, index) => index + 2);
    await inParallel(others, atOnce, async (page) => {
      sessions.push(...(await evidence.sessions({ from, to: now }, page)).sessions);
    });
    return new Pushes(sessions, sessions, true, from, now);
  }
  const sessions: StreamSession[] = [];
  await inParallel(asked, atOnce, async ({ place: { domainName, appName }, since }) => {
    const query = { from: since, to: now, domainName, ...(appName !== "" && appName !== "*" && { appName }) };
    sessions.push(...(await evidence.sessions(query)).sessions);
  });
  const distinct = sessions.filter((one, index) => sessions.findIndex((other) => isSameSession(one, other)) === index);
  return new Pushes(distinct, first.sessions, false, from, now);
}

/** Reads the records of a stream once for all its bindings, within a limit of calls. */
class RecordReader {
  readonly #evidence: Evidence;
  readonly #now: number;
  #calls = 0;
  readonly #read = new Map<string, Promise<StreamRecords | undefined>>();

  constructor(evidence: Evidence, now: number) {
    this.#evidence = evidence;
    this.#now = now;
  }

  /** Undefined if the limit of calls is reached. */
  read(streamName: string, sessions: readonly StreamSession[], template: LiveTemplate) {
    const last = sessions.reduce((latest, session) => (session.startedAt > latest.startedAt ? session : latest));
    const newestFirst = [...sessions].sort((a, b) => b.startedAt - a.startedAt);
    // A stream that reconnected at once began earlier.
    const begun = newestFirst.reduce((later, former) => (continues(former, later) ? former : later));
    // At most one day in one query.
    const from = Math.max(begun.startedAt - beforeMs, this.#now - recordsKeptMs);
    const to = Math.min(from + dayMs, (last.endedAt ?? this.#now) + afterMs, this.#now);
    const fields = Object.entries(recordedEvents).filter(([, { field }]) => template[field] !== undefined);
    const types = fields.map(([type]) => Number(type));
    const key = JSON.stringify([streamName, from, to, types]);
    let reading = this.#read.get(key);
    if (reading === undefined) {
      reading = this.#readAll({ streamName, from, to }, types);
      this.#read.set(key, reading);
    }
    return reading;
  }

  async #readAll(
    query: { streamName: string; from: number; to: number },
    types: readonly number[],
  ): Promise<StreamRecords | undefined> {
    const { from, to } = query;
    if (!this.#mayCall(1)) return undefined;
    const all = await this.#evidence.records(query);
    if (all.total <= pageSize) return { from, to, records: all.records, complete: true };
    // Snapshots every few seconds hide rare events. The order of records is not documented, so read the first and last page.
    const records: DeliveryRecord[] = [];
    let complete = true;
    for (const eventType of types) {
      if (!this.#mayCall(2)) return undefined;
      const page = await this.#evidence.records({ ...query, eventType });
      records.push(...page.records);
      if (page.pages > 1) records.push(...(await this.#evidence.records({ ...query, eventType }, page.pages)).records);
      complete &&= page.pages <= 2;
    }
    return { from, to, records, complete };
  }

  #mayCall(calls: number): boolean {
    this.#calls += calls;
    return this.#calls <= mostRecordCalls;
  }
}

/** A refusal makes this stage unknown; any other failure ends the command. */
function notAnswered(error: unknown): Verdict {
  if (!isRefusal(error)) throw error;
  return unknown(error.message);
}

function isPlace(rule: LiveRule, place: Place): boolean {
  return rule.domainName === place.domainName && rule.appName === place.appName;
}

function isSameSession(one: StreamSession, other: StreamSession): boolean {
  return (
    one.streamName === other.streamName &&
    one.startedAt === other.startedAt &&
    one.domainName === other.domainName &&
    one.appName === other.appName
  );
}
