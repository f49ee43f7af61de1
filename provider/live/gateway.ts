/**
 * The account as the handlers see it: shared lists, writes that keep the lists true, and who is calling. One for each
 * provider process.
 */
import {
  type Actions,
  createActions,
  type LiveDomain,
  type LiveRule,
  type LiveTemplate,
  ruleKey,
  setFields,
  type TemplateValues,
} from "./actions";
import { credentialSource } from "./credentials";
import { LiveError, messageOf } from "./errors";
import { realClock } from "./retry";
import type { Configuration, Settings } from "./settings";
import { SharedList } from "./sharedList";
import { createTransport, type Transport } from "./transport";

export function connect(
  settings: Settings,
  config: Configuration,
  env: NodeJS.ProcessEnv,
  note: (text: string) => void,
): LiveGateway {
  return new LiveGateway(
    createActions(openTransport(settings, config, env, note), settings.requestTimeoutMs),
    settings,
  );
}

export function openTransport(
  settings: Settings,
  config: Configuration,
  env: NodeJS.ProcessEnv,
  note: (text: string) => void,
): Transport {
  const credentials = credentialSource(config, env, settings, note);
  return createTransport(settings.endpoint, credentials, settings.requestTimeoutMs, env);
}

export class LiveGateway {
  readonly settings: Settings;
  readonly #actions: Actions;
  readonly templates: SharedList<LiveTemplate>;
  readonly rules: SharedList<LiveRule>;
  readonly #domains: SharedList<LiveDomain>;
  readonly #delayedLiveDomains: SharedList<LiveDomain>;
  #caller: Promise<{ accountId: string } | { error: unknown }> | undefined;

