import { type LiveRule, ruleKey } from "../../provider/live/actions";
import { propagationOf } from "../../provider/propagation";
import { type Account, connectAccount, isInAccount, readAccount } from "../account";
import { CommandFailure, exitCodes } from "../failure";
import { Project } from "../stack/project";
import { clockTime, confirm, printable, printJson, tell } from "../terminal";

export interface UnbindOptions {
  cwd: string;
  stack: string[];
  yes: boolean;
  json: boolean;
}

/**
 * Removes a rule that no stack manages. It checks the given stacks, or all stacks of the project: a managed rule must be
 * removed in its own stack.
 */
export async function unbind(domain: string, app: string | undefined, options: UnbindOptions): Promise<void> {
  const project = Project.open(options.cwd);
  const stacks = options.stack.length > 0 ? options.stack : await project.stackNames();
  const credentialsOf = options.stack[0] ?? (await project.stackName(undefined));
  const [account, ...states] = await Promise.all([
    project.config(credentialsOf).then(connectAccount).then(readAccount),
    ...stacks.map((stack) => project.state(stack)),
  ]);
  const rule = ruleOf(account, domain, app);
  const key = ruleKey(rule.domainName, rule.appName);
  const holder = states
    .flatMap(({ resources }) => resources)
    .find((resource) => resource.kind === "binding" && resource.id === key && isInAccount(resource, account.accountId));
  if (holder) {
    throw new CommandFailure(
      `${key} is managed by ${holder.name} of stack ${holder.stack} and was left alone. Next: remove it from that program and run \`pulumi up\``,
    );
  }
  tell(describe(account, rule, key, stacks));
  if (!(await confirm("Remove this rule?", options.yes))) {
    throw new CommandFailure("nothing was changed");
  }
  // The rule may have changed while the user was deciding.
  const now = (await account.live.rules.refetch()).get(key);
  if (now?.templateId !== rule.templateId) {
    throw new CommandFailure(`${key} was changed in the meantime and was left alone. Next: run this command again`);
  }
  await account.live.deleteRule(rule.domainName, rule.appName);
  const { effectiveAt } = propagationOf(Date.now(), account.live.settings.propagationSeconds);
  if (options.json) {
    printJson({ ...ruleJson(account, rule), callbacksUntil: effectiveAt });
  } else {
    tell(`removed ${printable(key)}; callbacks may still arrive until ${clockTime(effectiveAt, Date.now())}`);
  }
}

function ruleOf({ rules }: Account, domain: string, app: string | undefined): LiveRule {
  const found = [...rules.values()].filter(
    (rule) => rule.domainName === domain.toLowerCase() && (app === undefined || rule.appName === app),
  );
  const [rule, ...others] = found;
  if (!rule) {
    const place = app === undefined ? domain : ruleKey(domain, app);
    throw new CommandFailure(`the account has no rule for ${place}. Next: \`pulumi-tencentcloud-lvb list\` shows all`);
  }
  if (others.length > 0) {
    const apps = found.map(({ appName }) => JSON.stringify(printable(appName))).join(", ");
    throw new CommandFailure(`${rule.domainName} has rules for several apps: ${apps}. Next: name one`, exitCodes.usage);
  }
  return rule;
}

function describe({ templates, accountId }: Account, rule: LiveRule, key: string, checked: readonly string[]): string {
  const template = templates.get(rule.templateId);
  const named = template
    ? `template "${template.templateName}" (${rule.templateId})`
    : `template ${rule.templateId}, which does not exist`;
  const since =
    rule.changedAt === undefined ? "" : `, since ${clockTime(new Date(rule.changedAt).toISOString(), Date.now())}`;
  const account = `account ${accountId ?? "unknown"}`;
  const stacks = checked.length > 0 ? checked.join(", ") : "none";
  return printable(
    `${key} of ${account} is bound to ${named}${since}; the stacks that were checked don't manage it: ${stacks}`,
  );
}

function ruleJson({ templates }: Account, rule: LiveRule) {
  return {
    domainName: rule.domainName,
    appName: rule.appName,
    templateId: rule.templateId,
    templateName: templates.get(rule.templateId)?.templateName ?? null,
  };
}
