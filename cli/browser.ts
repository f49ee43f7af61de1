/** Shows a page in the user's browser. */
import { spawn } from "node:child_process";

/** The program that opens an address with whatever the user has chosen for it. */
function opener(): [command: string, ...args: string[]] {
  if (process.platform === "darwin") return ["open"];
  return process.platform === "win32" ? ["rundll32", "url.dll,FileProtocolHandler"] : ["xdg-open"];
}

/** @param failed called if no browser could be started, now or a little later */
export function openBrowser(url: string, failed: () => void): void {
  const [command, ...args] = opener();
  const child = spawn(command, [...args, url], { stdio: "ignore", detached: true });
  child.once("error", failed).once("exit", (code) => {
    if (code !== 0) failed();
  });
  // The browser outlives this program, and does not keep it.
  child.unref();
}