  constructor(actions: Actions, settings: Settings) {
    this.#actions = actions;
    this.settings = settings;
    this.templates = new SharedList(() => this.#actions.listTemplates());
    this.rules = new SharedList(() => this.#actions.listRules());
    this.#domains = new SharedList(() => this.#actions.listDomains(false));
    this.#delayedLiveDomains = new SharedList(() => this.#actions.listDomains(true));
  }

  /** Refuses every account that `allowedAccountIds` does not name. Must come before anything else is asked. */
  async ready(): Promise<this> {
    const allowed = this.settings.allowedAccountIds;
    if (allowed.length === 0) return this;
    const caller = await this.#askCaller();
    if ("error" in caller) {
      throw new LiveError(
        `allowedAccountIds is set, but the account of the credentials could not be asked for: ${messageOf(caller.error)}`,
        { kind: "auth", cause: caller.error },
      );
    }
    if (!allowed.includes(caller.accountId)) {
      throw new LiveError(
        `the credentials belong to account ${caller.accountId}, but allowedAccountIds permits only ${allowed.join(", ")}. ` +
          "Nothing was read or changed. Next: use credentials of a permitted account",
        { kind: "auth" },
      );
    }
    return this;
  }

  /** The account of the credentials, or undefined if it could not be asked for and nothing demands it. */
  async accountId(): Promise<string | undefined> {
    const caller = await this.#askCaller();
    return "error" in caller ? undefined : caller.accountId;
  }

  /** Refuses to touch an object that the state says is in another account. */
  async refuseOtherAccount(stateAccountId: string | undefined, object: string): Promise<void> {
    if (!stateAccountId) return;
    const accountId = await this.accountId();
    if (accountId !== undefined && accountId !== stateAccountId) throw otherAccount(object, stateAccountId, accountId);
  }

  /** Refuses to make an object in an account other than those that the state names for the rest of the stack. */
  async refuseStrangeAccount(stateAccountIds: ReadonlySet<string>): Promise<void> {
    if (stateAccountIds.size === 0) return;
    const accountId = await this.accountId();
    if (accountId === undefined || stateAccountIds.has(accountId)) return;
    throw new LiveError(
      `the rest of the stack is in account ${[...stateAccountIds].join(", ")}, but the credentials are those of account ` +
        `${accountId}. Next: use credentials of the former account, or an explicit Provider for what belongs to the latter`,
      { kind: "auth" },
    );
  }

  /**
   * Whether an object that no list shows is really gone: with credentials of another account every list is complete
   * and shows nothing of ours. Throws if that cannot be ruled out.
   */
  async confirmGone(stateAccountId: string | undefined, object: string): Promise<void> {
    if (!stateAccountId) return;
    const caller = await this.#askCaller();
    if ("error" in caller) {
      throw new LiveError(
        `${object} is in no list of the account, but whether these are the credentials of account ${stateAccountId} ` +
          `could not be asked (${messageOf(caller.error)}). It is kept in state. Next: run the same command again`,
        { kind: "auth", cause: caller.error },
      );
    }
    if (caller.accountId !== stateAccountId) throw otherAccount(object, stateAccountId, caller.accountId);
  }

  /** A domain of the account. Delayed-live domains are asked for only if the domain is no ordinary one. */
  async domain(domainName: string): Promise<LiveDomain | undefined> {
    const startedAt = performance.now();
    const find = async (options: { notBefore?: number }) =>
      (await this.#domains.all(options)).get(domainName) ??
      (await this.#delayedLiveDomains.all(options)).get(domainName);
    // It may have been added after the list was fetched, by another resource of the same run.
    return (await find({})) ?? (await find({ notBefore: startedAt }));
  }

  async createTemplate(values: TemplateValues): Promise<string> {
    const templateId = await this.#actions.createTemplate(values);
    this.#enterTemplate(templateId, values);
    return templateId;
  }

  async modifyTemplate(templateId: string, values: TemplateValues): Promise<void> {
    await this.#actions.modifyTemplate(templateId, values);
    this.#enterTemplate(templateId, values);
  }

  async deleteTemplate(templateId: string): Promise<void> {
    await this.#actions.deleteTemplate(templateId).catch((error) => this.#proveGone(error, this.templates, templateId));
    this.templates.wrote(templateId, undefined);
  }

  async createRule(domainName: string, appName: string, templateId: string): Promise<void> {
    // Of a rule that was just deleted to be created again, the list must show the new one though its reply is lost.
    this.rules.forget(ruleKey(domainName, appName));
    await this.#actions.createRule(domainName, appName, templateId);
    this.rules.wrote(ruleKey(domainName, appName), { domainName, appName, templateId, changedAt: Date.now() });
  }

  async deleteRule(domainName: string, appName: string): Promise<void> {
    const key = ruleKey(domainName, appName);
    await this.#actions.deleteRule(domainName, appName).catch((error) => this.#proveGone(error, this.rules, key));
    this.rules.wrote(key, undefined);
  }

  /**
   * Looks for something in a list anew until it is found or reads can no longer be lagging behind the write.
   * For what must be there, or may be, after a write of ours; so it is worth the wait.
   */
  async lookAgain<Item, Found>(
    list: SharedList<Item>,
    find: (items: ReadonlyMap<string, Item>) => Found | undefined,
  ): Promise<Found | undefined> {
    const end = performance.now() + this.settings.requestTimeoutMs / 3;
    for (let pause = 250; ; pause *= 2) {
      const found = find(await list.anew());
      const left = end - performance.now();
      if (found !== undefined || left <= 0) return found;
      await realClock.sleep(Math.min(pause, left));
    }
  }

  /** The same after a write that failed; should looking fail too, it stays open whether the write was carried out. */
  async lookAfter<Item, Found>(
    failure: LiveError,
    list: SharedList<Item>,
    find: (items: ReadonlyMap<string, Item>) => Found | undefined,
  ): Promise<Found | undefined> {
    try {
      return await this.lookAgain(list, find);
    } catch (error) {
      throw new LiveError(`${failure.message}; and it isn't known whether the service did it: ${messageOf(error)}`, {
        kind: failure.kind === "transient" ? "transient" : "ambiguous",
        code: failure.code,
        cause: error,
      });
    }
  }

  /**
   * Gone already is what a deletion wants: the answer to a repeated call, or someone was faster. But a list that still
   * shows the object outweighs a code: which code means what is not documented.
   */
  async #proveGone<Item>(error: unknown, list: SharedList<Item>, key: string): Promise<void> {
    if (!(error instanceof LiveError && error.kind === "notFound")) throw error;
    list.forget(key);
    if (await this.lookAfter(error, list, (items) => !items.has(key) || undefined)) return;
    throw new LiveError(`${error.message}, but the account still lists it`, {
      kind: "transient",
      code: error.code,
      cause: error,
    });
  }

  #enterTemplate(templateId: string, values: TemplateValues): void {
    const { recordStatusNotifyUrl: _neverReturned, ...returned } = setFields(values);
    this.templates.wrote(templateId, { templateId, ...returned });
  }

  #askCaller(): Promise<{ accountId: string } | { error: unknown }> {
    this.#caller ??= this.#actions.callerAccountId().then(
      (accountId) => ({ accountId }),
      (error: unknown) => ({ error }),
    );
    return this.#caller;
  }
}

function otherAccount(object: string, stateAccountId: string, accountId: string): LiveError {
  return new LiveError(
    `${object} belongs to account ${stateAccountId}, but the credentials are those of account ${accountId}. ` +
      "It was left alone and is kept in state. Next: use credentials of the former account",
    { kind: "auth" },
  );
}
