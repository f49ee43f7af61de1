import { expect, test } from "vitest";
import { createStack } from "./harness.ts";

test("trivial", async () => {
  const t = (l: string) => console.log(l, Date.now() - b);
  let b = Date.now();
  using stack = await createStack({
    program: `exports.a = 1; exports.k = new (require("@pulumi/pulumi").Config)().getSecret("k");`,
    config: { "lvb-e2e:k": { secret: "hush" } },
  });
  t("create");
  b = Date.now();
  const r = await stack.up();
  t("up");
  console.log(r.output);
  b = Date.now();
  console.log((await stack.preview()).output);
  t("preview");
  b = Date.now();
  expect(await stack.outputs()).toEqual({ a: 1, k: "hush" });
  t("outputs");
  for (const [f, text] of stack.stateFiles()) {
    console.log(f);
    expect(text).not.toContain("hush");
  }
  stack.setProgram(`
    const pulumi = require("@pulumi/pulumi");
    class R extends pulumi.dynamic.Resource { constructor(n, p, o) { super({ async create(i) { return {id: "1", outs: {...i, v: process.version}} } }, n, {v: undefined, ...p}, o) } }
    exports.v = new R("r", {x: 1}).v;
  `);
  b = Date.now();
  console.log((await stack.up()).output);
  t("up dyn");
  b = Date.now();
  const s = await stack.exportState();
  t("export");
  await stack.importState(s);
  console.log([...(await stack.resources()).keys()]);
  b = Date.now();
  console.log((await stack.refresh("--expect-no-changes")).output);
  t("refresh");
  b = Date.now();
  await stack.destroy();
  t("destroy");
});
test("typescript", async () => {
  using stack = await createStack({
    typescript: true,
    program: `import * as p from "@pulumi/pulumi"; export const a: p.Output<number> = p.output(1);`,
  });
  const b = Date.now();
  await stack.up();
  console.log("up ts", Date.now() - b);
  expect(await stack.outputs()).toEqual({ a: 1 });
});
