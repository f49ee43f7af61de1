/** Opens a page in the user's browser. */
import { spawn } from "node:child_process";

/** The system's program that opens a URL in the default browser. */
function opener(): [command: string, ...args: string[]] {
  if (process.platform === "darwin") return ["open"];
  return process.platform === "win32" ? ["rundll32", "url.dll,FileProtocolHandler"] : ["xdg-open"];
}

/** @param failed called, now or later, if no browser could be started */
export function openBrowser(url: string, failed: () => void): void {
  const [command, ...args] = opener();
  const child = spawn(command, [...args, url], { stdio: "ignore", detached: true });
  child.once("error", failed).once("exit", (code) => {
    if (code !== 0) failed();
  });
  // The browser keeps running after this program, and this program doesn't wait for it.
  child.unref();
}
