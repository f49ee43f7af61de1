import { element } from "./elements.mjs";
export function colleagueView() {
  return { node: element("p", {}, "…"), update: () => {} };
}
