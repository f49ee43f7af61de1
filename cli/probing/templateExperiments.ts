/**
 * Experiments with templates alone. The table in docs/live-account.md is generated from here: the calls (`sends`), the
 * meaning of each answer and the open questions (the comments). A text such as `{template:main}` is a symbol: see symbols.ts.
 */
import { byCode, type Experiment, gone, oneOf, unlike } from "./experiment";
import { type Session, templateFields, templateId, Unanswerable } from "./session";
import type { Values } from "./symbols";

const describe = "DescribeLiveCallbackTemplate";
const create = "CreateLiveCallbackTemplate";
const modify = "ModifyLiveCallbackTemplate";
const remove = "DeleteLiveCallbackTemplate";
const main = templateId("main");

/**
 * @means the same code three times: that code. A null Template and two silent successes: `empty`.
 * @open other codes for a template that never existed, or is another account's
 */
const missingTemplate: Experiment = {
  name: "missing-template",
  templates: 1,
  rules: "none",
  dialects: ["missingTemplate"],
  sends: "creates and deletes a template, then describes, modifies and deletes it",
  async run(session) {
    const described = await gone(session);
    const url = { StreamBeginNotifyUrl: "{url}" };
    const replies = [
      described,
      await session.ask(modify, { ...templateId("gone"), ...url }),
      await session.ask(remove, templateId("gone")),
    ];
    const [code, ...others] = new Set(replies.map((reply) => reply.code ?? "empty"));
    if (others.length > 0) return { missingTemplate: unlike(replies) };
    return { missingTemplate: oneOf(code, missingCodes) };
  },
};
const missingCodes = ["FailedOperation.NotFound", "InternalError.NotFound", "InternalError.ConfNotFound", "empty"];

/**
 * @means the time from a write to the first read that shows it, in all experiments: the median is the value
 * @open longer lags at other times of the day
 */
const readLag: Experiment = {
  name: "read-lag",
  templates: 1,
  rules: "none",
  dialects: ["readLag"],
  sends: "edits a template five times, and reads it until the edit shows",
  async run(session) {
    await session.template("main");
    await session.shown("main");
    for (const Description of ["1", "2", "3", "4", "5"]) await edited(session, { Description });
    return {};
  },
};

/**
 * @means a field that is not set comes as `""` (`empty`), `null`, or not at all (`omitted`). An id sent as text is accepted
 * (`coerced`), or is InvalidParameter (`refused`).
 * @open fields that only the China site knows; numbers as text in other actions
 */
const reading: Experiment = {
  name: "reading",
  templates: 1,
  rules: "none",
  dialects: ["unsetField", "numericStrings"],
  sends: "creates a template with a name and one URL, and describes it, also with its id as text",
  async run(session) {
    await session.template("main");
    const template = await session.shown("main");
    const optional = ["Description", "StreamEndNotifyUrl", "RecordNotifyUrl", "SnapshotNotifyUrl", "CallbackKey"];
    const shapes = new Set(
      optional.map((field) =>
        field in template ? (template[field] === "" ? "empty" : String(template[field])) : "omitted",
      ),
    );
    const shape = [...shapes].join(" and ");
    const asText = await session.ask(describe, { TemplateId: "{text:main}" });
    return {
      unsetField: oneOf(shape, ["empty", "null", "omitted"]),
      numericStrings: byCode(asText, { InvalidParameter: "refused" }, "coerced"),
    };
  },
};

/**
 * @means an edit without the end URL and the key leaves both `kept` or `cleared`. An edit that sets the end URL to `""`
 * clears it (`clears`) or not (`ignored`).
 * @open `[]` for RecordExceptionLevels, and `""` for other fields
 */
const editing: Experiment = {
  name: "editing",
  templates: 1,
  rules: "none",
  dialects: ["omittedOnModify", "emptyOnModify"],
  sends: 'edits a template without two of its fields, and with "" for one',
  async run(session) {
    await session.template("main", { Description: "0", StreamEndNotifyUrl: "{url}", CallbackKey: "{key}" });
    await session.shown("main");
    const after = await edited(session, { Description: "1" });
    const omitted = new Set(
      [after.StreamEndNotifyUrl, after.CallbackKey].map((v) => (isUnset(v) ? "cleared" : "kept")),
    );
    await edited(session, { Description: "2", StreamEndNotifyUrl: "{url}" });
    const emptied = await edited(session, { Description: "3", StreamEndNotifyUrl: "" });
    return {
      omittedOnModify: oneOf([...omitted].join(" and "), ["kept", "cleared"]),
      emptyOnModify: isUnset(emptied.StreamEndNotifyUrl) ? "clears" : "ignored",
    };
  },
};

/**
 * @means an edit that removes the last URL succeeds (`removable`), or is InvalidParameter (`required`). If neither `""` nor
 * a missing field clears a URL, there is no answer.
 * @open whether a template without URLs can be bound
 */
