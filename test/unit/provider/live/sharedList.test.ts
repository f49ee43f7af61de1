import fc from "fast-check";
import { expect, test } from "vitest";
import { freshForMs, SharedList } from "../../../../provider/live/sharedList.ts";

const minute = 60_000;
const clockStart = 1_000_000;

/** A list of numbers by name. The test moves the clock and releases the answers. */
function listOf(account: Map<string, number> = new Map()) {
  const state = { now: clockStart, fetches: 0 };
  let gate: Promise<unknown> | undefined;
  const list = new SharedList(
    async () => {
      state.fetches++;
      const answer = new Map(account);
      await gate;
      return answer;
    },
    () => state.now,
  );
  const hold = () => {
    let resolve = () => {};
    let reject: (reason: Error) => void = () => {};
    gate = new Promise<void>((...settle) => {
      [resolve, reject] = settle;
    });
    return {
      answer: () => {
        gate = undefined;
        resolve();
      },
      fail: () => {
        gate = undefined;
        reject(new Error("no list"));
      },
    };
  };
  return { account, list, state, hold };
}

test("callers share a list that is being fetched", async () => {
  const { list, state, hold } = listOf(new Map([["a", 1]]));
  const held = hold();
  const answers = [list.all(), list.all(), list.fresh(), list.refetch()];
  held.answer();
  for (const items of await Promise.all(answers)) expect([...items]).toEqual([["a", 1]]);
  expect(state.fetches).toBe(1);
});

test("a list is current for sixty seconds after its request", async () => {
  const { list, state } = listOf();
  await list.all();
  state.now += minute;
  await list.all();
  expect(state.fetches).toBe(1);
  state.now += 1;
  await list.all();
  expect(state.fetches).toBe(2);
});

test("`fresh` accepts only a very recent list", async () => {
  const { list, state } = listOf();
  await list.all();
  state.now += freshForMs;
  await list.fresh();
  expect(state.fetches).toBe(1);
  state.now += 1;
  await Promise.all([list.fresh(), list.fresh(), list.fresh()]);
  expect(state.fetches).toBe(2);
});

test("`refetch` fetches the list again, shared by callers at the same time", async () => {
  const { list, state } = listOf();
  await list.all();
  state.now += 1;
  await Promise.all([list.refetch(), list.refetch()]);
  expect(state.fetches).toBe(2);
});

test("`refetch` doesn't accept a list that was requested before", async () => {
  const { account, list, state, hold } = listOf();
  const held = hold();
  const early = list.all();
  account.set("a", 1);
  state.now += 1;
  const late = list.refetch();
  held.answer();
  expect((await early).has("a")).toBe(false);
  expect((await late).get("a")).toBe(1);
});

test("own writes show without another fetch", async () => {
  const { list, state } = listOf(new Map([["gone", 1]]));
  await list.all();
  list.wrote("new", 2);
  list.wrote("gone", undefined);
  expect([...(await list.all())]).toEqual([["new", 2]]);
  expect(state.fetches).toBe(1);
});

test("own writes show in a list that is being fetched", async () => {
  const { list, hold } = listOf(new Map([["gone", 1]]));
  const held = hold();
  const items = list.all();
  list.wrote("new", 2);
  list.wrote("gone", undefined);
  list.wrote("new", 3);
  held.answer();
  expect([...(await items)]).toEqual([["new", 3]]);
});

test("own writes count more than a fetched list, for as long as reads can lag", async () => {
  const { account, list, state } = listOf(new Map([["gone", 1]]));
  list.wrote("new", 2);
  list.wrote("gone", undefined);
  state.now += 10_000;
  expect([...(await list.refetch())]).toEqual([["new", 2]]);
  // From then on, the fetched list counts.
  account.set("other", 3);
  state.now += 1;
  expect([...(await list.refetch())]).toEqual([
    ["gone", 1],
    ["other", 3],
  ]);
});

test("after `forget`, the next list decides", async () => {
  const { account, list, state } = listOf(new Map([["a", 1]]));
  await list.all();
  list.wrote("a", undefined);
  list.wrote("b", 2);
  list.forget("a");
  expect((await list.all()).has("a")).toBe(false);
  account.set("a", 3);
  state.now += 1;
  expect([...(await list.refetch())]).toEqual([
    ["a", 3],
    ["b", 2],
  ]);
});

test("a failed fetch fails for all waiting callers, and isn't kept", async () => {
  const { list, state, hold } = listOf(new Map([["a", 1]]));
  const held = hold();
  const answers = Promise.allSettled([list.all(), list.all()]);
  list.wrote("b", 2);
  held.fail();
  expect((await answers).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect([...(await list.all())]).toEqual([
    ["a", 1],
    ["b", 2],
  ]);
  expect(state.fetches).toBe(2);
});

test("a late failure doesn't discard a newer list", async () => {
  const { list, state, hold } = listOf(new Map([["a", 1]]));
  const held = hold();
  const early = Promise.allSettled([list.all()]);
  const late = hold();
  state.now += 1;
  const newer = list.refetch();
  late.answer();
  await newer;
  held.fail();
  await early;
  await list.all();
  expect(state.fetches).toBe(2);
});

test("own writes show however calls interleave and lists lag", async () => {
  const step = fc.constantFrom("write", "delete", "ask", "refetch", "fresh");
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(step, { maxLength: 6 }),
      fc.array(step, { maxLength: 6 }),
      fc.infiniteStream(fc.nat({ max: 3 })),
      async (scheduler, left, right, lag) => {
        const versions = [new Map<string, number>([["foreign", 0]])];
        const current = () => versions.at(-1) ?? new Map<string, number>();
        let now = clockStart;
        let failuresLeft = 3;
        const list = new SharedList(
          async () => {
            await scheduler.schedule(Promise.resolve(), "asked");
            if (lag.next().value === 3 && failuresLeft-- > 0) throw new Error("no list");
            const behind = Math.min(versions.length - 1, lag.next().value ?? 0);
            const answer = new Map(versions[versions.length - 1 - behind]);
            await scheduler.schedule(Promise.resolve(), "answered");
            return answer;
          },
          () => now++,
        );
        const look = async (ask: () => Promise<ReadonlyMap<string, number>>): Promise<ReadonlyMap<string, number>> =>
          ask().catch(() => look(ask));
        const actor = async (key: string, steps: readonly string[]) => {
          let mine: number | undefined;
          for (const [index, name] of steps.entries()) {
            if (name === "write" || name === "delete") {
              await scheduler.schedule(Promise.resolve(), `${name} ${key}`);
              mine = name === "write" ? index : undefined;
              const next = new Map(current());
              if (mine === undefined) next.delete(key);
              else next.set(key, mine);
              versions.push(next);
              list.wrote(key, mine);
            }
            const items = await look(() =>
              name === "refetch" ? list.refetch() : name === "fresh" ? list.fresh() : list.all(),
            );
            expect(items.get(key)).toBe(mine);
            expect(items.get("foreign")).toBe(0);
          }
        };
        await scheduler.waitFor(Promise.all([actor("a", left), actor("b", right)]));
      },
    ),
    { numRuns: 300 },
  );
});
