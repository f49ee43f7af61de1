// Follows the README: each command in its blocks runs here, or in the test that the table names.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "../../tools/pulumi-cli/process.mts";
import { codeBlocks } from "../codeBlocks.ts";
import { account, onStack, stack } from "./account.ts";

const blocks = (language: string) =>
  codeBlocks("README.md")
    .filter((block) => block.language === language)
    .map(({ text }) => text.trim());

/** Commands that another test runs. */
const elsewhere: Readonly<Record<string, string>> = {
  "npm ci && npm run demo": "demo.test.ts",
  "npm install pulumi-tencentcloud-lvb @pulumi/pulumi": "the set-up of all tests, from the packed package",
};

onStack(() => ({ typescript: true, program: blocks("ts")[0] ?? "" }));

test("the program of the README deploys with its commands, and shows its state", async () => {
  const commands = blocks("sh")
    .flatMap((block) => block.split("\n"))
    .filter((line) => elsewhere[line] === undefined);
  expect(commands.length).toBeGreaterThan(3);
  const shown: string[] = [];
  for (const command of commands) {
    const text = command
      // The emulator's credentials are already in the environment.
      .replace(/^export .*/, "true")
      .replace(/^pulumi up$/, "pulumi up --yes --skip-preview");
    const { exitCode, output } = await run("bash", ["-c", text], {
      cwd: stack.project,
      env: stack.env,
      timeoutMs: 120_000,
    });
    expect(exitCode, `${command}\n${output}`).toBe(0);
    shown.push(output);
  }
  expect(account.ours()).toMatchObject({
    templates: [{ TemplateName: "live-events-*", CallbackKey: expect.stringMatching(/^[0-9a-f]{32}$/) }],
    rules: { "push.example.com/live": "live-events-*" },
  });
  expect(shown.at(-1)).toMatch(/live-events.*propagating/s);
});

test("the quick-start example is a template of `pulumi new`", async () => {
  const example = join(__dirname, "../../examples/quickstart");
  const folder = join(stack.project, "new");
  const args = ["new", example, "--dir", folder, "--name", "my-live", "--generate-only", "--yes", "--force"];
  const { exitCode, output } = await run("pulumi", args, { cwd: stack.project, env: stack.env, timeoutMs: 120_000 });
  expect(exitCode, output).toBe(0);
  expect(readFileSync(join(folder, "Pulumi.yaml"), "utf8")).toContain("name: my-live");
  const { dependencies } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  expect(dependencies["pulumi-tencentcloud-lvb"]).toMatch(/^\^\d/);
});