const lastUrl: Experiment = {
  name: "last-url",
  templates: 1,
  rules: "none",
  dialects: ["lastUrl"],
  sends: 'edits a template so that its only URL is "", and if that is ignored, left out',
  async run(session) {
    await session.template("main");
    await session.shown("main");
    for (const change of [{ Description: "1", StreamBeginNotifyUrl: "" }, { Description: "2" }]) {
      const reply = await session.ask(modify, { ...main, ...change });
      if (reply.code !== null) return { lastUrl: byCode(reply, { InvalidParameter: "required" }) };
      const template = await session.shown("main", ({ Description }) => Description === change.Description);
      if (isUnset(template.StreamBeginNotifyUrl)) return { lastUrl: "removable" };
    }
    return { lastUrl: new Unanswerable('no edit clears a URL here, neither "" nor a missing field') };
  },
};

const chinaFields: Values = {
  RecordStatusNotifyUrl: "{url}",
  AudioAuditNotifyUrl: "{url}",
  RecordExceptionNotifyUrl: "{url}",
  RecordExceptionLevels: ["warning"],
};

/**
 * @means Create and Modify accept all four fields (`accepted`), or each is UnknownParameter (`refused`). The level
 * `warning` reads back unchanged, or as `alarm`.
 * @open how the other levels read back
 */
const china: Experiment = {
  name: "china-fields",
  templates: 1,
  rules: "none",
  dialects: ["chinaFields", "exceptionLevelWord"],
  sends: "creates and edits a template with the four fields that only the China site documents",
  async run(session) {
    const made = await session.ask(create, templateFields("main", chinaFields), "main");
    if (made.code === null) {
      const { RecordExceptionLevels: levels } = await session.shown("main");
      const changed = await session.ask(modify, { ...main, StreamBeginNotifyUrl: "{url}", ...chinaFields });
      return {
        chinaFields: changed.code === null ? "accepted" : unlike([made, changed]),
        exceptionLevelWord: oneOf(Array.isArray(levels) ? levels.join() : String(levels), ["warning", "alarm"]),
      };
    }
    const replies = [made];
    for (const [field, value] of Object.entries(chinaFields)) {
      replies.push(await session.ask(create, templateFields(field, { [field]: value }), field));
      await session.clear();
    }
    const same = replies.every(({ code }) => code === made.code);
    return {
      chinaFields: same ? byCode(made, { UnknownParameter: "refused" }) : unlike(replies),
      exceptionLevelWord: new Unanswerable("RecordExceptionLevels is refused here"),
    };
  },
};

/**
 * @means an empty list: `kept`. InvalidAction: `none`.
 * @open everything about the records themselves
 */
const callbackRecords: Experiment = {
  name: "records",
  templates: 0,
  rules: "none",
  dialects: ["callbackRecords"],
  sends: "lists the delivery records of a stream that doesn't exist",
  async run(session) {
    const window = { StartTime: "{hourAgo}", EndTime: "{now}", StreamName: "{run}", PageNum: 1, PageSize: 10 };
    const reply = await session.ask("DescribeCallbackRecordsList", window);
    return { callbackRecords: byCode(reply, { InvalidAction: "none" }, "kept") };
  },
};

/**
 * @means no dialect; the answers are only compared with the emulator's
 * @open other limits
 */
const limits: Experiment = {
  name: "limits",
  templates: 1,
  rules: "none",
  dialects: [],
  sends: "tries to create templates that the documentation forbids: no URL, a bad name, URL, host or key",
  async run(session) {
    const forbidden: Record<string, Values> = {
      "no-url": { StreamBeginNotifyUrl: undefined },
      "bad name": {},
      "bad-url": { StreamBeginNotifyUrl: "ftp://example.com/" },
      "bad-host": { StreamBeginNotifyUrl: "https://lvb-probe.invalid/" },
      "long-key": { CallbackKey: "k".repeat(33) },
      "long-text": { Description: "x".repeat(1025) },
    };
    for (const [label, fields] of Object.entries(forbidden)) {
      await session.ask(create, templateFields(label, fields), label);
      await session.clear();
    }
    return {};
  },
};

export const templateExperiments: readonly Experiment[] = [
  callbackRecords,
  missingTemplate,
  readLag,
  reading,
  editing,
  lastUrl,
  china,
  limits,
];

/** The template after an edit. The edit always includes the URL: a template may need one. */
async function edited(session: Session, change: Values): Promise<Values> {
  const { code, message } = await session.ask(modify, { ...main, StreamBeginNotifyUrl: "{url}", ...change });
  if (code !== null) throw new Unanswerable(`an edit was refused: ${code}: ${message}`);
  return session.shown("main", ({ Description }) => Description === change.Description);
}

function isUnset(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}
