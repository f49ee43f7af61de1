/**
 * Pulumi's SDK keeps a stack trace for each of its promises, dozens per resource, and ts-node maps each one to the source.
 * That takes a third of a preview of 550 resources, and the SDK shows the traces only with PULUMI_DEBUG_PROMISE_LEAKS.
 * These traces have no frames until the returned function is called. Other traces don't change: the position of a resource
 * in the program, and the traces of errors.
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
