// The handlers must be right under every value of every dialect. Each step of a stack's life runs in a provider process
// of its own.
import { expect, test } from "vitest";
import type { CallbackTemplate, Dialects, Emulator } from "../../../emulator/index.ts";
import { dialects } from "../../../emulator/index.ts";
import type { Stored, Values } from "./process.ts";
import { aged, calls, changes, create, environment, failure, newProcess, refresh, running, update } from "./process.ts";

const url = "https://callbacks.example.com/lvb";
const chinaFields = {
  recordStatusNotifyUrl: `${url}/status`,
  audioAuditNotifyUrl: `${url}/audio`,
  recordExceptionNotifyUrl: `${url}/exception`,
  recordExceptionLevels: ["warning", "error"],
};
const program = {
  templateName: "events",
  description: "first",
  streamBeginNotifyUrl: url,
  streamEndNotifyUrl: url,
  snapshotNotifyUrl: url,
  callbackKey: "abc123",
};
const edited = { ...program, description: "second", recordNotifyUrl: url };
const place = { domainName: "push.example.com", appName: "live" };

const everyValue = Object.entries(dialects).flatMap(([name, { values }]) =>
  // A short lag, to keep the test quick.
  (values ?? [0, 150]).map((value) => ({ [name]: value }) as Partial<Dialects>),
);

async function account(dialect: Partial<Dialects>) {
  const emulator = await running({ dialects: dialect });
  const env = environment(emulator);
  return { emulator, up: () => newProcess(env) };
}

/** The live fields that are set, named as in the program. */
function fieldsOf(template: CallbackTemplate | undefined): Values {
  const { TemplateId: _, ...fields } = template ?? ({} as CallbackTemplate);
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, value]) => value.length > 0)
      .map(([name, value]) => [`${name.slice(0, 1).toLowerCase()}${name.slice(1)}`, value]),
  );
}

const templateOf = (emulator: Emulator, { id }: Stored) =>
  emulator.state().templates.find(({ TemplateId }) => String(TemplateId) === id);

test("these tests cover every dialect", () => {
  expect(new Set(everyValue.flatMap((dialect) => Object.keys(dialect)))).toEqual(new Set(Object.keys(dialects)));
});

test.each(everyValue)(
  "with %j, a template and a binding can be created, read, updated, switched and deleted",
  async (dialect) => {
    const { emulator, up } = await account(dialect);
    const china = dialect.chinaFields === "refused" ? {} : chinaFields;
    const first = { ...program, ...china };
    const second = { ...edited, ...china };

    const templates = up().template;
    let template = await create(templates, first);
    const other = await create(templates, { templateName: "other", streamBeginNotifyUrl: url });
    let binding = await create(up().binding, { ...place, templateId: template.id });
    expect(fieldsOf(templateOf(emulator, template))).toEqual(first);
    expect(emulator.state().rules).toMatchObject([
      { DomainName: "push.example.com", AppName: "live", TemplateId: Number(template.id) },
    ]);

    expect((await refresh(up().template, template))?.outs).toEqual(template.outs);
    expect((await refresh(up().binding, binding))?.outs).toEqual(binding.outs);
    expect(await changes(up().template, template, first)).toBe(false);
    await settled(emulator);

    template = await update(up().template, template, second);
    expect(fieldsOf(templateOf(emulator, template))).toEqual(second);
    expect(await changes(up().template, template, second)).toBe(false);
    await settled(emulator);
    expect((await refresh(up().template, template))?.outs).toEqual(template.outs);

    binding = await update(up().binding, binding, { ...place, templateId: other.id });
    expect(emulator.state().rules).toMatchObject([{ TemplateId: Number(other.id) }]);
    await settled(emulator);
    expect((await refresh(up().binding, binding))?.outs).toEqual(binding.outs);

    const down = up();
    await down.binding.delete(binding.id, binding.outs);
    for (const { id, outs } of [template, other]) await down.template.delete(id, outs);
    expect(down.warnings).toEqual([]);
    expect(emulator.state()).toMatchObject({ templates: [], rules: [] });
    await settled(emulator);

    // Days later, deleting what is gone succeeds.
    const again = up();
    await again.binding.delete(binding.id, aged(binding).outs);
    await again.template.delete(template.id, aged(template).outs);
    expect(await refresh(again.template, aged(template))).toBeUndefined();
    expect(await refresh(again.binding, aged(binding))).toBeUndefined();
  },
);

