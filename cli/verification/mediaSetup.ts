/** The account's setup for recording, snapshots and image moderation. */
import { needsSetup, type UrlField } from "./canFire";
import { type Evidence, isRefusal, type MediaRule, type SnapshotTemplate } from "./evidence";
import { unknown, type Verdict } from "./verdict";

export interface MediaSetup {
  recordRules: readonly MediaRule[];
  snapshotRules: readonly MediaRule[];
  snapshotTemplates: ReadonlyMap<string, SnapshotTemplate>;
}

/** Reads three lists for the whole stack, or none if no URL depends on them. After a refusal the stage is unknown. */
export async function readSetup(evidence: Evidence, fields: readonly UrlField[]): Promise<MediaSetup | Verdict> {
  if (!needsSetup(fields)) return { recordRules: [], snapshotRules: [], snapshotTemplates: new Map() };
  try {
    const [recordRules, snapshotRules, snapshotTemplates] = await Promise.all([
      evidence.recordRules(),
      evidence.snapshotRules(),
      evidence.snapshotTemplates(),
    ]);
    return { recordRules, snapshotRules, snapshotTemplates };
  } catch (error) {
    if (isRefusal(error)) return unknown(error.message);
    throw error;
  }
}
