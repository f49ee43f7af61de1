// Inline programs of the Automation API in a service. They have no project folder where the provider process could find
// the packages, and the SDK handles transforms differently from a program of the CLI.
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, inject, test } from "vitest";
import { run } from "../../tools/pulumi-cli/process.mts";
import { codeBlock } from "../codeBlocks.ts";
import { account, onStack, stack as service, url } from "./account.ts";

const page = "docs/troubleshooting.md";

/** The folder of the service and its packages. */
/** A folder without packages. */
let elsewhere: string;

onStack(undefined, () => {
  elsewhere = mkdtempSync(join(inject("e2e").folder, "elsewhere-"));
});

beforeEach(() => account.emulator.clearRequests());

/** The end of each module. The SDK catches its errors, so it would always exit with 0. */
const end = "the module has reached its end";

/** Runs a module of the service in `cwd`, and returns its output. */
async function outputOf(text: string, cwd: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const file = join(service.project, "service.mts");
  writeFileSync(file, `${text}\nconsole.log("${end}");`);
  const { output } = await run(process.execPath, [file], {
    ...{ cwd, env: { ...service.env, ...env } },
    timeoutMs: 240_000,
  });
  return output;
}

/** Removes a part of a text, which must contain it. */
function without(text: string, part: string): string {
  expect(text).toContain(part);
  return text.replace(part, "");
}

test("the documented program works from up to destroy, in whatever folder the service starts", async () => {
  const life = `
    await stack.preview({ expectNoChanges: true });
    await stack.refresh({ expectNoChanges: true });
    await stack.destroy();
  `;
  const writes = await account.writes(async () => {
    expect(await outputOf(codeBlock(page, "createOrSelectStack") + life, elsewhere)).toContain(end);
  });
  expect(writes).toEqual(["CreateLiveCallbackTemplate", "DeleteLiveCallbackTemplate"]);
});

test("without main the packages are not found, unless NODE_PATH names their folder", async () => {
  const documented = codeBlock(page, "createOrSelectStack").replace("stack.up()", "stack.preview()");
  const noMain = without(documented, ", main: import.meta.dirname");
  const lost = await outputOf(noMain, elsewhere);
  expect(lost).toContain("Cannot find module '@pulumi/pulumi/cmd/dynamic-provider'");
  expect(lost).not.toContain(end);
  const nodePath = join(service.project, "node_modules");
  expect(await outputOf(noMain, elsewhere, { NODE_PATH: nodePath })).toContain(end);
});

test("transforms of the whole stack work as documented, without a secret in clear text", async () => {
  const documented = codeBlock(page, "registerResourceTransform");
  // Without project settings, main is the folder in which the service starts.
  const text = `
    import assert from "node:assert/strict";
    import * as pulumi from "@pulumi/pulumi";
    import { LocalWorkspace } from "@pulumi/pulumi/automation/index.js";
    import * as lvb from "pulumi-tencentcloud-lvb";

    const stackWith = (registerTransform) => {
      const program = async () => {
        registerTransform();
        const provider = new lvb.Provider("account", { secretId: "emulator-id", secretKey: "emulator-key" });
        const args = { recordNotifyUrl: "${url}", callbackKey: pulumi.secret("keyOfTheProgram1") };
        const template = new lvb.CallbackTemplate("events", args, { provider });
        const { templateId } = template;
        const binding = { domainName: "push.example.com", appName: "live", templateId };
        new lvb.DomainTemplateBinding("live", binding, { provider });
      };
      return LocalWorkspace.createOrSelectStack({ stackName: "dev", projectName: "transforms", program });
    };

    const tagsEverything = await stackWith(() => {
      const transform = ({ props, opts }) => ({ props: { ...props, tags: { team: "live" } }, opts });
      pulumi.runtime.registerResourceTransform(transform);
    });
    await assert.rejects(tagsEverything.preview(), /: tags is not a property of this resource/);

    await (await stackWith(() => { ${documented} })).up();
    const older = await stackWith(() => {
      ${documented.replace("registerResourceTransform", "registerStackTransformation")}
    });
    await older.preview({ expectNoChanges: true });

    const protectsAll = await stackWith(() => {
      pulumi.runtime.registerResourceTransform(({ type, props, opts }) => {
        if (type.startsWith("pulumi:")) return undefined;
        const key = type.endsWith(":CallbackTemplate") ? { callbackKey: "keyOfATransform2" } : {};
        return { props: { ...props, ...key }, opts: { ...opts, protect: true } };
      });
    });
    await protectsAll.up();
    await assert.rejects(protectsAll.destroy(), /protect/);
  `;
  const writes = await account.writes(async () => {
    expect(await outputOf(text, service.project)).toContain(end);
  });
  expect(writes).toEqual(["CreateLiveCallbackTemplate", "CreateLiveCallbackRule", "ModifyLiveCallbackTemplate"]);
  const files = service.stateFiles();
  expect([...files.keys()].join()).toContain("transforms");
  for (const [file, text] of files) expect(text, file).not.toMatch(/keyOfTheProgram1|keyOfATransform2|emulator-key/);
});
