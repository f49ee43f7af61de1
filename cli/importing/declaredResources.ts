/** Resources that a program declares and the state of its stack doesn't have, from a preview. */
import * as v from "valibot";
import { ruleKey } from "../../provider/live/actions";
import { pluginToken, typeToken } from "../../provider/resources/handlersText";
import { CommandFailure } from "../failure";
import { type Project, type PulumiResult, readJson, saidBy } from "../stack/project";
import { nameOf } from "../stack/stackState";
import { printable } from "../terminal";
import type { DeclaredComponent, DeclaredResource } from "./importPlan";

const previewed = v.object({
  diagnostics: v.optional(v.array(v.object({ message: v.string(), severity: v.string() })), []),
  steps: v.optional(
    v.array(
      v.object({
        op: v.string(),
        urn: v.string(),
        newState: v.optional(
          v.object({
            type: v.string(),
            custom: v.optional(v.boolean(), false),
            parent: v.optional(v.string()),
            inputs: v.optional(v.record(v.string(), v.unknown()), {}),
          }),
        ),
      }),
    ),
    [],
  ),
});

/**
 * Resources that the program declares and the state doesn't have, from a preview: after an interrupted import, or in a
 * program written by hand. They are imported under their own names.
 */
export async function declaredOnly(project: Project, stack: string): Promise<DeclaredResource[]> {
  const result = await project.pulumi(["preview", "--json", "--stack", stack]);
  if (result.exitCode !== 0) {
    throw new CommandFailure(
      `the project's program fails, so nothing can be added to it: ${saidByPreview(result)}. Next: fix what \`pulumi preview\` shows`,
    );
  }
  const { steps } = readJson(previewed, result.stdout, "pulumi preview");
  const parentOf = (parent: string | undefined) => (parent?.includes("pulumi:pulumi:Stack::") ? undefined : parent);
  const components = new Map(
    steps.flatMap(({ op, urn, newState }) => {
      if (op !== "create" || !newState || newState.custom || newState.type === "pulumi:pulumi:Stack") return [];
      return [[urn, { urn, name: nameOf(urn), type: newState.type, parent: parentOf(newState.parent) }]];
    }),
  );
  const missingAbove = (urn: string | undefined): DeclaredComponent[] => {
    const component = urn === undefined ? undefined : components.get(urn);
    return component ? [...missingAbove(component.parent), component] : [];
  };
  return steps.flatMap(({ op, urn, newState }): DeclaredResource[] => {
    if (op !== "create" || !newState) return [];
    const { type, inputs } = newState;
    const parent = parentOf(newState.parent);
    const common = { urn, name: nameOf(urn), parent, components: missingAbove(parent) };
    if (type === typeToken("CallbackTemplate") || type === pluginToken("CallbackTemplate")) {
      return [{ ...common, kind: "template", object: String(inputs.templateName) }];
    }
    if (type === typeToken("DomainTemplateBinding") || type === pluginToken("DomainTemplateBinding")) {
      const object = ruleKey(String(inputs.domainName), String(inputs.appName));
      return [{ ...common, kind: "binding", object }];
    }
    return [];
  });
}

/** The program's error. With `--json` the CLI puts it into the document. */
function saidByPreview(result: PulumiResult): string {
  try {
    const { diagnostics } = readJson(previewed, result.stdout, "pulumi preview");
    const errors = diagnostics.flatMap(({ severity, message }) => (severity === "error" ? message.split("\n") : []));
    const [first] = errors
      .map((line) => printable(line).trim())
      // The CLI's own line before the program's error.
      .filter((line) => line !== "" && !line.endsWith("failed with an unhandled exception:"));
    return first ?? saidBy(result);
  } catch {
    return saidBy(result);
  }
}
