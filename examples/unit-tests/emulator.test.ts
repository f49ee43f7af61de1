// Runs the program with the real engine and the real handlers on the emulator, in seconds.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation";
import { type Emulator, startEmulator } from "pulumi-tencentcloud-lvb/emulator";
import { afterAll, beforeAll, expect, test } from "vitest";

const backend = mkdtempSync(join(tmpdir(), "lvb-unit-tests-"));
let emulator: Emulator;
let stack: Stack;

beforeAll(async () => {
  emulator = await startEmulator({ domains: ["push-dev.example.com"] });
  const envVars = {
    PULUMI_BACKEND_URL: `file://${backend}`,
    PULUMI_CONFIG_PASSPHRASE: "a throw-away stack",
    TENCENTCLOUD_LVB_ENDPOINT: emulator.url,
    TENCENTCLOUD_SECRET_ID: "emulator-id",
    TENCENTCLOUD_SECRET_KEY: "emulator-key",
  };
  stack = await LocalWorkspace.createOrSelectStack({ stackName: "test", workDir: __dirname }, { envVars });
  await stack.setConfig("callbackKey", { value: "testKey1", secret: true });
}, 60_000);

afterAll(async () => {
  // With its configuration file, Pulumi.test.yaml.
  await stack?.workspace.removeStack("test", { force: true });
  await emulator?.stop();
  rmSync(backend, { recursive: true, force: true });
}, 60_000);

test("up makes a template and binds it, a second up finds nothing to do, destroy leaves nothing", async () => {
  await stack.up();
  const { templates, rules } = emulator.state();
  expect(templates).toMatchObject([
    { StreamBeginNotifyUrl: "https://callbacks.dev.example.com/lvb", CallbackKey: "testKey1" },
  ]);
  expect(rules).toMatchObject([
    { DomainName: "push-dev.example.com", AppName: "live", TemplateId: templates[0]?.TemplateId },
  ]);

  await stack.up({ expectNoChanges: true });

  await stack.destroy();
  expect(emulator.state()).toMatchObject({ templates: [], rules: [] });
}, 60_000);
