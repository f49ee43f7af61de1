// The commands of the model: the program changes, the engine runs, others change the account, faults occur.
import fc from "fast-check";
import { dialects as allDialects, type CallbackTemplate, type Dialects } from "../../emulator/index.ts";
import {
  appNames,
  bindingsOf,
  chinaFields,
  domainNames,
  explicitNames,
  type Field,
  type Fields,
  fields,
  foreignKey,
  keyOf,
  type Specs,
  templateNameOf,
  templatesOf,
  values,
} from "./programs.ts";
import type { Disturbance, FaultKind } from "./watch.ts";
import { keyOfRule, type UpOptions, undisturbed, type World } from "./world.ts";

/** The independent model: only the program. */
export interface Model {
  specs: Specs;
  chinaFields: boolean;
}

type Command = fc.AsyncCommand<Model, World>;

const templateNames = ["t1", "t2"] as const;
const bindingNames = ["b1", "b2", "b3"] as const;
const faultKinds: readonly FaultKind[] = [
  "refuse",
  "resetBefore",
  "resetAfterCommit",
  "http5xx",
  "truncate",
  "html",
  "empty",
  "code RequestLimitExceeded",
  "code InternalError.DBError",
  "code FailedOperation.Mystery",
  "code InternalError",
  "code ResourceNotFound.FreezeService",
];

const readLagMs = 20;

export function anyDialects(): fc.Arbitrary<Dialects> {
  const entries = Object.entries(allDialects).map(([name, { values: allowed }]) => [
    name,
    fc.constantFrom(...(allowed ?? [0, 0, 0, readLagMs])),
  ]);
  // Each value comes from the table that the type is made from.
  return fc.record(Object.fromEntries(entries)) as unknown as fc.Arbitrary<Dialects>;
}

/** A change of the program without a run. */
class Edit implements Command {
  readonly what: string;
  readonly edit: (model: Model) => Specs | undefined;

  constructor(what: string, edit: (model: Model) => Specs | undefined) {
    this.what = what;
    this.edit = edit;
  }

  check(model: Readonly<Model>): boolean {
    const specs = this.edit(model);
    return specs !== undefined && isProgram(specs);
  }

  async run(model: Model, world: World): Promise<void> {
    model.specs = this.edit(model) ?? model.specs;
    world.specs.clear();
    for (const [name, spec] of model.specs) world.specs.set(name, spec);
  }

  toString(): string {
    return this.what;
  }
}

/** A run of the engine, or an action of others. */
class Act implements Command {
  readonly what: string;
  readonly act: (world: World) => Promise<void>;

  constructor(what: string, act: (world: World) => Promise<void>) {
    this.what = what;
    this.act = act;
  }

  check(): boolean {
    return true;
  }

  run(_model: Model, world: World): Promise<void> {
    return this.act(world);
  }

  toString(): string {
    return this.what;
  }
}

/** Each name, and each domain and app, occurs once. Only templates of the program are bound. */
function isProgram(specs: Specs): boolean {
  const names = templatesOf(specs).map(([name, spec]) => templateNameOf(name, spec));
  const places = bindingsOf(specs).map(([, spec]) => keyOf(spec));
  const bound = bindingsOf(specs).every(([, { template }]) => specs.get(template)?.kind === "template");
  return bound && new Set(names).size === names.length && new Set(places).size === places.length;
}

function known(given: Fields, { chinaFields: allowed }: Model): Fields {
  return Object.fromEntries(
    Object.entries(given).filter(([field]) => allowed || !chinaFields.includes(field as Field)),
  );
}

const value = (field: Field) => fc.constantFrom(...values[field]);
const someFields: fc.Arbitrary<Fields> = fc.record(
  {
    description: value("description"),
    streamBeginNotifyUrl: value("streamBeginNotifyUrl"),
    streamEndNotifyUrl: value("streamEndNotifyUrl"),
    recordStatusNotifyUrl: value("recordStatusNotifyUrl"),
    recordExceptionLevels: value("recordExceptionLevels"),
    callbackKey: value("callbackKey"),
  },
  { requiredKeys: ["streamBeginNotifyUrl"] },
);
const maybeName = fc.option(fc.constantFrom(...explicitNames), { nil: undefined });

const declareTemplate = fc
  .record({ name: fc.constantFrom(...templateNames), templateName: maybeName, given: someFields })
  .map(
    ({ name, templateName, given }) =>
      new Edit(`template ${name} ${templateName ?? ""} ${JSON.stringify(given)}`, (model) =>
        model.specs.has(name)
          ? undefined
          : new Map(model.specs).set(name, {
              kind: "template",
              templateName,
              fields: known(given, model),
              importId: undefined,
            }),
      ),
  );

