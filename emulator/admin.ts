/** The admin interface under /_emulator/: what a test or a demonstration does out of band, as "someone else". */
import { UsageError } from "./errors";

/** What it drives; checks its arguments itself. */
export interface Controls {
  state(): unknown;
  setState(state: unknown): void;
  requests(): unknown;
  clearRequests(): void;
  addFaults(faults: unknown): void;
  clearFaults(): void;
  dialects(): unknown;
  setDialects(dialects: unknown): void;
  settings(): unknown;
  configure(settings: unknown): void;
  push(stream: unknown): Promise<unknown>;
}

export type Admin = (method: string, path: string, body: string) => Promise<{ status: number; body: unknown }>;

export function adminInterface(controls: Controls): Admin {
  const routes: Record<string, Record<string, (body: string) => unknown>> = {
    "/_emulator/state": {
      GET: () => controls.state(),
      PUT: (body) => {
        controls.setState(parse(body));
        return controls.state();
      },
    },
    "/_emulator/requests": {
      GET: () => controls.requests(),
      DELETE: () => controls.clearRequests(),
    },
    "/_emulator/faults": {
      POST: (body) => controls.addFaults(parse(body)),
      DELETE: () => controls.clearFaults(),
    },
    "/_emulator/dialects": {
      GET: () => controls.dialects(),
      PUT: (body) => {
        controls.setDialects(parse(body));
        return controls.dialects();
      },
    },
    "/_emulator/settings": {
      GET: () => controls.settings(),
      PUT: (body) => {
        controls.configure(parse(body));
        return controls.settings();
      },
    },
    "/_emulator/push": { POST: (body) => controls.push(parse(body)) },
  };
  return async (method, path, body) => {
    const route = routes[path];
    if (route === undefined) {
      return { status: 404, body: { error: `nothing at ${path}; there is ${Object.keys(routes).join(", ")}` } };
    }
    const handle = route[method];
    if (handle === undefined) {
      return { status: 405, body: { error: `${path} takes ${Object.keys(route).join(" and ")}, not ${method}` } };
    }
    try {
      return { status: 200, body: (await handle(body)) ?? {} };
    } catch (error) {
      if (error instanceof UsageError) {
        return { status: 400, body: { error: error.message } };
      }
      throw error;
    }
  };
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new UsageError("the body is not JSON");
  }
}
