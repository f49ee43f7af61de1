/**
 * The account as the handlers see it: shared lists, writes that also update the lists, and the caller's account id. Each
 * provider process has one.
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

  /** Refuses every account that `allowedAccountIds` doesn't list. Must run before any other call. */
  async ready(): Promise<this> {
    const allowed = this.settings.allowedAccountIds;
    if (allowed.length === 0) return this;
    const caller = await this.#askCaller();
    if ("error" in caller) {
      throw new LiveError(
        `allowedAccountIds is set, but the account of the credentials could not be looked up: ${messageOf(caller.error)}`,
      );
    }
    if (!allowed.includes(caller.accountId)) {
      throw new LiveError(
        `the credentials belong to account ${caller.accountId}, but allowedAccountIds permits only ${allowed.join(", ")}. ` +
          "Nothing was read or changed. Next: use credentials of a permitted account",
      );
    }
    return this;
  }

  /** The account of the credentials, or undefined if STS didn't answer. */
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

  /** Refuses to create an object in an account that holds no other object of the stack. */
  async refuseStrangeAccount(stateAccountIds: ReadonlySet<string>): Promise<void> {
    if (stateAccountIds.size === 0) return;
    const accountId = await this.accountId();
    if (accountId === undefined || stateAccountIds.has(accountId)) return;
    throw new LiveError(
      `the rest of the stack is in account ${[...stateAccountIds].join(", ")}, but the credentials belong to account ` +
        `${accountId}. Next: use credentials of account ${[...stateAccountIds].join(" or ")}, or an explicit Provider for ` +
        `resources in account ${accountId}`,
    );
  }

  /**
   * Confirms that an object missing from the lists is really gone, and throws otherwise: the credentials may belong to
   * another account, where complete lists never show our objects.
   */
  async confirmGone(stateAccountId: string | undefined, object: string): Promise<void> {
    if (!stateAccountId) return;
    const caller = await this.#askCaller();
    if ("error" in caller) {
      throw new LiveError(
        `${object} was not found, but the account of the credentials could not be looked up (${messageOf(caller.error)}), ` +
          `so they may not belong to account ${stateAccountId}. It is kept in state. Next: run the same command again`,
      );
    }
    if (caller.accountId !== stateAccountId) throw otherAccount(object, stateAccountId, caller.accountId);
  }

  /** A domain of the account. Delayed-live domains are listed only if the ordinary ones don't include it. */
  async domain(domainName: string): Promise<LiveDomain | undefined> {
    const startedAt = performance.now();
    const find = async (options: { notBefore?: number }) =>
      (await this.#domains.all(options)).get(domainName) ??
      (await this.#delayedLiveDomains.all(options)).get(domainName);
    // Another resource of the same run may have added it after the list was fetched.
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
    // After a deletion in the same run the list hides the rule; if this call's answer is lost, it must show the new one.
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
   * Fetches a list again and again until it shows the object, or reads can no longer lag behind the write. For an object
   * that our own write may have created, so the wait is worth it.
   */
  async lookAgain<Item, Found>(
    list: SharedList<Item>,
    find: (items: ReadonlyMap<string, Item>) => Found | undefined,
  ): Promise<Found | undefined> {
    const end = performance.now() + this.settings.requestTimeoutMs / 3;
    for (let pause = 250; ; pause *= 2) {
      const found = find(await list.refetch());
      const left = end - performance.now();
      if (found !== undefined || left <= 0) return found;
      await realClock.sleep(Math.min(pause, left));
    }
  }

  /** The same after a failed write. If the lookup fails too, the result of the write stays unknown. */
  async lookAfter<Item, Found>(
    failure: LiveError,
    list: SharedList<Item>,
    find: (items: ReadonlyMap<string, Item>) => Found | undefined,
  ): Promise<Found | undefined> {
    try {
      return await this.lookAgain(list, find);
    } catch (error) {
      throw new LiveError(`${failure.message}; checking whether it had an effect failed too: ${messageOf(error)}`, {
        kind: failure.kind === "transient" ? "transient" : "ambiguous",
        cause: error,
      });
    }
  }

  /**
   * "Not found" is success for a deletion: the call was repeated, or someone else deleted the object. But the list
   * decides: the meaning of the codes is not documented, so the error stands if the list still shows the object.
   */
  async #proveGone<Item>(error: unknown, list: SharedList<Item>, key: string): Promise<void> {
    if (!(error instanceof LiveError && error.kind === "notFound")) throw error;
    if (await this.lookAfter(error, list, (items) => !items.has(key) || undefined)) return;
    throw new LiveError(`${error.message}, but the account still lists it`, { kind: "transient", cause: error });
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
    `${object} belongs to account ${stateAccountId}, but the credentials belong to account ${accountId}. ` +
      `It was left alone and is kept in state. Next: use credentials of account ${stateAccountId}`,
  );
}
