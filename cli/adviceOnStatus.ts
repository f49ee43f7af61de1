/** What to check if a receiver answers with this status; undefined: it didn't answer. */
export function adviceOnStatus(status: number | undefined): string {
  switch (status) {
    case 401:
    case 403:
      return "compare its key with the template's callbackKey; `pulumi refresh --preview-only` shows an update if someone changed that";
    case 404:
    case 405:
      return "compare the path of the URL with the one that it serves";
    default:
      return "look at its log";
  }
}
