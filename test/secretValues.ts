// Secrets with their mark in gRPC, and without it, as the engine passes them to a dynamic provider.
type Values = Readonly<Record<string, unknown>>;

const mark = "4dabf18193072939515e22adb298388d";

/** A secret with its mark. */
export function secret(value: string): Record<string, unknown> {
  return { [mark]: "1b47061264138c4ac30d75fd1eb44270", value };
}

/** A secret in a state, encrypted by the engine. */
export const encrypted = { [mark]: "1b47061264138c4ac30d75fd1eb44270", ciphertext: "v1:0:abc" };

/** The values without marks. */
export function plain(values: Values): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === "object" && value !== null && mark in value && "value" in value ? value.value : value,
    ]),
  );
}
