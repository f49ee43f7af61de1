/**
 * Which resource of the program declares which object: a template by its name, a rule by its domain and app. The check of
 * each resource enters it, so that a preview finds two that want the same object before anything is sent.
 */
import type { Values } from "./session";

interface Declaration {
  urn: string;
  /** The resource has the object already, or takes it over by its id. Then another one of the same name is no mistake. */
  settled: boolean;
}

export class Declarations {
  readonly #declaredBy = new Map<string, Declaration>();
  readonly #hadBy = new Map<string, string>();
  /** Objects that several resources declare. */
  readonly #shared = new Set<string>();

  /**
   * Enters what a resource declares, and what it had by its old inputs. Returns the name of another resource that
   * declares the same object, unless both of them have theirs.
   */
  enter(object: string, inputs: Values, former: string | undefined, takesOver: boolean): string | undefined {
    const urn = inputs.__urn;
    // Programs of version 0.1 pass no URN.
    if (typeof urn !== "string") return undefined;
    if (former !== undefined) this.#hadBy.set(former, urn);
    const settled = former === object || takesOver;
    const first = this.#declaredBy.get(object) ?? { urn, settled };
    this.#declaredBy.set(object, first);
    if (first.urn !== urn) this.#shared.add(object);
    if (first.urn === urn || (first.settled && settled)) return undefined;
    return first.urn.split("::").slice(3).join("::");
  }

  /** Whether the stack has the object: through the resource that declares it, or through another one. */
  had(object: string): "by itself" | "by another" | undefined {
    const urn = this.#hadBy.get(object);
    if (urn === undefined) return undefined;
    return urn === this.#declaredBy.get(object)?.urn && !this.#shared.has(object) ? "by itself" : "by another";
  }
}