/** Waits until reads no longer lag behind writes. */
async function settled(emulator: Emulator): Promise<void> {
  const { readLag } = emulator.dialects();
  if (readLag > 0) await new Promise((resolve) => setTimeout(resolve, readLag + 1));
}

test("with a read lag, an update right after another process's create finds the object", async () => {
  const { emulator, up } = await account({ readLag: 150 });
  const template = await create(up().template, program);
  const next = await update(up().template, template, edited);
  expect(fieldsOf(templateOf(emulator, next))).toEqual(edited);
  const other = await create(up().template, { templateName: "other", streamBeginNotifyUrl: url });
  const binding = await create(up().binding, { ...place, templateId: template.id });
  await update(up().binding, binding, { ...place, templateId: other.id });
  expect(emulator.state().rules).toMatchObject([{ TemplateId: Number(other.id) }]);
});

test("with a read lag, a delete right after another process's create removes the object", async () => {
  const { emulator, up } = await account({ readLag: 150 });
  const template = await create(up().template, program);
  const binding = await create(up().binding, { ...place, templateId: template.id });
  const down = up();
  await down.binding.delete(binding.id, binding.outs);
  await down.template.delete(template.id, template.outs);
  expect(emulator.state()).toMatchObject({ templates: [], rules: [] });
});

test("with a read lag, a delete right after another process's switch removes the new rule", async () => {
  const { emulator, up } = await account({ readLag: 150 });
  const template = await create(up().template, program);
  const other = await create(up().template, { templateName: "other", streamBeginNotifyUrl: url });
  const binding = await create(up().binding, { ...place, templateId: template.id });
  await settled(emulator);
  const switched = await update(up().binding, binding, { ...place, templateId: other.id });
  const down = up();
  await down.binding.delete(switched.id, switched.outs);
  expect(emulator.state().rules).toEqual([]);
});

test("with a read lag, a switch with a lost reply waits until the new rule shows", async () => {
  const { emulator, up } = await account({ readLag: 150 });
  const template = await create(up().template, program);
  const other = await create(up().template, { templateName: "other", streamBeginNotifyUrl: url });
  const binding = await create(up().binding, { ...place, templateId: template.id });
  await settled(emulator);
  emulator.addFaults([{ action: "CreateLiveCallbackRule", kind: "resetAfterCommit", times: 1 }]);
  const switched = await update(up().binding, binding, { ...place, templateId: other.id });
  expect(switched.outs.templateId).toBe(other.id);
  expect(emulator.state().rules).toMatchObject([{ TemplateId: Number(other.id) }]);
});

test.each(["error", "overwrite"] as const)(
  "a rule that someone creates between our list and our create isn't taken for ours (%s)",
  async (duplicateRule) => {
    const { emulator, up } = await account({ duplicateRule });
    const process = up();
    const template = await create(process.template, program);
    const other = await create(process.template, { templateName: "other", streamBeginNotifyUrl: url });
    await create(process.binding, { ...place, appName: "first", templateId: template.id });
    const { domains, templates, rules } = emulator.state();
    const foreign = { DomainName: "push.example.com", AppName: "live", TemplateId: Number(other.id) };
    emulator.setState({ domains, templates, rules: [...rules, foreign] });
    const bound = create(process.binding, { ...place, templateId: template.id });
    if (duplicateRule === "error") {
      const { message } = await failure(bound);
      expect(message).toMatch(
        new RegExp(`push.example.com/live is bound to template ${other.id}\\b.*Next: .*allowOverwrite: true`),
      );
      expect(emulator.state().rules).toContainEqual(expect.objectContaining(foreign));
    } else {
      // Here the API itself overwrites the rule without an error.
      await bound;
      expect(emulator.state().rules).toContainEqual(
        expect.objectContaining({ AppName: "live", TemplateId: Number(template.id) }),
      );
    }
  },
);

