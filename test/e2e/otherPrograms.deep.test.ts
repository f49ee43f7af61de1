// Other uses: a component package that wraps our resources, update plans, and a stack that gives up its objects.
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { account, expectNothingToDo, onStack, stack, url } from "./account.ts";

const key = "keyOfThePlan1";

let nodeModules: string;

/** The component package: an app of the push domain with its own template. */
const component = `
  const pulumi = require("@pulumi/pulumi");
  const lvb = require("pulumi-tencentcloud-lvb");
  exports.AppCallbacks = class extends pulumi.ComponentResource {
    constructor(appName, { options, ...template }) {
      super("callbacks:index:AppCallbacks", appName);
      const child = { parent: this, ...options };
      const args = { templateName: appName, streamBeginNotifyUrl: "${url}", ...template };
      const { templateId } = new lvb.CallbackTemplate(appName, args, child);
      new lvb.DomainTemplateBinding(appName, { domainName: "push.example.com", appName, templateId }, child);
    }
  };
`;

/** A program with these apps, each with the fields of its template. */
function apps(declared: Readonly<Record<string, string>>): string {
  return `
    const pulumi = require("@pulumi/pulumi");
    const { AppCallbacks } = require("app-callbacks");
    const callbackKey = new pulumi.Config().requireSecret("callbackKey");
    ${Object.entries(declared)
      .map(([app, fields]) => `new AppCallbacks("${app}", { callbackKey, ${fields} });`)
      .join("\n")}
  `;
}

onStack(
  () => ({
    program: apps({ live: "", lectures: "" }),
    config: { "lvb-e2e:callbackKey": { secret: key } },
    env: { PULUMI_EXPERIMENTAL: "true" },
  }),
  () => {
    // The component has our package where only the component finds it.
    nodeModules = stack.ownNodeModules();
    rmSync(join(nodeModules, "pulumi-tencentcloud-lvb"));
    mkdirSync(join(nodeModules, "app-callbacks/node_modules"), { recursive: true });
    writeFileSync(join(nodeModules, "app-callbacks/index.js"), component);
    linkPackage("app-callbacks/node_modules");
  },
);

/** Copies our package into a folder in the project's `node_modules`. */
function linkPackage(folder: string): void {
  const name = "pulumi-tencentcloud-lvb";
  symlinkSync(join(inject("e2e").nodeModules, name), join(nodeModules, folder, name), "junction");
}

test("a component package works only if our package is a dependency of the project itself", async () => {
  const { exitCode, output } = await stack.pulumi("preview");
  expect(exitCode).not.toBe(0);
  expect(output).toContain("Cannot find module 'pulumi-tencentcloud-lvb/runtime'");
  linkPackage(".");
  await stack.preview();
});

test("update plans work for a create and for an edit, and have no key in clear text", async () => {
  const throughPlan = async () => {
    const plan = join(stack.project, "plan.json");
    expect(await account.writes(() => stack.preview("--save-plan", plan))).toEqual([]);
    const text = readFileSync(plan, "utf8");
    expect(text).toContain("CallbackTemplate::live");
    expect(text).not.toContain(key);
    return (await account.writes(() => stack.up("--plan", plan))).sort();
  };
  expect(await throughPlan()).toEqual([
    "CreateLiveCallbackRule",
    "CreateLiveCallbackRule",
    "CreateLiveCallbackTemplate",
    "CreateLiveCallbackTemplate",
  ]);
  stack.setProgram(apps({ live: `description: "edited"`, lectures: "" }));
  expect(await throughPlan()).toEqual(["ModifyLiveCallbackTemplate"]);
  await expectNothingToDo(stack, account);
});

test("a stack can give up its objects, which stay in the account, and the package can be uninstalled", async () => {
  const template = { StreamBeginNotifyUrl: url, CallbackKey: key };
  const live = {
    templates: [
      { ...template, TemplateName: "lectures" },
      { ...template, TemplateName: "live", Description: "edited" },
    ],
    rules: { "push.example.com/live": "live", "push.example.com/lectures": "lectures" },
  };
  const urns = stack.readState().deployment.resources?.map(({ urn }) => urn) ?? [];
  const ofLectures = urns.filter((urn) => /(Binding|Template)::lectures$/.test(urn)).reverse();
  expect(ofLectures).toEqual([expect.stringMatching(/Binding::/), expect.stringMatching(/Template::/)]);
  const writes = await account.writes(async () => {
    await stack.succeed("state", "delete", "--yes", ...ofLectures);
    stack.setProgram(apps({ live: `description: "edited", options: { retainOnDelete: true }` }));
    await stack.up();
    stack.setProgram("");
    await stack.up();
    rmSync(join(nodeModules, "app-callbacks"), { recursive: true });
    rmSync(join(nodeModules, "pulumi-tencentcloud-lvb"));
    await stack.preview("--expect-no-changes");
    await stack.destroy();
  });
  expect(writes).toEqual([]);
  expect(account.ours()).toEqual(live);
});
