// Edits like a colleague's: they change a few fields of a few objects, and nothing else.
import type { EmulatorState, StateEdits, StateInput } from "./store";

/** The state with these edits. Templates are merged by id, rules by domain and app; a rule with template null is removed. */
export function withEdits(state: EmulatorState, { templates = [], rules = [] }: StateEdits): StateInput {
  const known = state.templates.map((template) => ({
    ...template,
    ...templates.find(({ TemplateId }) => TemplateId === template.TemplateId),
  }));
  const added = templates.filter(({ TemplateId }) => known.every((template) => template.TemplateId !== TemplateId));
  const isSame = (one: { DomainName: string; AppName?: string }, other: { DomainName: string; AppName?: string }) =>
    one.DomainName === other.DomainName && (one.AppName ?? "live") === (other.AppName ?? "live");
  const edited = [
    ...state.rules.map((rule) => rules.find((edit) => isSame(edit, rule)) ?? rule),
    ...rules.filter((edit) => !state.rules.some((rule) => isSame(edit, rule))),
  ];
  return {
    ...state,
    templates: [...known, ...added],
    rules: edited.flatMap(({ TemplateId, ...place }) => (TemplateId === null ? [] : [{ ...place, TemplateId }])),
  };
}
