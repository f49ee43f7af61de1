/** Experiments that need a rule, on the domain of `--domain`. Written like templateExperiments.ts, for the same table. */
import { byCode, type Experiment, gone, same } from "./experiment";
import { type Session, templateId, Unanswerable } from "./session";
import type { Values } from "./symbols";

const bind = "CreateLiveCallbackRule";
const unbind = "DeleteLiveCallbackRule";
const main = templateId("main");
/** An app without streams; each experiment has its own. */
const place = ({ experiment }: Session) => ({ DomainName: "{domain}", AppName: `{run}-${experiment}` });

/**
 * @means the times of a rule are `2018-09-12 15:52:01` (`space`) or `2022-05-16T10:59:38+08:00` (`iso`). A deletion that
 * also names a TemplateId succeeds (`accepted`), or is UnknownParameter (`refused`). A second deletion is
 * FailedOperation.NotFound, or `success`.
 * @open a TemplateId of another template in the deletion
 */
const oneRule: Experiment = {
  name: "rule",
  templates: 1,
  rules: "app",
  dialects: ["timeFormat", "strayTemplateId", "missingRule"],
  sends: "binds a template, lists the rule, deletes it with a TemplateId, and deletes it again",
  async run(session) {
    const { CreateTime } = await bound(session);
    const stray = await session.ask(unbind, { ...place(session), ...main });
    if (stray.code !== null) await session.ask(unbind, place(session));
    const again = await session.ask(unbind, place(session));
    const formats = new Map<unknown, string>([
      ["9999-99-99 99:99:99", "space"],
      ["9999-99-99T99:99:99+08:00", "iso"],
    ]);
    return {
      timeFormat: formats.get(CreateTime) ?? new Unanswerable(`a time looks like ${JSON.stringify(CreateTime)}`),
      strayTemplateId: byCode(stray, { UnknownParameter: "refused" }, "accepted"),
      missingRule: byCode(again, same("FailedOperation.NotFound"), "success"),
    };
  },
};

/**
 * @means InternalError: `error`. Success, and the rule points to the second template: `overwrite`.
 * @open a second rule with the same template
 */
const duplicateRule: Experiment = {
  name: "duplicate-rule",
  templates: 2,
  rules: "app",
  dialects: ["duplicateRule"],
  sends: "binds a template, then another one to the same domain and app",
  async run(session) {
    await bound(session);
    await session.template("other");
    const reply = await session.ask(bind, { ...place(session), ...templateId("other") });
    if (reply.code !== null) return { duplicateRule: byCode(reply, { InternalError: "error" }) };
    const points = (rules: readonly Values[]) => rules.some((rule) => rule.TemplateId === "{template:other}");
    const switched = points(await session.rules(points));
    const none = new Unanswerable("the second rule is accepted, but the list does not show it");
    return { duplicateRule: switched ? "overwrite" : none };
  },
};

/**
 * @means the code is the value
 * @open a template of another account
 */
const unknownTemplate: Experiment = {
  name: "unknown-template",
  templates: 1,
  rules: "app",
  dialects: ["unknownTemplate"],
  sends: "creates and deletes a template, then binds it",
  async run(session) {
    await gone(session);
    const reply = await session.ask(bind, { ...place(session), ...templateId("gone") });
    const codes = same("InternalError.ConfNotFound", "InvalidParameter.ConfNotFound");
    return { unknownTemplate: byCode(reply, codes) };
  },
};

/**
 * @means the code is the value. Success, and the rule is gone: `cascade`.
 * @open when a deletion is allowed after the rule is gone
 */
const inUse: Experiment = {
  name: "in-use",
  templates: 1,
  rules: "app",
  dialects: ["inUse"],
  sends: "binds a template and deletes it",
  async run(session) {
    await bound(session);
    const reply = await session.ask("DeleteLiveCallbackTemplate", main);
    const codes = same("FailedOperation.ConfInUsed", "InternalError.ConfInUsed", "InternalError.RuleInUsing");
    if (reply.code !== null) return { inUse: byCode(reply, codes) };
    const none = (rules: readonly Values[]) => rules.length === 0;
    const left = new Unanswerable("the template is deleted, and its rule stays");
    return { inUse: none(await session.rules(none)) ? "cascade" : left };
  },
};

/**
 * @means InvalidParameter.DomainFormatError: `refused`. Success: `accepted`.
 * @open a play domain, a disabled domain, and one of another account
 */
const unknownDomain: Experiment = {
  name: "unknown-domain",
  templates: 1,
  rules: "app",
  dialects: ["unknownDomain"],
  sends: "binds a template to a domain that doesn't exist",
  async run(session) {
    await session.template("main");
    const reply = await session.ask(bind, { ...place(session), DomainName: "{run}.example.com", ...main });
    return { unknownDomain: byCode(reply, { "InvalidParameter.DomainFormatError": "refused" }, "accepted") };
  },
};

/**
 * @means MissingParameter: `missing`. Success: `accepted`.
 * @open whether the rule serves the whole domain, which needs a stream
 */
const emptyAppName: Experiment = {
  name: "whole-domain",
  templates: 1,
  rules: "domain",
  dialects: ["emptyAppName"],
  sends: "binds a template to the whole domain, and removes that rule",
  async run(session) {
    await session.template("main");
    const reply = await session.ask(bind, { ...place(session), AppName: "", ...main });
    return { emptyAppName: byCode(reply, { MissingParameter: "missing" }, "accepted") };
  },
};

export const ruleExperiments: readonly Experiment[] = [
  oneRule,
  duplicateRule,
  unknownTemplate,
  inUse,
  unknownDomain,
  emptyAppName,
];

/** A rule of a new template, as the list shows it. */
async function bound(session: Session): Promise<Values> {
  await session.template("main");
  const { code, message } = await session.ask(bind, { ...place(session), ...main });
  if (code !== null) throw new Unanswerable(`a rule can't be created: ${code}: ${message}`);
  const [rule] = await session.rules((rules) => rules.length > 0);
  if (rule === undefined) throw new Unanswerable("no list shows the created rule");
  return rule;
}
