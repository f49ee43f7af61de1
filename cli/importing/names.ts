/** Names of resources, constants and configuration keys, generated from the objects' names in the account. */

/** Name of a resource: the object's name, without characters that don't fit in a URN. */
export function resourceName(text: string): string {
  return (
    text
      .normalize("NFC")
      .replace(/[^\p{L}\p{N}._-]+/gu, "-")
      .replace(/^-+|-+$/g, "") || "template"
  );
}

/**
 * Name of a constant in camel case. A template's name may contain letters, digits and Chinese characters; older compilers
 * also accept these Chinese characters as letters.
 */
export function constantName(text: string): string {
  const words = text.normalize("NFC").match(/[A-Za-z0-9\u3400-\u4dbf\u4e00-\u9fff]+/g) ?? [];
  const name = words
    .map((word, index) => (index === 0 ? lowerFirst(word) : word.charAt(0).toUpperCase() + word.slice(1)))
    .join("");
  if (name === "") return "template";
  const usable = !/^[0-9]/.test(name) && !reservedWords.has(name);
  return usable ? name : `template${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

/** `LIVE` and `Live` both become `live`, `LIVEEvents` keeps its capitals. */
function lowerFirst(word: string): string {
  return word === word.toUpperCase() ? word.toLowerCase() : word.charAt(0).toLowerCase() + word.slice(1);
}

/** Makes names distinct. From the second equal name on, each gets its suffix, and also a number if that is taken too. */
export function distinctNames(
  wanted: readonly (readonly [name: string, suffix: string])[],
  taken: ReadonlySet<string>,
  separator = "-",
): string[] {
  const used = new Set(taken);
  return wanted.map(([name, suffix]) => {
    let candidate = name;
    for (let attempt = 1; used.has(candidate); attempt++) {
      candidate = `${name}${separator}${suffix}${attempt === 1 ? "" : `${separator}${attempt}`}`;
    }
    used.add(candidate);
    return candidate;
  });
}

/** Reserved words: a constant in a strict-mode module can't have these names. */
const reservedWords: ReadonlySet<string> = new Set(
  (
    "arguments await break case catch class const continue debugger default delete do else enum eval export extends " +
    "false finally for function if implements import in instanceof interface let new null package private protected " +
    "public return static super switch this throw true try typeof undefined var void while with yield exports module " +
    "require"
  ).split(" "),
);
