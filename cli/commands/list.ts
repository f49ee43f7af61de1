import {
  type ComparedObject,
  compareAccount,
  connectAccount,
  isInAccount,
  type ObjectStatus,
  readAccount,
} from "../account";
import { exitCodes } from "../failure";
import { Project } from "../stack/project";
import { byName, paint, printable, printJson, printTable, tell } from "../terminal";

export interface ListOptions {
  cwd: string;
  stack: string[];
  json: boolean;
  failOnUnmanaged: boolean;
  failOnDrift: boolean;
}

/** Prints the whole account against one stack or several. */
export async function list(options: ListOptions): Promise<void> {
  const project = Project.open(options.cwd);
  const stacks = options.stack.length > 0 ? options.stack : [await project.stackName(undefined)];
  const [first = ""] = stacks;
  const [account, ...states] = await Promise.all([
    project.config(first).then(connectAccount).then(readAccount),
    ...stacks.map((stack) => project.state(stack)),
  ]);
  const managed = states.flatMap(({ resources }) => resources);
  const elsewhere = managed.filter((resource) => !isInAccount(resource, account.accountId));
  const objects = inOrder(compareAccount(account, managed));

  const count = (status: ObjectStatus) => objects.filter((object) => object.status === status).length;
  const counts = Object.fromEntries(statuses.map((status) => [status, count(status)]));
  if (options.json) {
    printJson({ accountId: account.accountId ?? null, stacks, counts, objects });
  } else {
    printObjects(objects);
    const told = statuses.filter((status) => count(status) > 0).map((status) => `${count(status)} ${status}`);
    tell(`account ${account.accountId ?? "unknown"}: ${told.join(", ") || "no callback templates or rules"}`);
  }
  if (elsewhere.length > 0) {
    tell(`${elsewhere.length} resources of the stacks are in another account and were skipped`);
  }
  const drifted = options.failOnDrift && count("drifted") + count("missing") > 0;
  const unmanaged = options.failOnUnmanaged && count("unmanaged") + count("orphaned") > 0;
  if (drifted || unmanaged) process.exitCode = exitCodes.found;
}

const statuses = ["managed", "drifted", "missing", "unmanaged", "orphaned"] as const satisfies ObjectStatus[];

/** Each template with its bindings below it. */
function inOrder(objects: readonly ComparedObject[]): ComparedObject[] {
  const templates = objects.filter(({ kind }) => kind === "template").sort((a, b) => byName(a.name, b.name));
  const bindings = objects.filter(({ kind }) => kind === "binding").sort((a, b) => byName(a.name, b.name));
  const below = new Set(templates.map(({ id }) => id));
  return [
    ...templates.flatMap((template) => [template, ...bindings.filter(({ templateId }) => templateId === template.id)]),
    ...bindings.filter(({ templateId }) => templateId === null || !below.has(templateId)),
  ];
}

function printObjects(objects: readonly ComparedObject[]): void {
  if (objects.length === 0) return;
  printTable(
    ["OBJECT", "STATUS", "MANAGED BY", "NOTE"],
    objects.map((object) => [
      object.kind === "template" ? `${printable(object.name)} (${object.id})` : `  ${printable(object.name)}`,
      paintStatus(object.status),
      printable(object.managedBy.map(({ stack, name }) => `${stack}: ${name}`).join(", ")),
      printable(noteOf(object)),
    ]),
    [0, 2, 3],
  );
}

function noteOf({ status, drift, consoleCannotCancel, templateId }: ComparedObject): string {
  const notes = drift.map(({ field, live, state }) =>
    [`${field}:`, shown(live), "live,", shown(state), "in state"].join(" "),
  );
  if (status === "orphaned") notes.push(`its template ${templateId} does not exist`);
  if (consoleCannotCancel && (status === "unmanaged" || status === "orphaned"))
    notes.push("only `unbind` can cancel it");
  return notes.join("; ");
}

function shown(value: unknown): string {
  return value === null ? "nothing" : typeof value === "string" ? value : JSON.stringify(value);
}

function paintStatus(status: ObjectStatus): string {
  switch (status) {
    case "managed":
      return paint.good(status);
    case "drifted":
    case "missing":
      return paint.bad(status);
    case "unmanaged":
    case "orphaned":
      return paint.busy(status);
  }
}
