// The environment in which tests and demo run the Pulumi CLI: a temporary backend and home, and nothing of the user: no
// account, no proxy, no stack. Only variables that every program needs are passed on.
import { delimiter, dirname, join, resolve } from "node:path";

const systemVariables = ["SystemRoot", "ComSpec", "PATHEXT", "LANG"];

export interface PulumiFolders {
  /** The folder of the CLI. */
  cli: string;
  home: string;
  backend: string;
}

export function pulumiEnvironment({ cli, home, backend }: PulumiFolders): NodeJS.ProcessEnv {
  return {
    ...Object.fromEntries(systemVariables.map((name) => [name, process.env[name]])),
    // Program and provider run with this Node.js, not with another one of the machine.
    PATH: [cli, dirname(process.execPath), process.env.PATH].join(delimiter),
    HOME: home,
    // Without HOME, the CLI would find the user's home and plugins.
    PULUMI_HOME: join(home, ".pulumi"),
    USERPROFILE: home,
    // ts-node leaves a cache there.
    TMPDIR: home,
    TEMP: home,
    TMP: home,
    PULUMI_BACKEND_URL: `file://${backend.replaceAll("\\", "/")}`,
    PULUMI_CONFIG_PASSPHRASE: "a throw-away stack",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    // Node.js compiles the SDK once for all runs, not for each process, which saves a tenth of the time of an `up`.
    NODE_COMPILE_CACHE: resolve(import.meta.dirname, "../../node_modules/.cache/compile"),
  };
}
