/**
 * What differs between two runs of the same experiment has a symbol: `{run}`, `{domain}`, `{key}`, `{template:main}`. So
 * requests can be sent again elsewhere and answers compared, and a transcript holds no key, no account and no domain.
 */

/** Everything that the probe makes begins so. */
export const probePrefix = "lvb-probe-";

export interface Places {
  /** Of this run alone. */
  run: string;
  /** The push domain that rules are made for. */
  domain: string;
  /** A callback URL whose host resolves. */
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

  /** What is sent: symbols have become values. */
  real(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.real(item));
    if (isRecord(value)) return mapValues(value, (member) => this.real(member));
    if (typeof value !== "string") return value;
    const [, kind, label = ""] = /^\{(template|text):(.+)\}$/.exec(value) ?? [];
    // One that was not made is one that does not exist.
    const id = this.#templates.get(label) ?? 0;
    if (kind) return kind === "text" ? String(id) : id;
    if (value === "{now}") return instant(Date.now());
    if (value === "{hourAgo}") return instant(Date.now() - hourMs);
    return this.#texts.reduce((text, [symbol, real]) => text.replaceAll(symbol, real), value);
  }

  /** What is kept: values have become symbols, times their format. Of lists only what the probe made is left. */
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

  /** Other people's templates and rules, and those of the experiment before, are none of its business. */
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
