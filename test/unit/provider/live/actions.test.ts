// Answers that the documentation allows and the emulator never gives.
import { expect, test } from "vitest";
import { createActions } from "../../../../provider/live/actions.ts";

const answering = (answer: object) => createActions(async () => ({ ...answer }), 1_000);

test("a rule without any time is one whose last change is unknown", async () => {
  const rule = { DomainName: "Push.example.com", AppName: "live", TemplateId: 7 };
  expect([...(await answering({ Rules: [rule] }).listRules())]).toEqual([
    [
      "push.example.com/live",
      { domainName: "push.example.com", appName: "live", templateId: "7", changedAt: undefined },
    ],
  ]);
});

test.each([{}, { Rules: null }])("an account without rules may answer %j", async (answer) => {
  expect((await answering(answer).listRules()).size).toBe(0);
});

test("a list that is not understood leaves nothing open, an answer to a write does", async () => {
  const list = await answering({ Rules: [{ AppName: "live" }] })
    .listRules()
    .catch((error: unknown) => error);
  const made = await answering({})
    .createTemplate({ templateName: "events" })
    .catch((error: unknown) => error);
  expect(list).toMatchObject({ kind: "transient", message: expect.stringContaining("not what the API documents") });
  expect(made).toMatchObject({ kind: "ambiguous", message: expect.stringContaining("TemplateId") });
});
