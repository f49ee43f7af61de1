/**
 * Which resource of the program declares which object: a template by its name, a rule by its domain and app. Each check
 * adds its resource, so a preview reports two resources with the same object before any call is sent.
 */
import type { Values } from "./session";

interface Declaration {
  urn: string;
  /** The resource already has the object, or imports it by its id. Two settled resources may share a name. */
  settled: boolean;
}

export class Declarations {
  readonly #objects = new Set<string>();
  readonly #declaredBy = new Map<string, Declaration>();
  readonly #hadBy = new Map<string, string>();
  /** Objects that several resources declare. */
  readonly #shared = new Set<string>();

  /**
   * Adds the object that a resource declares, and the one that its old inputs declared. Returns the name of another
   * resource with the same object, unless both are settled.
   */
  enter(object: string, inputs: Values, former: string | undefined, imports: boolean): string | undefined {
    this.#objects.add(object);
    const urn = inputs.__urn;
    // Programs of version 0.1 pass no URN.
    if (typeof urn !== "string") return undefined;
    if (former !== undefined) this.#hadBy.set(former, urn);
    const settled = former === object || imports;
    const first = this.#declaredBy.get(object) ?? { urn, settled };
    this.#declaredBy.set(object, first);
    if (first.urn !== urn) this.#shared.add(object);
    if (first.urn === urn || (first.settled && settled)) return undefined;
    return first.urn.split("::").slice(3).join("::");
  }

  /**
   * Whether the program declares the object. The engine also compares resources that it doesn't declare: in a refresh, which
   * can precede a destroy in the same run, and before it deletes what depends on a target.
   */
  declares(object: string): boolean {
    return this.#objects.has(object);
  }

  /** Whether the stack has the object: through the resource that declares it, or through a different one. */
  had(object: string): "by itself" | "by another" | undefined {
    const urn = this.#hadBy.get(object);
    if (urn === undefined) return undefined;
    return urn === this.#declaredBy.get(object)?.urn && !this.#shared.has(object) ? "by itself" : "by another";
  }
}
