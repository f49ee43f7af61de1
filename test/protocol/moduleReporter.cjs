// Answers "modules" with the files of all modules that the process has loaded; ends it when nobody is there any more.
process.on("message", (message) => {
  if (message === "modules") process.send(Object.keys(require.cache));
});
process.on("disconnect", () => process.exit());
