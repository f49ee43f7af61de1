/** One run of experiments on one account. Records each call with its answer, and tracks the test objects until they are gone. */
import { createCall } from "../../provider/live/actions";
import { LiveError } from "../../provider/live/errors";
import type { RetryClock } from "../../provider/live/retry";
import type { Answer, Transport } from "../../provider/live/transport";
import { isRecord, type Symbols, type Values } from "./symbols";

/** A recorded call, in symbols. */
export interface Exchange {
  readonly experiment: string;
  readonly action: string;
  readonly parameters: Values;
  /** The label of the template that it creates. */
  readonly makes?: string;
  /** Error code; null for success. */
  readonly code: string | null;
  readonly message: string | null;
  readonly answer: Values;
}

export interface SessionOptions {
  transport: Transport;
  symbols: Symbols;
  clock: RetryClock;
  /** Time limit of one call in milliseconds. The limit for a write to become visible is a multiple of it. */
  requestTimeoutMs: number;
  signal?: AbortSignal;
}

/** Errors that say nothing about a dialect: the account or the credentials don't allow the call at all. */
const refusals: readonly string[] = ["auth", "suspended", "throttled", "transient"];
const unauthorized = /^(AuthFailure|UnauthorizedOperation)/;
const absent = /NotFound$/;
/** The pause between two reads is a part of the time waited so far, so that the measured lag is precise to that part. */
const share = 0.12;
const gapMs = { least: 5, most: 1000 };

export class Session {
  readonly transcripts: Exchange[] = [];
  /** Milliseconds from each write to the first read that showed it. */
  readonly lags: number[] = [];
  experiment = "";
  /** Whether a call may have created something, including calls with a lost answer. */
  written: "nothing" | "known" | "unsure" = "nothing";
  /** Labels of templates and keys of rules that were or may have been created. */
  readonly #templates = new Set<string>();
  readonly #rules = new Set<string>();
  readonly #options: SessionOptions;
  readonly #call: ReturnType<typeof createCall>;
  /** The midpoint of the last attempt of a call, and that of the last write if no read has followed it. */
  #calledAt = 0;
  #wroteAt: number | undefined;

