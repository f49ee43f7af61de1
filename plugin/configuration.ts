/** The plugin's configuration from the engine, and all failures in it, by setting. */
import { isUnknown, unknownProperty } from "../provider/handlers/inputRules";
import type { CheckFailure, Values } from "../provider/handlers/session";
import { credentialSource } from "../provider/live/credentials";
import { LiveError, messageOf } from "../provider/live/errors";
import { type Configuration, readSettings, type SettingName, settingNames } from "../provider/live/settings";

/** Settings that the engine itself adds. */
const engineSettings: readonly string[] = ["version", "pluginDownloadURL"];

/** Settings as the engine passes them: text, or JSON for other values. */
export function configurationOf(args: Values): Configuration {
  return { namespace: "tencentcloud-lvb", get: (setting) => textOf(args[setting]) };
}

function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** All failures in a configuration. Only `allowedAccountIds` needs a call: STS returns the account id. */
export async function configurationFailures(news: Values, env: NodeJS.ProcessEnv): Promise<CheckFailure[]> {
  const isForEngine = (name: string) => name.startsWith("__") || engineSettings.includes(name);
  const isSetting = (name: string) => settingNames.some((setting) => setting === name);
  const unknown = Object.keys(news).filter((name) => !isSetting(name) && !isForEngine(name));
  const failures = [
    // The engine prints the value of a named property, and this one may be a misspelt secret.
    ...unknown.map((name) => ({
      property: "",
      reason: unknownProperty(name, "setting of tencentcloud-lvb", settingNames),
    })),
    ...settingNames.flatMap((name) => settingFailure(name, news[name])),
    ...halfPair(news),
  ];
  if (failures.length > 0 || settingNames.some((name) => isUnknown(news[name]))) return failures;
  return accountFailures(configurationOf(news), env);
}

function settingFailure(name: SettingName, value: unknown): CheckFailure[] {
  if (isUnknown(value)) return [];
  const only: Configuration = { ...configurationOf({ [name]: value }) };
  // The part of a URL before an @ may hold a password.
  const shown = String(value).includes("@") ? "" : name;
  return failureOf(shown, () => readSettings(only, {}));
}

function halfPair({ secretId, secretKey, securityToken }: Values): CheckFailure[] {
  const missing = secretId && !secretKey ? "secretKey" : secretKey && !secretId ? "secretId" : undefined;
  if (missing) return [{ property: missing, reason: `${missing} is missing: secretId and secretKey go together` }];
  if (!securityToken || secretId) return [];
  return [{ property: "secretId", reason: "secretId and secretKey are missing: securityToken belongs to such a pair" }];
}

/** Failures in the combination of configuration and environment. */
async function accountFailures(config: Configuration, env: NodeJS.ProcessEnv): Promise<CheckFailure[]> {
  const ofEnvironment = failureOf("", () => {
    credentialSource(config, env, readSettings(config, env), () => {});
  });
  const settings = ofEnvironment.length > 0 ? undefined : readSettings(config, env);
  if (!settings || settings.allowedAccountIds.length === 0) return ofEnvironment;
  const { connect } = await import("../provider/live/gateway.js");
  const live = connect(settings, config, env, () => {});
  // If STS doesn't answer, the first call of a resource fails with the reason.
  if ((await live.accountId().catch(() => undefined)) === undefined) return [];
  return live.ready().then(
    () => [],
    (error: unknown) => [{ property: "allowedAccountIds", reason: messageOf(error) }],
  );
}

function failureOf(property: string, read: () => unknown): CheckFailure[] {
  try {
    read();
    return [];
  } catch (error) {
    if (!(error instanceof LiveError)) throw error;
    return [{ property, reason: error.message }];
  }
}
