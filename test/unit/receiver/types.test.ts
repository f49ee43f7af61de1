// Compiles a strict receiver program against the types of the built package.
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";

const root = join(__dirname, "../../..");
const run = promisify(execFile);

const program = `
import { type CallbackEvent, idempotencyKey, verifyCallback } from "pulumi-tencentcloud-lvb/receiver";

/** Fails to compile if the value may be anything else. */
const text = (value: string): string => value;
const number = (value: number): number => value;
const optional = (value: string | undefined): string => value ?? "";

export function receive(body: string, keys: readonly string[]): string {
  const verified = verifyCallback(body, keys);
  if (verified.ok) return idempotencyKey(verified.event) + number(verified.keyIndex) + describe(verified.event);
  if (verified.reason === "unsigned") return describe(verified.event);
  // @ts-expect-error There is no event to look at.
  describe(verified.event);
  return verified.reason;
}

export function describe(event: CallbackEvent): string {
  const signature: [string | undefined, number | string | undefined] = [event.sign, event.t];
  switch (event.event_type) {
    case 1:
      number(event.event_time);
      // @ts-expect-error Only the end of a push has it.
      event.push_duration;
      return text(event.app) + text(event.appname) + text(event.stream_id) + text(event.stream_param);
    case 0:
      return text(event.sequence) + Number(event.push_duration) + number(event.errcode);
    case 100:
      number(event.appid);
      // @ts-expect-error Recordings of older accounts don't have it.
      text(event.app);
      return text(event.video_url) + optional(event.app) + optional(event.appname) + optional(event.stream_param);
    case 200:
      return text(event.pic_full_url) + optional(event.app) + optional(event.appname) + optional(event.stream_param);
    case 315:
      return text(event.stream_id) + text(event.domain) + optional(event.path) + optional(event.asr_text);
    case 317:
      // @ts-expect-error It is called streamId.
      event.stream_id;
      return text(event.streamId) + text(event.img) + event.type.map(number).join() + (event.confidence ?? 0);
    case 321:
      return text(event.stream_id) + event.abnormal_event.map(({ type, detail }) => type + (detail[0]?.desc ?? ""));
    case 332:
      number(event.event_time);
      if (event.record_event === "record_ended" || event.record_event === "record_mp4_created") return event.stream_id;
      return text(event.record_detail) + optional(event.task_id) + text(event.session_id);
    case 341:
      if (event.exception_level === "alarm") return event.exception.desc;
      return text(event.stream_id) + number(event.exception.type);
    case 343:
      return String(event["stream_id"]);
    default: {
      const type: number = event.event_type;
      return type === 999 ? String(event["new_field"]) : \`event \${event.event_type} of \${String(signature)}\`;
    }
  }
}

export function byCondition(event: CallbackEvent): string {
  if (event.event_type === 1 || event.event_type === 0) return event.user_ip;
  return event.event_type === 321 ? event.domain : String(event.event_type);
}
`;

test.each([
  ["for Node.js", ["receiver.cts", "receiver.mts"], { module: "node20" }],
  ["for a bundler", ["receiver.ts"], { module: "esnext", moduleResolution: "bundler" }],
])("a strict program that handles every event type, and others, compiles %s", async (_, files, options) => {
  const folder = mkdtempSync(join(tmpdir(), "lvb-types-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const installed = join(folder, "node_modules/pulumi-tencentcloud-lvb");
  mkdirSync(installed, { recursive: true });
  cpSync(join(root, "package.json"), join(installed, "package.json"));
  cpSync(join(root, "dist/receiver"), join(installed, "dist/receiver"), { recursive: true });
  const compilerOptions = {
    ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, noImplicitReturns: true },
    ...{ noPropertyAccessFromIndexSignature: true, noFallthroughCasesInSwitch: true },
    ...{ target: "es2023", lib: ["es2023"], types: [], skipLibCheck: false, noEmit: true, ...options },
  };
  for (const file of files) writeFileSync(join(folder, file), program);
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
  const compiling = run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", folder]);
  expect(await compiling.catch(({ stdout }) => ({ stdout }))).toMatchObject({ stdout: "" });
});
