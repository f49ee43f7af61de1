/**
 * Stage 3: whether the account is set up so that the events happen. A record URL needs a record rule for the domain and
 * app, a snapshot URL a snapshot rule, an image moderation URL a snapshot template with moderation switched on. Events of
 * a push (start, end, error) need nothing. If no API shows something, the verdict says so.
 *
 * https://cloud.tencent.com/document/product/267/32744, https://www.tencentcloud.com/document/product/267/31564
 */
import type { CallbackTemplateProperties } from "../../provider/properties";
import { printable } from "../terminal";
import type { MediaRule } from "./evidence";
import type { MediaSetup } from "./mediaSetup";
import { ok, problem, together, unknown, type Verdict } from "./verdict";

export interface Place {
  domainName: string;
  /** `""`: the whole domain. */
  appName: string;
}

/** The fields of a template with a callback URL, in the order of the API's documentation. */
export const urlFields = [
  "streamBeginNotifyUrl",
  "streamEndNotifyUrl",
  "recordNotifyUrl",
  "recordStatusNotifyUrl",
  "recordExceptionNotifyUrl",
  "snapshotNotifyUrl",
  "pornCensorshipNotifyUrl",
  "audioAuditNotifyUrl",
  "pushExceptionNotifyUrl",
] as const satisfies (keyof CallbackTemplateProperties)[];
export type UrlField = (typeof urlFields)[number];

/** Whether any of the URLs depends on rules that must be listed. */
export function needsSetup(fields: readonly UrlField[]): boolean {
  return fields.some((field) => kindOf(field) !== "push" && kindOf(field) !== "audio");
}

/** `fields`: the URLs that are set. */
export function judgeCanFire(place: Place, fields: readonly UrlField[], setup: MediaSetup): Verdict {
  return together(fields.map((field) => judgeField(place, field, setup)));
}

function judgeField(place: Place, field: UrlField, setup: MediaSetup): Verdict {
  const kind = kindOf(field);
  switch (kind) {
    case "push":
      return ok();
    case "audio":
      return unknown(`${field}: no API shows whether audio moderation is on`);
    case "record": {
      const scope = scopeOf(place, setup.recordRules);
      if (scope === "none") {
        return problem(
          `${field} never fires by itself: no record rule for ${shown(place)}. ` +
            "Next: create a record template and a rule for it (CreateLiveRecordRule)",
        );
      }
      return ok(`${field}: ${limited(scope)}no API shows whether VOD or COS accepts the recordings`);
    }
    case "snapshot": {
      const scope = scopeOf(place, setup.snapshotRules);
      if (scope === "none") {
        return problem(
          `${field} never fires: no snapshot rule for ${shown(place)}. ` +
            "Next: create a snapshot template and a rule for it (CreateLiveSnapshotRule)",
        );
      }
      return ok(`${field}: ${limited(scope)}no API shows whether LVB may write snapshots to COS`);
    }
    case "imageModeration":
      return judgeImageModeration(place, field, setup);
    default:
      return kind satisfies never;
  }
}

function judgeImageModeration(
  place: Place,
  field: UrlField,
  { snapshotRules, snapshotTemplates }: MediaSetup,
): Verdict {
  const matching = snapshotRules.filter((rule) => matches(place, rule));
  const moderated = matching.filter(({ templateId }) => snapshotTemplates.get(templateId)?.imageModeration);
  const scope = scopeOf(place, moderated);
  if (scope !== "none") return ok(`${field}: ${limited(scope)}only suspicious images are reported`);
  const [rule] = matching;
  if (rule === undefined) {
    return problem(
      `${field} never fires: no snapshot rule for ${shown(place)}. ` +
        "Next: create a snapshot template with image moderation on (PornFlag 1) and a rule for it",
    );
  }
  const template = snapshotTemplates.get(rule.templateId);
  const why = template
    ? `image moderation is off in snapshot template ${printable(template.templateName)} (${rule.templateId})`
    : `snapshot template ${rule.templateId} of the rule for ${shown(place)} does not exist`;
  const next = template
    ? "switch it on (PornFlag 1), and restart the streams"
    : "create one, and bind it to the domain";
  return problem(`${field} never fires: ${why}. Next: ${next}`);
}

type Scope = "all" | "some" | "none";

/** Whether rules cover all, some or none of the streams of a place. */
function scopeOf(place: Place, rules: readonly MediaRule[]): Scope {
  const matching = rules.filter((rule) => matches(place, rule));
  if (matching.length === 0) return "none";
  const covers = ({ appName, streamName }: MediaRule) =>
    isAll(streamName) && (isAll(appName) || appName === place.appName);
  return matching.some(covers) ? "all" : "some";
}

/** A rule for the whole domain covers each of its apps. A binding of the whole domain gets the events of each app. */
function matches(place: Place, rule: MediaRule): boolean {
  const sameDomain = isAll(rule.domainName) || rule.domainName === place.domainName;
  return sameDomain && (isAll(rule.appName) || isAll(place.appName) || rule.appName === place.appName);
}

/** Record and snapshot rules use `""` for all, other rules use `*`. */
function isAll(name: string): boolean {
  return name === "" || name === "*";
}

function limited(scope: Scope): string {
  return scope === "some" ? "its rules cover only some streams; " : "";
}

function shown({ domainName, appName }: Place): string {
  return printable(appName === "" ? domainName : `${domainName}/${appName}`);
}

function kindOf(field: UrlField): "push" | "audio" | "record" | "snapshot" | "imageModeration" {
  switch (field) {
    case "streamBeginNotifyUrl":
    case "streamEndNotifyUrl":
    case "pushExceptionNotifyUrl":
      return "push";
    case "recordNotifyUrl":
    case "recordStatusNotifyUrl":
    case "recordExceptionNotifyUrl":
      return "record";
    case "snapshotNotifyUrl":
      return "snapshot";
    case "pornCensorshipNotifyUrl":
      return "imageModeration";
    case "audioAuditNotifyUrl":
      return "audio";
    default:
      return field satisfies never;
  }
}
