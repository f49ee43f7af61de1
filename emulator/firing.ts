// The conditions for an event, besides the push itself.
import type { EventType } from "./events";
import type { EmulatorState, MediaRule } from "./store";

interface Stream {
  domain: string;
  app: string;
  stream: string;
}

/**
 * Why this event does not happen for this stream; undefined if it does. Recordings need a record rule, snapshots a snapshot
 * rule (CN/32744), and image moderation a snapshot template with PornFlag 1 (EN/31564). No API turns audio moderation on,
 * so here it is always on.
 */
export function whyNotFired(event: EventType, stream: Stream, state: EmulatorState): string | undefined {
  const { domain, app, stream: name } = stream;
  const snapshotRules = state.snapshotRules.filter((rule) => applies(rule, stream));
  switch (event) {
    case 0:
    case 1:
    case 315:
    case 321:
      return undefined;
    case 100:
    case 332:
    case 341:
      return state.recordRules.some((rule) => applies(rule, stream))
        ? undefined
        : `no record rule in effect for ${domain}/${app}/${name}`;
    case 200:
    case 317: {
      if (snapshotRules.length === 0) return `no snapshot rule in effect for ${domain}/${app}/${name}`;
      const ids = snapshotRules.map(({ TemplateId }) => TemplateId);
      const templates = state.snapshotTemplates.filter(({ TemplateId }) => ids.includes(TemplateId));
      if (templates.length === 0) return `snapshot template ${ids.join(", ")} does not exist`;
      if (event === 200 || templates.some(({ PornFlag }) => PornFlag === 1)) return undefined;
      return `image moderation is off: PornFlag is 0 in snapshot template ${ids.join(", ")}`;
    }
  }
}

function applies({ DomainName, AppName, StreamName }: MediaRule, { domain, app, stream }: Stream): boolean {
  return DomainName === domain && (isAll(AppName) || AppName === app) && (isAll(StreamName) || StreamName === stream);
}

/** Record and snapshot rules use `""` for all, other rules use `*`. */
function isAll(name: string): boolean {
  return name === "" || name === "*";
}
