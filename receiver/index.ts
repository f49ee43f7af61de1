/** For the server that receives LVB's callbacks: the types of the events, their verification and their deduplication. */
export type * from "./events";
export { idempotencyKey } from "./idempotency";
export { type RefusalReason, type Verification, type VerifyOptions, verifyCallback } from "./verification";
