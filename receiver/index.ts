/** For the server that receives LVB's callbacks: the types of the events, their verification and deduplication, and samples. */
export type * from "./events";
export { idempotencyKey } from "./idempotency";
export { type EventOf, type SampleType, sampleEvent, signEvent } from "./samples";
export { type RefusalReason, type Verification, type VerifyOptions, verifyCallback } from "./verification";
