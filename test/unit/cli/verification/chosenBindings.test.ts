// Choosing bindings on the command line by domain, by domain and app, and with typing errors.
import { expect, test } from "vitest";
import { readState } from "../../../../cli/stack/stackState.ts";
import { chooseBindings } from "../../../../cli/verification/chosenBindings.ts";

const type = "pulumi-nodejs:dynamic/tencentcloud-lvb:DomainTemplateBinding";
const ids = ["push.example.com/vod", "push.example.com/live", "push-asia.example.com/games", "push-asia.example.com/"];
const { resources } = readState(
  "prod",
  JSON.stringify({
    deployment: {
      resources: ids.map((id) => ({ urn: `urn:pulumi:prod::callbacks::${type}::${id}`, type, id, outputs: {} })),
    },
  }),
);
const choose = (...wanted: string[]) => chooseBindings("prod", resources, wanted).map(({ id }) => id);

test("without names, all bindings are chosen, sorted", () => {
  expect(choose()).toEqual([
    "push-asia.example.com/",
    "push-asia.example.com/games",
    "push.example.com/live",
    "push.example.com/vod",
  ]);
});

test("a domain, a domain and app, or the whole-domain binding is chosen once", () => {
  expect(choose("push.example.com")).toEqual(["push.example.com/live", "push.example.com/vod"]);
  expect(choose("PUSH.example.com/live", "push.example.com/live")).toEqual(["push.example.com/live"]);
  expect(choose("push-asia.example.com/")).toEqual(["push-asia.example.com/"]);
});

test.each([
  ["push.exmaple.com", /no binding push\.exmaple\.com\. Did you mean push\.example\.com\? Next: /],
  ["push.example.com/Live", /no binding push\.example\.com\/Live\. Did you mean push\.example\.com\/live\? Next: /],
  ["elsewhere.net", /no binding elsewhere\.net\. Next: /],
])("%s is refused, since it is not in the stack", (name, says) => {
  expect(() => choose("push.example.com", name)).toThrow(says);
});
