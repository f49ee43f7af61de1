// Answers each message with the files of all modules that the process has loaded.
process.on("message", () => process.send(Object.keys(require.cache)));
