/**
 * Credentials in tccli's files, which Tencent's Terraform provider reads too: one JSON file for each profile
 * (https://github.com/TencentCloud/tencentcloud-cli, `tccli/configure.py`; `getConfigFromProfile` of
 * https://github.com/tencentcloudstack/terraform-provider-tencentcloud).
 */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Role } from "./assumedRole";
import { LiveError } from "./errors";

/** The content of the file; fields that are not text are ignored. */
export interface TccliCredential {
  secretId?: string;
  secretKey?: string;
  token?: string;
  role?: Role;
}

export interface TccliProfile {
  /** Where it is, as text for messages. */
  source: string;
  /** Whether a variable names it. Then no other source may be used instead. */
  named: boolean;
  /** Reads the file again each time: tccli renews temporary credentials in place. */
  getCredential(): Promise<TccliCredential>;
}

/** The profile that the environment names, or tccli's default. */
export function tccliProfile(env: NodeJS.ProcessEnv): TccliProfile {
  const { TENCENTCLOUD_PROFILE, TCCLI_PROFILE, TENCENTCLOUD_SHARED_CREDENTIALS_DIR } = env;
  if (TENCENTCLOUD_PROFILE && TCCLI_PROFILE && TENCENTCLOUD_PROFILE !== TCCLI_PROFILE) {
    throw new LiveError("TENCENTCLOUD_PROFILE and TCCLI_PROFILE name different profiles. Next: unset one of them", {
      kind: "auth",
    });
  }
  const name = TENCENTCLOUD_PROFILE || TCCLI_PROFILE || "default";
  const folder = TENCENTCLOUD_SHARED_CREDENTIALS_DIR?.replace(/^~(?=$|[\\/])/, homedir()) || join(homedir(), ".tccli");
  const file = join(folder, `${name}.credential`);
  return {
    source: `tccli profile ${name} (${file})`,
    named: Boolean(TENCENTCLOUD_PROFILE || TCCLI_PROFILE || TENCENTCLOUD_SHARED_CREDENTIALS_DIR),
    getCredential: async () => read(file, name),
  };
}

function read(file: string, name: string): TccliCredential {
  const fields = parse(file, name);
  const text = (field: string) => {
    const value = fields[field];
    return typeof value === "string" ? value.trim() : "";
  };
  if (fields.type === "cvm-role") {
    throw new Error("it means the role of the CVM; set TENCENTCLOUD_CAM_ROLE_NAME to use that role");
  }
  if (!text("secretId") || !text("secretKey")) throw new Error("secretId or secretKey is missing in it");
  // Written by `tccli auth login` and `tccli sso login`.
  const { expiresAt } = fields;
  if (typeof expiresAt === "number" && expiresAt * 1000 <= Date.now()) {
    const when = new Date(expiresAt * 1000).toISOString();
    throw new Error(`its temporary credentials expired at ${when}; any tccli command renews them, or log in again`);
  }
  const [arn, sessionName] = [text("role-arn"), text("role-session-name")];
  return {
    secretId: text("secretId"),
    secretKey: text("secretKey"),
    token: text("token"),
    ...(arn && { role: { arn, source: `role-arn of tccli profile ${name}`, ...(sessionName && { sessionName }) } }),
  };
}

function parse(file: string, name: string): Readonly<Record<string, unknown>> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const absent = error instanceof Error && "code" in error && error.code === "ENOENT";
    throw absent ? new Error(`not found; \`tccli configure --profile ${name}\` writes it`) : error;
  }
  try {
    return Object(JSON.parse(text));
  } catch {
    // The parser's message quotes the file, which may hold a key.
    throw new Error("it is not JSON");
  }
}
