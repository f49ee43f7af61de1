// A stack of an earlier version is unchanged under the current code, and can be refreshed and destroyed. With
// UPDATE_STATES=1, writes the state of the current version, to commit it.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { EmulatorState } from "../../emulator/index.ts";
import { quickTest, some } from "../depth.ts";
import { Account, expectNothingToDo, program, startAccount } from "./account.ts";
import { createStack, type Deployment, type Stack, type StateResource } from "./harness.ts";

interface Made {
  /** The account, with the ids and times of the state. */
  account: EmulatorState;
  /** The output of `pulumi stack export`, with secrets encrypted with the passphrase of the harness. */
  state: Deployment;
}

const folder = join(__dirname, "states");
const { version: current } = JSON.parse(readFileSync(join(__dirname, "../../package.json"), "utf8"));

const wait = `new lvb.PropagationWait("effective", { changes: [events.propagation, live.propagation] });`;

const declared = program(`
  const callbackKey = new pulumi.Config().requireSecret("callbackKey");
  const events = new lvb.CallbackTemplate("events", {
    description: "Of an earlier version", streamBeginNotifyUrl: url, streamEndNotifyUrl: url, recordStatusNotifyUrl: url,
    recordExceptionNotifyUrl: url, recordExceptionLevels: ["warning", "error"], callbackKey,
  });
  const named = new lvb.CallbackTemplate("named", { templateName: "named", recordNotifyUrl: url });
  const live = new lvb.DomainTemplateBinding("live", {
    domainName: "Push.example.com", appName: "live", templateId: events.templateId,
  });
  const whole = new lvb.DomainTemplateBinding("whole", {
    domainName: "other.example.com", appName: "", templateId: named.templateId, allowOverwrite: true,
  });
  ${wait}
`);

const options = {
  program: declared,
  config: { "lvb-e2e:callbackKey": { secret: "KeyOfEarlier1" } },
  env: { TENCENTCLOUD_LVB_PROPAGATION_SECONDS: "0" },
};

const urnOfWait = "urn:pulumi:test::lvb-e2e::pulumi-nodejs:dynamic/tencentcloud-lvb:PropagationWait::effective";

type Change = (resource: StateResource) => void;

const ours = /:(CallbackTemplate|DomainTemplateBinding|PropagationWait)$/;

let account: Account;
let stack: Stack;

beforeEach(async () => {
  account = await startAccount();
  stack = await createStack({ ...options, emulator: account });
});

afterEach(async () => {
  stack?.dispose();
  await account?.emulator.stop();
});

if (process.env.UPDATE_STATES) {
  quickTest("writes the state of this version", async () => {
    await stack.up();
    const made: Made = { account: account.emulator.state(), state: await stack.exportState() };
    const text = `${JSON.stringify(made, null, 2)}\n`;
    expect(text).not.toMatch(/"plaintext"|emulator-key/);
    writeFileSync(join(folder, `${current}.json`), text);
  });
}

/** The account of that version, and a form of its state. */
async function take(version: string, change: Change = () => {}): Promise<void> {
  const made: Made = JSON.parse(readFileSync(join(folder, `${version}.json`), "utf8"));
  account.emulator.setState(made.account);
  account = new Account(account.emulator);
  for (const resource of made.state.deployment.resources ?? []) if (ours.test(resource.type)) change(resource);
  await stack.importState(made.state);
}

async function expectUsable(): Promise<void> {
  const before = account.emulator.state();
  await expectNothingToDo(stack, account);
  await stack.refresh("--expect-no-changes");
  await expectNothingToDo(stack, account);
  expect(account.emulator.state()).toEqual(before);
  await stack.destroy();
  expect(account.ours()).toEqual({ templates: [], rules: {} });
  expect((await stack.exportState()).deployment.resources ?? []).toEqual([]);
}

quickTest("the state of the current version is committed", () => {
  expect(existsSync(join(folder, `${current}.json`)), "run this file with UPDATE_STATES=1").toBe(true);
});

/** Ways in which later and earlier versions may write outputs. */
const shapes: Record<string, Change> = {
  "without propagation and account": ({ outputs }) => {
    delete outputs?.propagation;
    delete outputs?.accountId;
  },
  "with outputs that this version does not know, and a malformed one": ({ outputs }) => {
    Object.assign(outputs ?? {}, { deliveredAt: "2027-01-01", __later: { nested: [1, null] }, propagation: "soon" });
  },
  "with a provider text that was written otherwise": ({ inputs, outputs }) => {
    for (const values of [inputs, outputs]) if (values) values.__provider = `${values.__provider}// of 0.0.1`;
  },
};

describe.each(readdirSync(folder).map((file) => file.replace(/\.json$/, "")))("a stack of version %s", (version) => {
  quickTest("shows no change, and can be refreshed and destroyed: as it was written", async () => {
    await take(version);
    await expectUsable();
  });

  test.each(some(Object.entries(shapes), 0))(
    "shows no change, and can be refreshed and destroyed: %s",
    async (_name, change) => {
      await take(version, change);
      // A wait depends on this output. If it is missing, a preview can't know that there is nothing to wait for.
      stack.setProgram(declared.replace(wait, ""));
      await stack.succeed("state", "delete", "--yes", urnOfWait);
      await expectUsable();
    },
  );

  quickTest("can be edited in place, and its key stays secret", async () => {
    await take(version);
    stack.setProgram(
      declared.replace("Of an earlier version", "Of this version").replaceAll("named.temp", "events.temp"),
    );
    expect(await account.writes(() => stack.up())).toEqual([
      "ModifyLiveCallbackTemplate",
      "DeleteLiveCallbackRule",
      "CreateLiveCallbackRule",
    ]);
    expect(account.ours().rules).toEqual({ "push.example.com/live": "events-*", "other.example.com/": "events-*" });
    for (const [file, text] of stack.stateFiles()) expect(text, file).not.toContain("KeyOfEarlier1");
  });
});