const declareBinding = fc
  .record({
    name: fc.constantFrom(...bindingNames),
    domainName: fc.constantFrom(...domainNames),
    appName: fc.constantFrom(...appNames),
    template: fc.constantFrom(...templateNames),
    allowOverwrite: fc.boolean(),
  })
  .map(
    (given) =>
      new Edit(
        `bind ${given.name} ${keyOf(given)} to ${given.template}${given.allowOverwrite ? ", overwriting" : ""}`,
        (model) => {
          const { name, ...spec } = given;
          return new Map(model.specs).set(name, { kind: "binding", ...spec, importId: undefined });
        },
      ),
  );

const editField = fc
  .constantFrom(...fields)
  .chain((field) => fc.record({ name: fc.constantFrom(...templateNames), field: fc.constant(field), to: value(field) }))
  .map(
    ({ name, field, to }) =>
      new Edit(`edit ${name}.${field} = ${String(to)}`, (model) => {
        const spec = model.specs.get(name);
        if (spec?.kind !== "template") return undefined;
        return new Map(model.specs).set(name, { ...spec, fields: known({ ...spec.fields, [field]: to }, model) });
      }),
  );

const clearField = fc
  .record({
    name: fc.constantFrom(...templateNames),
    field: fc.constantFrom(...fields.filter((f) => f !== "streamBeginNotifyUrl")),
  })
  .map(
    ({ name, field }) =>
      new Edit(`clear ${name}.${field}`, (model) => {
        const spec = model.specs.get(name);
        if (spec?.kind !== "template" || spec.fields[field] === undefined) return undefined;
        const { [field]: _, ...rest } = spec.fields;
        return new Map(model.specs).set(name, { ...spec, fields: rest });
      }),
  );

const renameTemplate = fc.record({ name: fc.constantFrom(...templateNames), templateName: maybeName }).map(
  ({ name, templateName }) =>
    new Edit(`rename template ${name} to ${templateName ?? "its own name"}`, (model) => {
      const spec = model.specs.get(name);
      if (spec?.kind !== "template" || spec.templateName === templateName) return undefined;
      return new Map(model.specs).set(name, { ...spec, templateName });
    }),
);

/** Another name in the program, without an alias. */
const renameResource = fc.constantFrom("t1 t2", "t2 t1", "b1 b2", "b2 b3", "b3 b1").map(
  (pair) =>
    new Edit(`rename resource ${pair}`, ({ specs }) => {
      const [from = "", to = ""] = pair.split(" ");
      const spec = specs.get(from);
      if (!spec || specs.has(to)) return undefined;
      return new Map(
        [...specs].map(([name, one]) => [
          name === from ? to : name,
          one.kind === "binding" && one.template === from ? { ...one, template: to } : one,
        ]),
      );
    }),
);

const remove = fc
  .constantFrom(...templateNames, ...bindingNames)
  .map(
    (name) =>
      new Edit(`remove ${name}`, ({ specs }) =>
        specs.has(name) ? new Map([...specs].filter(([one]) => one !== name)) : undefined,
      ),
  );

