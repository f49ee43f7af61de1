/** The admin interface under /_emulator/: changes that a test or a demonstration makes as "someone else". */
import { UsageError } from "./errors";

/** The functions behind the interface. They check their own arguments. */
export interface Controls {
  state(): unknown;
  setState(state: unknown): void;
  editState(edits: unknown): void;
  propagating(): unknown;
  letWindowPass(): void;
  requests(): unknown;
  clearRequests(): void;
  faults(): unknown;
  addFaults(faults: unknown): void;
  clearFaults(): void;
  dialects(): unknown;
  setDialects(dialects: unknown): void;
  settings(): unknown;
  configure(settings: unknown): void;
  push(stream: unknown): Promise<unknown>;
  deliveries(query: unknown): unknown;
  delivery(number: number): unknown;
  redeliver(number: number): Promise<unknown>;
  updates(after: string | undefined): unknown;
}

export interface AdminRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  body: string;
}

export type Admin = (request: AdminRequest) => Promise<{ status: number; body: unknown }>;

export function adminInterface(controls: Controls): Admin {
  const routes: Record<string, Record<string, (body: string, query: URLSearchParams, number: number) => unknown>> = {
    "/_emulator/state": {
      GET: () => controls.state(),
      PUT: (body) => {
        controls.setState(parse(body));
        return controls.state();
      },
      PATCH: (body) => {
        controls.editState(parse(body));
        return controls.state();
      },
    },
    "/_emulator/propagation": {
      GET: () => controls.propagating(),
      DELETE: () => controls.letWindowPass(),
    },
    "/_emulator/requests": {
      GET: () => controls.requests(),
      DELETE: () => controls.clearRequests(),
    },
    "/_emulator/faults": {
      GET: () => controls.faults(),
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
    "/_emulator/deliveries": { GET: (_, query) => controls.deliveries(Object.fromEntries(query)) },
    "/_emulator/deliveries/N": {
      GET: (_body, _query, number) => controls.delivery(number),
      POST: (_body, _query, number) => controls.redeliver(number),
    },
    "/_emulator/updates": { GET: (_, query) => controls.updates(query.get("after") ?? undefined) },
  };
  return async ({ method, path, query, body }) => {
    const [, number] = /^\/_emulator\/deliveries\/(\d{1,9})$/.exec(path) ?? [];
    const route = routes[number === undefined ? path : "/_emulator/deliveries/N"];
    if (route === undefined) {
      return { status: 404, body: { error: `nothing at ${path}; there is ${Object.keys(routes).join(", ")}` } };
    }
    const handle = route[method];
    if (handle === undefined) {
      return { status: 405, body: { error: `${path} takes ${Object.keys(route).join(" and ")}, not ${method}` } };
    }
    try {
      return { status: 200, body: (await handle(body, query, Number(number))) ?? {} };
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
