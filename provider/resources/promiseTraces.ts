/**
 * Pulumi's SDK keeps a stack trace of each of its promises, dozens for a resource, and ts-node maps each to the source:
 * a third of a preview of 550 resources. It shows them only with PULUMI_DEBUG_PROMISE_LEAKS. Until the function that
 * this returns is called, these traces have no frames. All others stay as they are: the position of the resource in the
 * program, and the traces of errors.
 */
export function skipPromiseTraces(): () => void {
  if (process.env.PULUMI_DEBUG_PROMISE_LEAKS) return () => {};
  const former = Error.prepareStackTrace;
  const skipping: typeof former = (error, sites) =>
    sites[0]?.getFunctionName() === "debuggablePromise" ? String(error) : (former ?? asNodeDoes)(error, sites);
  Error.prepareStackTrace = skipping;
  return () => {
    // A transformation may have set another one.
    if (Error.prepareStackTrace === skipping) Error.prepareStackTrace = former;
  };
}

function asNodeDoes(error: Error, sites: readonly NodeJS.CallSite[]): string {
  return [String(error), ...sites.map((site) => `    at ${site}`)].join("\n");
}
