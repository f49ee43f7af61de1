// Checks a callback's signature step by step, like a receiver: https://www.tencentcloud.com/document/product/267/38080
import { createHash } from "node:crypto";

/** The result for a receiver that has the key. */
export type SignatureVerdict = "valid" | "expired" | "mismatch" | "unsigned";

/** The check of one callback with one key. */
export interface SignatureCheck {
  verdict: SignatureVerdict;
  /** The value in the body; null if it has none. */
  t: string | number | null;
  sign: string | null;
  /** The input of the digest: the key and `t`. */
  text: string;
  /** The MD5 of `text`. */
  md5: string;
  equal: boolean;
  /** Whether the signature had expired at the time of the check. */
  expired: boolean;
}

/**
 * @internal
 * @param key the key of the template that is in effect; `""` if it has none
 * @param now when the callback arrived, in milliseconds since 1970
 * @internal
 */
export function checkSignature(body: string, key: string, now: number): SignatureCheck {
  const { t = null, sign = null }: { t?: number | null; sign?: string | null } = JSON.parse(body);
  const text = `${key}${t ?? ""}`;
  const md5 = createHash("md5").update(text).digest("hex");
  const equal = key !== "" && md5 === sign;
  const expired = t !== null && now / 1000 > t;
  const verdict = sign === null ? "unsigned" : !equal ? "mismatch" : expired ? "expired" : "valid";
  return { verdict, t, sign, text, md5, equal, expired };
}
