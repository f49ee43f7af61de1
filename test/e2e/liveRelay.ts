// A relay between a stack under test and an account that may be real. Only the relay has the credentials. It counts the
// calls, passes on only those for objects of this run, and can lose a reply.
import type { IncomingMessage, ServerResponse } from "node:http";
import { json } from "node:stream/consumers";
import { LiveError } from "../../provider/live/errors.ts";
import type { Transport } from "../../provider/live/transport.ts";
import { listen } from "../loopback.ts";

export interface RelayOptions {
  transport: Transport;
  /** The prefix of names of templates and apps of this run. */
  prefix: string;
  /** The only domain that may get rules. */
  domain: string | undefined;
  /** The maximum number of calls. */
  mostCalls: number;
}

export interface Relay {
  readonly url: string;
  /** The actions that were sent. */
  readonly calls: readonly string[];
  /** The reasons why calls were blocked. */
  readonly refused: readonly string[];
  /** The next call of this action is executed, but its reply is lost. */
  loseReplyOf(action: string): void;
  stop(): Promise<void>;
}

type Parameters = Readonly<Record<string, unknown>>;

export async function startRelay({ transport, prefix, domain, mostCalls }: RelayOptions): Promise<Relay> {
  const [calls, refused, lost]: [string[], string[], string[]] = [[], [], []];
  const made = new Set<unknown>();

  /** The reason why a call is blocked, if it is. */
  function objection(
    action: string,
    { TemplateName, TemplateId, DomainName, AppName }: Parameters,
  ): string | undefined {
    if (calls.length >= mostCalls) return `more than ${mostCalls} calls`;
    const isOurs = (name: unknown) => String(name).startsWith(prefix);
    switch (action) {
      case "CreateLiveCallbackTemplate":
        return isOurs(TemplateName) ? undefined : `${TemplateName} does not begin with ${prefix}`;
      case "ModifyLiveCallbackTemplate":
      case "DeleteLiveCallbackTemplate":
        return made.has(TemplateId) ? undefined : `template ${TemplateId} was not made by this run`;
      case "CreateLiveCallbackRule":
      case "DeleteLiveCallbackRule":
        return isOurs(AppName) && DomainName === domain ? undefined : `${DomainName}/${AppName} is not of this run`;
      default:
        return /^(Describe|Get)/.test(action) ? undefined : `${action} is not needed`;
    }
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const action = String(request.headers["x-tc-action"]);
    const parameters = (await json(request)) as Parameters;
    const reply = (members: object) => response.end(JSON.stringify({ Response: { RequestId: "relay", ...members } }));
    const why = objection(action, parameters);
    if (why !== undefined) {
      refused.push(`${action}: ${why}`);
      reply({ Error: { Code: "UnauthorizedOperation", Message: `kept back by the test: ${why}` } });
      return;
    }
    calls.push(action);
    try {
      const members = await transport(action === "GetCallerIdentity" ? "sts" : "live", action, parameters);
      if (action === "CreateLiveCallbackTemplate") made.add(members.TemplateId);
      if (lost.includes(action)) {
        lost.splice(lost.indexOf(action), 1);
        response.destroy();
      } else {
        reply(members);
      }
    } catch (error) {
      if (error instanceof LiveError && error.code) reply({ Error: { Code: error.code, Message: error.message } });
      else response.destroy();
    }
  }

  const { url, stop } = await listen((request, response) => void answer(request, response));
  return { url, calls, refused, loseReplyOf: (action) => lost.push(action), stop };
}