test.each(["FailedOperation.NotFound", "success"] as const)(
  "deleting a rule that someone deleted just before succeeds (%s)",
  async (missingRule) => {
    const { emulator, up } = await account({ missingRule });
    const template = await create(up().template, program);
    const binding = await create(up().binding, { ...place, templateId: template.id });
    const process = up();
    await refresh(process.binding, binding);
    const { domains, templates } = emulator.state();
    emulator.setState({ domains, templates });
    await process.binding.delete(binding.id, binding.outs);
    expect(await refresh(process.binding, aged(binding))).toBeUndefined();
  },
);

test.each(["InternalError.ConfNotFound", "InvalidParameter.ConfNotFound"] as const)(
  "a binding to an unknown template fails, and the error names it (%s)",
  async (unknownTemplate) => {
    const { emulator, up } = await account({ unknownTemplate });
    const { message } = await failure(create(up().binding, { ...place, templateId: "4711" }));
    expect(message).toContain(unknownTemplate);
    expect(message).toContain("Next: check that template 4711 exists in this account");
    expect(emulator.state().rules).toEqual([]);
  },
);

test.each(["InternalError.ConfNotFound", "InvalidParameter.ConfNotFound"] as const)(
  "a switch to an unknown template is refused before any write (%s)",
  async (unknownTemplate) => {
    const { emulator, up } = await account({ unknownTemplate });
    const template = await create(up().template, program);
    const binding = await create(up().binding, { ...place, templateId: template.id });
    emulator.clearRequests();
    const { message } = await failure(update(up().binding, binding, { ...place, templateId: "4711" }));
    expect(message).toContain("Next: check that template 4711 exists in this account");
    expect(Object.keys(calls(emulator)).filter((action) => !/^(Describe|Get)/.test(action))).toEqual([]);
    expect(emulator.state().rules).toMatchObject([{ TemplateId: Number(template.id) }]);
  },
);

test('if the API ignores "", the next refresh shows the field that was not cleared, and the next `up` clears it again', async () => {
  const { emulator, up } = await account({ emptyOnModify: "ignored" });
  const { streamEndNotifyUrl: _, ...rest } = program;
  const template = await create(up().template, program);
  const next = await update(up().template, template, rest);
  expect(fieldsOf(templateOf(emulator, next))).toEqual(program);
  const read = await refresh(up().template, next);
  expect(read?.inputs).toMatchObject({ streamEndNotifyUrl: url });
  expect(read && (await changes(up().template, read, rest))).toBe(true);
});

test.each(["removable", "required"] as const)(
  "removing the last URL succeeds, or fails with the API's error (%s)",
  async (value) => {
    const { emulator, up } = await account({ lastUrl: value });
    const only = { templateName: "events", streamBeginNotifyUrl: url };
    const template = await create(up().template, only);
    const { inputs } = await up().template.check(template.inputs, { templateName: "events" });
    const changed = up().template.update(template.id, template.outs, inputs);
    if (value === "removable") {
      await changed;
      expect(fieldsOf(templateOf(emulator, template))).toEqual({ templateName: "events" });
    } else {
      expect((await failure(changed)).message).toMatch(
        /was not changed: .*InvalidParameter.*At least one callback URL/,
      );
      expect(fieldsOf(templateOf(emulator, template))).toEqual(only);
    }
  },
);

test("if the site refuses the fields of the China site, create and update fail with an error that says so", async () => {
  const { emulator, up } = await account({ chinaFields: "refused" });
  for (const [field, value] of Object.entries(chinaFields)) {
    const { message } = await failure(create(up().template, { ...program, [field]: value }));
    expect(message).toMatch(/was not created: .*UnknownParameter.*Next: .*only the China site documents/);
  }
  expect(emulator.state().templates).toEqual([]);
  const template = await create(up().template, program);
  const { message } = await failure(update(up().template, template, { ...program, ...chinaFields }));
  expect(message).toMatch(/was not changed: .*UnknownParameter/);
  expect(fieldsOf(templateOf(emulator, template))).toEqual(program);
});
