// Loaded into every Node.js process of a run (NODE_OPTIONS); does something in the provider process alone. Notes what
// loading the handlers took and loaded, when the first API call was sent, and at the end the peak of memory. With
// LVB_PROBE_PROFILE the CPU profile too. Writes to the file that LVB_PROBE names.
"use strict";

if (process.env.LVB_PROBE && process.argv[1]?.includes("dynamic-provider")) {
  const { writeFileSync } = require("node:fs");
  const Module = require("node:module");
  const { subscribe } = require("node:diagnostics_channel");
  const noted = {};
  let begun;
  let before = new Set();
  const loaded = () => Object.keys(require.cache).filter((file) => !before.has(file));
  const write = () => {
    noted.peakMemoryKB = process.resourceUsage().maxRSS;
    noted.cpuMs = process.cpuUsage().user / 1000 + process.cpuUsage().system / 1000;
    writeFileSync(process.env.LVB_PROBE, JSON.stringify(noted));
  };

  const { _load: load } = Module;
  Module._load = function (request, ...rest) {
    if (begun !== undefined || request !== "pulumi-tencentcloud-lvb/runtime") return load.call(this, request, ...rest);
    before = new Set(Object.keys(require.cache));
    begun = performance.now();
    const exported = load.call(this, request, ...rest);
    noted.requireMs = performance.now() - begun;
    noted.modules = loaded();
    Module._load = load;
    return exported;
  };

  subscribe("http.client.request.start", () => {
    if (begun === undefined || noted.firstCallMs !== undefined) return;
    noted.firstCallMs = performance.now() - begun;
    noted.modulesAtFirstCall = loaded();
  });

  let finish = write;
  if (process.env.LVB_PROBE_PROFILE) {
    const { Session } = require("node:inspector");
    const session = new Session();
    session.connect();
    session.post("Profiler.enable");
    session.post("Profiler.setSamplingInterval", { interval: 500 });
    session.post("Profiler.start");
    finish = () => {
      session.post("Profiler.stop", (_error, { profile }) => {
        noted.profile = profile;
        write();
      });
    };
  }
  // How the engine ends a provider.
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, () => {
      finish();
      process.exit();
    });
  }
}
