/**
 * Which resource of the program declares which object: a template by its name, a rule by its domain and app. The check of
 * each resource enters it, so that a preview finds two that want the same object before anything is sent.
 */
import type { Values } from "./session";

export class Declarations {
  readonly #declaredBy = new Map<string, string>();
  readonly #hadBy = new Map<string, string>();

  /**
   * Enters what a resource declares, and what it had by its old inputs. Returns the name of another resource that
   * declares the same object, if there is one.
   */
  enter(object: string, inputs: Values, former?: string): string | undefined {
    const urn = inputs.__urn;
    // States and programs of version 0.1 pass no URN.
    if (typeof urn !== "string") return undefined;
    if (former !== undefined) this.#hadBy.set(former, urn);
    const first = this.#declaredBy.get(object) ?? urn;
    this.#declaredBy.set(object, first);
    return first === urn ? undefined : first.split("::").slice(3).join("::");
  }

  /** Whether the stack has the object: through the resource that declares it, or through another one. */
  had(object: string): "by itself" | "by another" | undefined {
    const urn = this.#hadBy.get(object);
    if (urn === undefined) return undefined;
    return urn === this.#declaredBy.get(object) ? "by itself" : "by another";
  }
}
