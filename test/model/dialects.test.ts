// The life of a small stack under random combinations of dialects.
import fc from "fast-check";
import { onTestFinished, test } from "vitest";
import { startEmulator } from "../../emulator/index.ts";
import { share } from "../depth.ts";
import { anyDialects } from "./commands.ts";
import { inProcess, seedOf } from "./lifecycles.ts";
import { domainNames, type Fields, type Specs } from "./programs.ts";
import { watchCalls } from "./watch.ts";
import { undisturbed, World } from "./world.ts";

const url = "https://callbacks.example.com/1";

test("create, edit, clear, change of template, refresh and destroy work under every combination of dialects", async () => {
  const emulator = await startEmulator({ domains: [...domainNames] });
  onTestFinished(() => emulator.stop());
  const watch = watchCalls(emulator);
  const property = fc.asyncProperty(anyDialects(), fc.boolean(), async (dialects, parallel) => {
    const world = new World(emulator, watch, (run) => inProcess(emulator, run, "1"));
    await world.begin(dialects);
    const china: Fields =
      dialects.chinaFields === "accepted" ? { recordStatusNotifyUrl: url, recordExceptionLevels: ["warning"] } : {};
    const whole: Fields = {
      streamBeginNotifyUrl: url,
      description: "first",
      callbackKey: "HiddenKeyOfTheProgram1",
      ...china,
    };
    const { description: _, ...cleared } = whole;
    await up({ ...whole }, "t1");
    await up({ ...whole, streamEndNotifyUrl: url, description: "second" }, "t1");
    await up({ ...cleared, streamEndNotifyUrl: url }, "t2");
    world.timePasses();
    await world.run("refresh", { ...undisturbed, parallel });
    await world.run("up", { ...undisturbed, parallel });
    await world.run("destroy", { ...undisturbed, parallel });

    async function up(fields: Fields, bound: string): Promise<void> {
      const program: Specs = new Map([
        ["t1", { kind: "template", templateName: undefined, fields, importId: undefined }],
        [
          "t2",
          { kind: "template", templateName: "events", fields: { streamBeginNotifyUrl: url }, importId: undefined },
        ],
        [
          "b1",
          {
            kind: "binding",
            domainName: domainNames[0],
            appName: "live",
            template: bound,
            allowOverwrite: false,
            importId: undefined,
          },
        ],
      ]);
      for (const [name, spec] of program) world.specs.set(name, spec);
      const { failures } = await world.run("up", { ...undisturbed, parallel });
      if (failures.length > 0) throw new Error(JSON.stringify(failures));
      await world.runAgain();
    }
  });
  const { runs, seed } = share(200, 25, 8);
  await fc.assert(property, { numRuns: runs, ...seedOf(seed) });
});
