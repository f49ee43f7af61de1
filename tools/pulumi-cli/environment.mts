// The environment in which tests and demo run the Pulumi CLI: a throw-away backend and home, and nothing of whoever runs
// them – no account, no proxy, no stack. Only what programs need in order to run at all is passed on.
import { delimiter, dirname, join, resolve } from "node:path";

const systemVariables = ["SystemRoot", "ComSpec", "PATHEXT", "LANG"];

export interface PulumiFolders {
  /** Where the CLI is. */
  cli: string;
  home: string;
  backend: string;
}

export function pulumiEnvironment({ cli, home, backend }: PulumiFolders): NodeJS.ProcessEnv {
  return {
    ...Object.fromEntries(systemVariables.map((name) => [name, process.env[name]])),
    // This Node.js, not whatever else the machine has, runs program and provider.
    PATH: [cli, dirname(process.execPath), process.env.PATH].join(delimiter),
    HOME: home,
    // The CLI finds the home of whoever runs it without HOME, and with it their plugins.
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
    // Node.js compiles the SDK once for all runs, not for each of their processes: a tenth of the time of an `up`.
    NODE_COMPILE_CACHE: resolve(import.meta.dirname, "../../node_modules/.cache/compile"),
  };
}
