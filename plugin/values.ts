/** Converts values between the wire and the handlers. */
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { Values } from "../provider/handlers/session";
import { secretEnvelope } from "../provider/properties";

/** The handlers' placeholder for a value that is not known yet, for any type. */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** The engine has one placeholder for each type (pulumi/pulumi `sdk/go/common/resource/plugin/rpc.go`). */
const unknownValues: ReadonlySet<unknown> = new Set([
  unknownValue,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/** The plain values of a message, secrets without their mark. */
export function plain(struct: Struct | undefined): Values {
  const values = struct?.toJavaScript() ?? {};
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, unmarked(value)]));
}

/** A value without marks of secrets. */
export function unmarked(value: unknown): unknown {
  if (typeof value === "string") return unknownValues.has(value) ? unknownValue : value;
  if (Array.isArray(value)) return value.map(unmarked);
  if (typeof value !== "object" || value === null) return value;
  if (isSecret(value)) return unmarked(value.value);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, unmarked(item)]));
}

const marks = Object.entries(secretEnvelope);

function isSecret(value: object): value is { value: unknown } {
  return "value" in value && marks.every(([mark, sign]) => Reflect.get(value, mark) === sign);
}

/** The message for JSON values. */
export function struct(values: Values): Struct {
  // A Struct holds JSON, which its types call `JavaScriptValue`.
  return Struct.fromJavaScript(values as Record<string, JavaScriptValue>);
}
