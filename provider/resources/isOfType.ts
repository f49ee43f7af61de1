/** Whether a value has a type. `instanceof` fails for another copy of this package, and policies pass no instance. */
export function isOfType(value: unknown, type: string): boolean {
  return typeof value === "object" && value !== null && "__pulumiType" in value && value.__pulumiType === type;
}
