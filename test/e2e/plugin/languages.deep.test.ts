// The SDKs that Pulumi generates from the plugin's schema: the Python example runs with its SDK, and the Go SDK compiles
// with the program of docs/languages.md.
import { mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { beforeAll, expect, inject, test } from "vitest";
import { startEmulator } from "../../../emulator/index.ts";
import { run } from "../../../tools/pulumi-cli/process.mts";
import { codeBlock } from "../../codeBlocks.ts";
import { createStack } from "../harness.ts";
import { expectExampleToWork } from "./exampleOfPlugin.ts";

const repository = resolve(__dirname, "../../..");
const minute = 60_000;
/** With cold caches, Go and pip take minutes. */
const patience = 15 * minute;

let folder: string;
/** The folders of the SDKs, by language. */
let sdks: string;

beforeAll(async () => {
  folder = join(inject("e2e").folder, "languages");
  sdks = join(folder, "sdks");
  mkdirSync(sdks, { recursive: true });
  const { plugin } = inject("e2e");
  const schema = join(folder, "schema.json");
  using stack = await createStack({ yaml: true });
  const executable = join(plugin?.folder ?? "", "pulumi-resource-tencentcloud-lvb");
  writeFileSync(schema, (await stack.succeed("package", "get-schema", executable)).stdout);
  const generator = join(folder, "sdk-generator");
  await tool("go", ["build", "-mod=readonly", "-o", generator, "."], join(repository, "tools/sdk-generator"));
  await tool(generator, [schema, sdks, "go", "python", "nodejs"], folder);
}, patience);

test(
  "the Python example and the Python program of docs/languages.md run",
  async () => {
    const emulator = await startEmulator({ domains: ["push.example.com"] });
    using stack = await createStack({
      example: "python",
      emulator,
      config: { callbackKey: { secret: "exampleKey1" } },
    });
    const venv = join(stack.project, "venv");
    await tool("python3", ["-m", "venv", venv], folder);
    await tool(join(venv, "bin/pip"), ["install", "--quiet", "pulumi==3.259.0", join(sdks, "python")], folder);
    // The language host that the tests can build has no option virtualenv.
    stack.env.PATH = [join(venv, "bin"), stack.env.PATH].join(delimiter);
    await expectExampleToWork(stack, emulator);
    writeFileSync(join(stack.project, "__main__.py"), codeBlock("docs/languages.md", "import pulumi_tencentcloud_lvb"));
    expect((await stack.preview()).stdout).toMatch(/\+ 3 to create/);
    await emulator.stop();
  },
  patience,
);

test(
  "the Go SDK and the Go program of docs/languages.md compile",
  async () => {
    const module = join(sdks, "go/tencentcloudlvb");
    const program = codeBlock("docs/languages.md", "package main");
    const [name] = /example\.com\/pulumi[^"]+/.exec(program) ?? [];
    writeFileSync(
      join(module, "go.mod"),
      `module ${name}\ngo 1.25.11\nrequire github.com/pulumi/pulumi/sdk/v3 v3.206.0\n`,
    );
    mkdirSync(join(module, "program"));
    writeFileSync(join(module, "program/main.go"), program);
    await tool("go", ["mod", "tidy"], module);
    await tool("go", ["vet", "./..."], module);
  },
  patience,
);

/** Runs a tool of a language, which must exist and succeed. */
async function tool(command: string, args: string[], cwd: string): Promise<void> {
  const running = run(command, args, { cwd, timeoutMs: patience });
  const { exitCode, output } = await running.catch((error: unknown) => {
    throw new Error(`${command} cannot be run. Next: install Go 1.25.11 or later, and Python 3.9 or later`, {
      cause: error,
    });
  });
  expect(exitCode, output).toBe(0);
}