/** Others change one of the templates or rules, ours or theirs. */
const someoneElse = fc
  .record({
    what: fc.constantFrom("edits", "deletes template", "makes template", "deletes rule", "makes rule", "rebinds"),
    index: fc.nat(5),
    field: fc.constantFrom("description" as const, "streamEndNotifyUrl", "recordExceptionLevels", "callbackKey"),
    name: fc.constantFrom(...explicitNames, "others"),
    place: fc.record({ DomainName: fc.constantFrom(...domainNames), AppName: fc.constantFrom(...appNames) }),
  })
  .map(
    ({ what, index, field, name, place }) =>
      new Act(`someone else ${what} ${index} ${field} ${name} ${place.DomainName}/${place.AppName}`, (world) =>
        world.someoneElse(what, (account) => {
          const { templates, rules } = account;
          const template = templates[index % Math.max(1, templates.length)];
          const rule = rules[index % Math.max(1, rules.length)];
          const edited: Partial<CallbackTemplate> = {
            description: { Description: "of someone else" },
            streamEndNotifyUrl: { StreamEndNotifyUrl: "https://callbacks.example.com/else" },
            recordExceptionLevels: { RecordExceptionLevels: ["info"] },
            callbackKey: { CallbackKey: foreignKey },
          }[field];
          if (
            what === "edits" &&
            template &&
            (world.dialects.chinaFields === "accepted" || field !== "recordExceptionLevels")
          ) {
            return { ...account, templates: templates.map((one) => (one === template ? { ...one, ...edited } : one)) };
          }
          if (what === "deletes template" && template) {
            const left = rules.filter(({ TemplateId }) => TemplateId !== template.TemplateId);
            return { ...account, templates: templates.filter((one) => one !== template), rules: left };
          }
          if (what === "makes template") {
            const made = {
              TemplateName: name,
              StreamBeginNotifyUrl: "https://callbacks.example.com/1",
              CallbackKey: foreignKey,
            };
            return { ...account, templates: [...templates, made as CallbackTemplate] };
          }
          if (what === "deletes rule" && rule) return { ...account, rules: rules.filter((one) => one !== rule) };
          const places = rules.map(keyOfRule);
          if (what === "makes rule" && template && !places.includes(`${place.DomainName}/${place.AppName}`)) {
            const made = { ...place, TemplateId: template.TemplateId } as (typeof rules)[number];
            return { ...account, rules: [...rules, made] };
          }
          if (what === "rebinds" && template && rule) {
            const { DomainName, AppName } = rule;
            const made = { DomainName, AppName, TemplateId: template.TemplateId } as (typeof rules)[number];
            return { ...account, rules: rules.map((one) => (one === rule ? made : one)) };
          }
          return account;
        }),
      ),
  );

const timePasses = fc.constant(new Act("time passes", async (world) => world.timePasses()));

const fault: fc.Arbitrary<Disturbance> = fc.record({
  kind: fc.constant("fault" as const),
  call: fc.integer({ min: 1, max: 8 }),
  times: fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.integer({ min: 2, max: 6 }) }),
  fault: fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...faultKinds) },
    { weight: 1, arbitrary: fc.constantFrom<FaultKind>("hang", "hangAfterCommit") },
  ),
});
const kill: fc.Arbitrary<Disturbance> = fc.record({
  kind: fc.constant("kill" as const),
  write: fc.integer({ min: 1, max: 3 }),
  what: fc.constantFrom("beforeWrite" as const, "afterWrite" as const, "cli" as const),
});
const disturbances = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Disturbance[]>([]) },
  { weight: 3, arbitrary: fc.array(fault, { minLength: 1, maxLength: 2 }) },
  { weight: 3, arbitrary: fc.array(kill, { minLength: 1, maxLength: 1 }) },
);

const upOptions: fc.Arbitrary<UpOptions> = fc.record({
  refresh: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  replace: fc.oneof(
    { weight: 5, arbitrary: fc.constant<string[]>([]) },
    { weight: 1, arbitrary: fc.subarray([...templateNames, ...bindingNames]) },
  ),
  parallel: fc.boolean(),
  disturbances,
});

async function upTwice(world: World, options: UpOptions): Promise<void> {
  const { killed, failures } = await world.run("up", options);
  if (!killed && failures.length === 0) await world.runAgain();
}

const up = upOptions.map((options) => new Act(`up ${JSON.stringify(options)}`, (world) => upTwice(world, options)));
const refresh = disturbances.map(
  (met) =>
    new Act(`refresh ${JSON.stringify(met)}`, async (world) => {
      await world.run("refresh", { ...undisturbed, parallel: true, disturbances: met });
    }),
);
const destroy = fc.tuple(disturbances, fc.boolean(), fc.boolean()).map(
  ([met, parallel, refresh]) =>
    new Act(`destroy ${JSON.stringify({ met, refresh })}`, async (world) => {
      await world.run("destroy", { ...undisturbed, parallel, refresh, disturbances: met });
    }),
);

/** The frequency of each command. */
const weights: readonly (readonly [number, fc.Arbitrary<Command>])[] = [
  [1, declareTemplate],
  [3, declareBinding],
  [2, editField],
  [1, clearField],
  [1, renameTemplate],
  [1, renameResource],
  [1, remove],
  [2, someoneElse],
  [1, timePasses],
  [8, up],
  [1, refresh],
  [1, destroy],
];

export const anyCommand: fc.Arbitrary<Command>[] = weights.flatMap(([times, command]) =>
  Array<typeof command>(times).fill(command),
);

/** The first program of a stack: mostly two templates and two bindings. */
export const anyProgram: fc.Arbitrary<Command[]> = fc
  .tuple(declareTemplate, declareTemplate, declareBinding, declareBinding)
  .map((edits) => edits);