  constructor(options: SessionOptions) {
    const { transport, clock, requestTimeoutMs } = options;
    this.#options = options;
    this.#call = createCall(async (service, action, parameters) => {
      const sent = clock.now();
      try {
        return await transport(service, action, parameters);
      } finally {
        this.#calledAt = (sent + clock.now()) / 2;
      }
    }, requestTimeoutMs);
  }

  /** Sends one call and records the answer. Throws if the account or the credentials don't allow it. */
  async ask(action: string, parameters: Values, makes?: string): Promise<Exchange> {
    this.#options.signal?.throwIfAborted();
    const exchange = await this.#send(action, parameters, makes);
    this.transcripts.push(exchange);
    return exchange;
  }

  /** Repeats the call until the answer is as expected or the time limit has passed. Records the last answer. */
  async askUntil(action: string, parameters: Values, done: (exchange: Exchange) => boolean): Promise<Exchange> {
    return this.#askUntil(action, parameters, done, this.#options.signal);
  }

  async #askUntil(
    action: string,
    parameters: Values,
    done: (exchange: Exchange) => boolean,
    signal?: AbortSignal,
  ): Promise<Exchange> {
    const { clock, requestTimeoutMs } = this.#options;
    const [begun, wroteAt] = [clock.now(), this.#wroteAt];
    let unseenAt: number | undefined;
    for (;;) {
      signal?.throwIfAborted();
      const exchange = await this.#send(action, parameters);
      const waited = clock.now() - begun;
      if (done(exchange) || waited > 4 * requestTimeoutMs) {
        const lag = unseenAt === undefined ? 0 : (unseenAt + this.#calledAt) / 2 - (wroteAt ?? begun);
        if (wroteAt !== undefined && action.startsWith("Describe")) this.lags.push(Math.max(0, lag));
        this.transcripts.push(exchange);
        return exchange;
      }
      unseenAt = this.#calledAt;
      await clock.sleep(Math.min(gapMs.most, Math.max(gapMs.least, waited * share)));
    }
  }

  /** Creates a template, and throws if that fails: the experiment needs it. */
  async template(label: string, fields: Values = {}): Promise<void> {
    const { code, message } = await this.ask("CreateLiveCallbackTemplate", templateFields(label, fields), label);
    if (code !== null) throw new Unanswerable(`a template can't be created: ${code}: ${message}`);
  }

  /** The template that was just written, once a read fulfils `done`. */
  async shown(label: string, done: (template: Values) => boolean = () => true): Promise<Values> {
    const parameters = { TemplateId: `{template:${label}}` };
    const seen = (exchange: Exchange) => isRecord(exchange.answer.Template) && done(exchange.answer.Template);
    const exchange = await this.askUntil("DescribeLiveCallbackTemplate", parameters, seen);
    const { Template } = exchange.answer;
    if (isRecord(Template) && seen(exchange)) return Template;
    throw new Unanswerable(`a change of a template could not be read back (${exchange.code ?? "no error"})`);
  }

  /** Our rules, once they fulfil `done`. */
  async rules(done: (rules: readonly Values[]) => boolean): Promise<readonly Values[]> {
    const list = ({ answer }: Exchange) => (Array.isArray(answer.Rules) ? answer.Rules.filter(isRecord) : []);
    return list(await this.askUntil("DescribeLiveCallbackRules", {}, (exchange) => done(list(exchange))));
  }

  /** Removes the objects of the experiment, rules first; also after an interrupt. */
  async clear(): Promise<void> {
    for (const key of this.#rules) await this.#remove("DeleteLiveCallbackRule", JSON.parse(key));
    for (const label of this.#templates) await this.#remove("DeleteLiveCallbackTemplate", templateId(label));
  }

  async #remove(action: string, parameters: Values): Promise<void> {
    const isGone = ({ code }: Exchange) => code === null || absent.test(code);
    const { code, message } = await this.#askUntil(action, parameters, isGone);
    if (code !== null && !absent.test(code)) throw new Error(`${action} failed: ${code}: ${message}`);
    this.#forget(action, parameters);
  }

  async #send(action: string, parameters: Values, makes?: string): Promise<Exchange> {
    const { symbols } = this.#options;
    const ruleKey = JSON.stringify({ DomainName: parameters.DomainName, AppName: parameters.AppName });
    const isNewRule = action === "CreateLiveCallbackRule" && !this.#rules.has(ruleKey);
    // Recorded before the answer, which may get lost.
    if (isNewRule) this.#rules.add(ruleKey);
    const isRead = action.startsWith("Describe");
    const sent = symbols.real(parameters);
    if (!isRead && this.written === "nothing") this.written = "known";
    const result = await this.#call(action, isRecord(sent) ? sent : {}, isRead ? "always" : "ifRefused").then(
      (answer) => ({ code: null, message: null, answer }),
      (error: unknown) => {
        const isAnswered = error instanceof LiveError && error.code !== undefined;
        if (isAnswered && isNewRule) this.#rules.delete(ruleKey);
        if (!isAnswered && !isRead) this.written = "unsure";
        return refused(error);
      },
    );
    this.#wroteAt = isRead ? undefined : this.#calledAt;
    if (result.code === null) {
      if (makes !== undefined) {
        symbols.bind(makes, Number(result.answer.TemplateId));
        this.#templates.add(makes);
      }
      this.#forget(action, parameters);
    }
    const symbolic = symbols.symbolic(result.answer);
    const answer = isRecord(symbolic) ? symbolic : {};
    const message = result.message === null ? null : symbols.text(result.message);
    const made = makes === undefined ? {} : { makes };
    return { experiment: this.experiment, action, parameters, ...made, code: result.code, message, answer };
  }

  #forget(action: string, { DomainName, AppName, TemplateId }: Values): void {
    if (action === "DeleteLiveCallbackRule") this.#rules.delete(JSON.stringify({ DomainName, AppName }));
    if (action !== "DeleteLiveCallbackTemplate") return;
    for (const label of this.#templates) if (templateId(label).TemplateId === TemplateId) this.#templates.delete(label);
  }
}

/** Why an experiment has no answer. */
export class Unanswerable extends Error {}

/** The fields of a test template, without undefined members. */
export function templateFields(label: string, fields: Values = {}): Values {
  return { TemplateName: `{run}-${label}`, StreamBeginNotifyUrl: "{url}", ...fields };
}

export function templateId(label: string): Values {
  return { TemplateId: `{template:${label}}` };
}

/** Whether an answer has an error code that an experiment can read. */
function refused(error: unknown): { code: string; message: string; answer: Answer } {
  if (!(error instanceof LiveError) || error.code === undefined || refusals.includes(error.kind)) throw error;
  if (unauthorized.test(error.code)) throw error;
  return { code: error.code, message: serviceMessage(error), answer: {} };
}

/** The service's own message, without the text that we add around it. */
function serviceMessage({ message }: LiveError): string {
  return /^\w+ failed: [^:]+: (.*) \(RequestId .*$/s.exec(message)?.[1] ?? message;
}
