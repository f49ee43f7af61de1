/** Sends the account's requests again to an emulator with the observed dialects. No dialect covers the remaining differences. */
import type { Dialects } from "../../emulator/dialects";
import { realClock } from "../../provider/live/retry";
import { type Exchange, Session } from "./session";
import { isRecord, Symbols } from "./symbols";

export interface Difference {
  experiment: string;
  action: string;
  /** `code`, or a member of the answer. */
  field: string;
  /** The account's answer, in symbols; null for a missing member or no code. */
  account: unknown;
  emulator: unknown;
}

const domain = "push.example.com";
const requestTimeoutMs = 15_000;

/** `templates`: how many templates the account had before. */
export async function findDifferences(
  transcripts: readonly Exchange[],
  dialects: Partial<Dialects>,
  templates: number,
): Promise<Difference[]> {
  const [{ startEmulator }, { createTransport }] = await Promise.all([
    import("../../emulator/index.js"),
    import("../../provider/live/transport.js"),
  ]);
  // The lag of reads doesn't change their answers.
  const emulator = await startEmulator({ domains: [domain], dialects: { ...dialects, readLag: 0 } });
  try {
    emulator.setState({ templates: Array.from({ length: templates }, () => ({})) });
    const credentials = {
      secretId: "emulator-id",
      secretKey: "emulator-key",
      securityToken: undefined,
      source: "emulator",
    };
    const session = new Session({
      transport: createTransport(new URL(emulator.url), async () => credentials, requestTimeoutMs, {}),
      symbols: new Symbols({ run: "0", domain, url: "https://example.com/lvb-probe", key: "keyOfTheEmulator" }),
      clock: realClock,
      requestTimeoutMs,
    });
    const found = new Map<string, Difference>();
    for (const account of transcripts) {
      const { experiment, action, parameters, makes } = account;
      for (const difference of compare(account, await session.ask(action, parameters, makes))) {
        const same = JSON.stringify([action, difference]);
        if (!found.has(same)) found.set(same, { experiment, action, ...difference });
      }
    }
    return [...found.values()];
  } finally {
    await emulator.stop();
  }
}

export function sentenceOf({ action, field, account, emulator, experiment }: Difference): string {
  const text = (value: unknown) =>
    value === null ? (field === "code" ? "success" : "nothing") : JSON.stringify(value);
  return `differs from the emulator in ${field} of ${action} (${experiment}): ${text(account)}, emulator ${text(emulator)}`;
}

type Place = Pick<Difference, "field" | "account" | "emulator">;

function compare(account: Exchange, emulator: Exchange): Place[] {
  if (account.code !== emulator.code) return [{ field: "code", account: account.code, emulator: emulator.code }];
  return compareValues("", account.answer, emulator.answer);
}

function compareValues(field: string, account: unknown, emulator: unknown): Place[] {
  if (Array.isArray(account) && Array.isArray(emulator) && account.length === emulator.length) {
    return account.flatMap((item, index) => compareValues(field, item, emulator[index]));
  }
  if (isRecord(account) && isRecord(emulator)) {
    return [...new Set([...Object.keys(account), ...Object.keys(emulator)])].flatMap((name) =>
      compareValues(field === "" ? name : `${field}.${name}`, account[name], emulator[name]),
    );
  }
  return JSON.stringify(account) === JSON.stringify(emulator)
    ? []
    : [{ field, account: account ?? null, emulator: emulator ?? null }];
}
