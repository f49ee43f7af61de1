/**
 * Values that differ between two runs of the same experiment have symbols: `{run}`, `{domain}`, `{key}`, `{template:main}`.
 * So requests can be sent again to another server and answers compared, and a transcript has no key, account or domain.
 */

/** The name prefix of all test objects. */
export const probePrefix = "lvb-probe-";

export interface Places {
  /** The id of this run. */
  run: string;
  /** The push domain for rules. */
  domain: string;
  /** A callback URL; its host resolves. */
  url: string;
  /** A callback key of this run. */
  key: string;
}

export type Values = Readonly<Record<string, unknown>>;

const longNumber = /\d{9,}/g;
const time = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d/;
const hourMs = 3_600_000;

export class Symbols {
  readonly #texts: readonly (readonly [symbol: string, text: string])[];
  readonly #templates = new Map<string, number>();

  constructor({ run, domain, url, key }: Places) {
    this.#texts = [
      ["{run}", `${probePrefix}${run}`],
      ["{key}", key],
      ["{url}", url],
      ["{domain}", domain],
    ];
  }

  bind(label: string, templateId: number): void {
    this.#templates.set(label, templateId);
  }

  /** The request to send: symbols replaced by values. */
  real(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.real(item));
    if (isRecord(value)) return mapValues(value, (member) => this.real(member));
    if (typeof value !== "string") return value;
    const [, kind, label = ""] = /^\{(template|text):(.+)\}$/.exec(value) ?? [];
    // A template that was not created does not exist.
    const id = this.#templates.get(label) ?? 0;
    if (kind) return kind === "text" ? String(id) : id;
    if (value === "{now}") return instant(Date.now());
    if (value === "{hourAgo}") return instant(Date.now() - hourMs);
    return this.#texts.reduce((text, [symbol, real]) => text.replaceAll(symbol, real), value);
  }

  /** The record to keep: values replaced by symbols, times by their format, and lists reduced to test objects. */
  symbolic(value: unknown, field = ""): unknown {
    if (Array.isArray(value)) return value.filter((item) => this.#isOurs(item)).map((item) => this.symbolic(item));
    if (isRecord(value)) {
      const { RequestId: _, ...members } = value;
      return mapValues(members, (member, name) => this.symbolic(member, name));
    }
    if (field === "TemplateId" && this.#labelOf(value)) {
      return `{${typeof value === "number" ? "template" : "text"}:${this.#labelOf(value)}}`;
    }
    return typeof value === "string" ? this.text(value) : value;
  }

  text(value: string): string {
    if (time.test(value)) return value.replace(time, (found) => found.replace(/\d/g, "9"));
    const known = this.#texts.filter(([, real]) => real !== "");
    return known.reduce((text, [symbol, real]) => text.replaceAll(real, symbol), value).replace(longNumber, "{number}");
  }

  #labelOf(id: unknown): string | undefined {
    return [...this.#templates].findLast(([, known]) => known === Number(id))?.[0];
  }

  /** Removes other people's templates and rules, and those of earlier experiments. */
  #isOurs(item: unknown): boolean {
    return !isRecord(item) || !("TemplateId" in item) || this.#labelOf(item.TemplateId) !== undefined;
  }
}

export function isRecord(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function mapValues(record: Values, change: (value: unknown, name: string) => unknown): Values {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value, name)]));
}

function instant(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
