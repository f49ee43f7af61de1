// The cost of the emulator's page for API clients: the time of a call while the page is open in a browser and 10 000
// deliveries are stored, beside an emulator without an open page. Half of the calls change what the page shows.
import { createRequire } from "node:module";
import { join } from "node:path";
import { findChromium, openChromium } from "../../tools/chromium.mts";
import type { Context } from "../context.mts";
import { EmulatorProcess } from "../emulatorProcess.mts";
import type { Result } from "../results.mts";
import { median, pairwise, spread } from "../statistics.mts";

/** The times of a round's calls, in milliseconds. */
interface Round {
  median: number;
  ofHundred95: number;
}

const callsOfRound = 400;
const deliveries = 10_000;
const domain = "push.example.com";

export async function measureConsole(context: Context): Promise<Result> {
  const chromium = findChromium();
  if (chromium === undefined) throw new Error("There is no Chromium. Next: apt-get install chromium, or set CHROMIUM.");
  const rounds = context.options.pairs;
  const alone = await EmulatorProcess.start(context.installed, 0);
  const watched = await EmulatorProcess.start(context.installed, 0);
  const browser = await openChromium(chromium);
  try {
    const calls = {
      alone: await caller(context, alone),
      again: await caller(context, alone),
      watched: await caller(context, watched),
    };
    await fill(watched);
    const page = await browser.newPage();
    await page.goto(`${watched.url}/#deliveries`);
    await page.getByText(`100 of ${deliveries}`).waitFor();
    await page.goto(`${watched.url}/#account`);
    await page.getByRole("heading", { name: "bench" }).waitFor();

    const samples: Record<keyof typeof calls, Round[]> = { alone: [], again: [], watched: [] };
    for (const call of Object.values(calls)) await call(0);
    for (let round = 1; round <= rounds; round++) {
      for (const name of round % 2 === 0
        ? (["alone", "watched", "again"] as const)
        : (["again", "watched", "alone"] as const)) {
        samples[name].push(await calls[name](round));
      }
      context.tell(`  round ${round}/${rounds}`);
    }
    const shown = await page
      .locator("dd")
      .filter({ hasText: `round ${rounds}` })
      .count();
    if (shown === 0) throw new Error("The page did not follow.");
    return {
      name: "console",
      environment: { ...context.environment, rounds, "calls of a round": callsOfRound, deliveries },
      tables: [table(samples)],
      samples,
    };
  } finally {
    await browser.close();
    await Promise.all([alone.stop(), watched.stop()]);
  }
}

function table({ alone, again, watched }: Record<"alone" | "again" | "watched", Round[]>) {
  const row = (name: string, rounds: Round[], ratios: number[] | undefined) => [
    name,
    spread(rounds.map((round) => round.median)),
    spread(rounds.map((round) => round.ofHundred95)),
    ratios === undefined ? "" : spread(ratios),
  ];
  const ratios = (rounds: Round[]) => pairwise(rounds, alone, (one, other) => one.median / other.median);
  const [noise, cost] = [ratios(again), ratios(watched)];
  const most = Math.max(...noise);
  return {
    title: "One call of the API, milliseconds",
    columns: ["", "median (least – most of the rounds)", "95 of 100 calls", "× nobody looks, of pairs"],
    rows: [
      row("nobody looks, no delivery", alone, undefined),
      row("the same again: noise", again, noise),
      row(`the page open, ${deliveries} deliveries`, watched, cost),
    ],
    note: `Goal: within noise, at most ${most.toFixed(2)} × here; it is ${median(cost).toFixed(2)}: ${median(cost) <= most ? "met" : "missed"}.`,
  };
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;
}

/** An account with one template, and a function that makes a round of calls with the official SDK. */
async function caller(context: Context, emulator: EmulatorProcess): Promise<(round: number) => Promise<Round>> {
  const load = createRequire(join(context.installed, "package.json"));
  const { Client } = load("tencentcloud-sdk-nodejs/tencentcloud/services/live/v20180801/live_client");
  const { host } = new URL(emulator.url);
  const client = new Client({
    credential: { secretId: "emulator-id", secretKey: "emulator-key" },
    profile: { httpProfile: { endpoint: host, protocol: "http://" } },
  });
  await admin(emulator, "PUT", "state", {
    domains: [domain],
    templates: [{ TemplateId: 7, TemplateName: "bench", StreamBeginNotifyUrl: "http://callbacks.example.com" }],
    rules: [{ DomainName: domain, TemplateId: 7 }],
  });
  return async (round) => {
    const times: number[] = [];
    for (let number = 0; number < callsOfRound; number++) {
      const begun = performance.now();
      if (number % 2 === 0) await client.DescribeLiveCallbackTemplates();
      else await client.ModifyLiveCallbackTemplate({ TemplateId: 7, Description: `round ${round}, call ${number}` });
      times.push(performance.now() - begun);
    }
    return { median: median(times), ofHundred95: quantile(times, 0.95) };
  };
}

/** Pushes to a host that the emulator never calls, which still counts as an attempt. */
async function fill(emulator: EmulatorProcess): Promise<void> {
  const events = Array.from({ length: 100 }, () => 1);
  for (let push = 0; push < deliveries / events.length; push++) {
    await admin(emulator, "POST", "push", { domain, app: "live", stream: `stream-${push}`, events });
  }
}

async function admin({ url }: EmulatorProcess, method: string, place: string, body: object): Promise<void> {
  const answer = await fetch(`${url}/_emulator/${place}`, { method, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} ${place}: ${await answer.text()}`);
}
