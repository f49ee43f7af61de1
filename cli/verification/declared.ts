/** Stage 1: whether the rule and its template in the account match the state. */
import { type Account, type ComparedObject, isInAccount } from "../account";
import type { ManagedResource } from "../stack/stackState";
import { printable } from "../terminal";
import { ok, problem, together, unknown, type Verdict } from "./verdict";

/** `compared` is the comparison of `list`. */
export function judgeDeclared(
  binding: ManagedResource,
  account: Pick<Account, "accountId" | "rules" | "templates">,
  compared: readonly ComparedObject[],
): Verdict {
  if (!isInAccount(binding, account.accountId)) {
    return unknown(`it is in account ${binding.accountId}, but the credentials belong to account ${account.accountId}`);
  }
  const rule = account.rules.get(binding.id);
  if (rule === undefined) return problem("the rule is gone. Next: `pulumi up --refresh` creates it again");
  const findings: Verdict[] = [];
  const { templateId } = binding.outputs;
  if (!binding.secretOutputs.has("templateId") && templateId !== rule.templateId) {
    const was = `the rule points to template ${rule.templateId}, not to ${String(templateId)}`;
    findings.push(
      problem(`${was}. Next: \`pulumi refresh --preview-only\` shows it, \`pulumi up --refresh\` repairs it`),
    );
  }
  const template = compared.find(({ kind, id }) => kind === "template" && id === rule.templateId);
  if (!account.templates.has(rule.templateId)) {
    const next = template
      ? "`pulumi up --refresh` creates it again"
      : "this stack doesn't manage it; give the binding a template that exists, or remove the binding";
    findings.push(problem(`template ${rule.templateId} is gone. Next: ${next}`));
  }
  if (template?.status === "drifted") {
    const fields = [...new Set(template.drift.map(({ field }) => field))].join(", ");
    findings.push(
      problem(
        `template ${printable(template.name)} (${template.id}) was edited: ${fields}. ` +
          "Next: `pulumi refresh --preview-only` shows it, `pulumi up --refresh` repairs it",
      ),
    );
  }
  return findings.length === 0 ? ok() : together(findings);
}
