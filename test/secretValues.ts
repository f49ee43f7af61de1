// Secrets as they are marked on the wire, and as the engine passes them to a dynamic provider.
type Values = Readonly<Record<string, unknown>>;

const secretMark = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };

/** A secret with its mark. */
export function secret(value: string): Record<string, unknown> {
  return { ...secretMark, value };
}

/** Values as they are without marks. */
export function plain(values: Values): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === "object" && value !== null && "4dabf18193072939515e22adb298388d" in value && "value" in value
        ? value.value
        : value,
    ]),
  );
}
