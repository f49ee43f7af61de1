// Answers each message with the files of all modules that the process has loaded; ends it when nobody is there any more.
process.on("message", () => process.send(Object.keys(require.cache)));
process.on("disconnect", () => process.exit());
