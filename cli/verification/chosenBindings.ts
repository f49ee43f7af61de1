/** The bindings that `verify` checks: all of the stack, or those on the command line. */
import { CommandFailure } from "../failure";
import type { ManagedResource } from "../stack/stackState";
import { byName, printable } from "../terminal";

/** A domain selects all of its bindings, `<domain>/` only the one with an empty AppName. */
export function chooseBindings(
  stack: string,
  resources: readonly ManagedResource[],
  wanted: readonly string[],
): ManagedResource[] {
  const all = resources.filter(({ kind }) => kind === "binding").sort((a, b) => byName(a.id, b.id));
  if (wanted.length === 0) return all;
  const chosen = new Set<ManagedResource>();
  for (const name of wanted) {
    const slash = name.indexOf("/");
    const domain = (slash < 0 ? name : name.slice(0, slash)).toLowerCase();
    const key = slash < 0 ? undefined : `${domain}${name.slice(slash)}`;
    const matching = all.filter(({ id }) => (key === undefined ? domainOf(id) === domain : id === key));
    if (matching.length === 0) throw notInStack(stack, all, key ?? domain, key === undefined);
    for (const binding of matching) chosen.add(binding);
  }
  return all.filter((binding) => chosen.has(binding));
}

/** Push domain and AppName of a binding, from its id. */
export function placeOf(id: string): { domainName: string; appName: string } {
  const domainName = domainOf(id);
  return { domainName, appName: id.slice(domainName.length + 1) };
}

function domainOf(id: string): string {
  const slash = id.indexOf("/");
  return slash < 0 ? id : id.slice(0, slash);
}

function notInStack(
  stack: string,
  bindings: readonly ManagedResource[],
  wanted: string,
  onlyDomain: boolean,
): CommandFailure {
  const candidates = [...new Set(bindings.map(({ id }) => (onlyDomain ? domainOf(id) : id)))];
  const [nearest] = candidates
    .map((name) => ({ name, distance: editDistance(wanted, name) }))
    .sort((a, b) => a.distance - b.distance);
  const suggestion =
    nearest && nearest.distance <= Math.max(3, wanted.length / 3) ? ` Did you mean ${printable(nearest.name)}?` : "";
  const advice =
    bindings.length === 0 ? "the stack has no bindings" : "`verify` without a name shows all bindings of the stack";
  return new CommandFailure(
    `stack ${stack} has no binding ${printable(wanted)}.${suggestion} Next: ${advice}; \`list\` shows the whole account`,
  );
}

/** The edit distance of two texts (Levenshtein). */
function editDistance(one: string, other: string): number {
  let above = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (const [row, letter] of [...one].entries()) {
    const line = [row + 1];
    for (let column = 1; column <= other.length; column++) {
      const replaced = (above[column - 1] ?? 0) + Number(letter !== other[column - 1]);
      line.push(Math.min((line[column - 1] ?? 0) + 1, (above[column] ?? 0) + 1, replaced));
    }
    above = line;
  }
  return above[other.length] ?? 0;
}
