// One template of the account is declared here by hand; `import` adds the rest.
import * as pulumi from "@pulumi/pulumi";
import * as lvb from "pulumi-tencentcloud-lvb";

const config = new pulumi.Config();

new lvb.CallbackTemplate(
  "recordings",
  {
    templateName: "recordings",
    recordNotifyUrl: "https://archive.example.com/lvb",
    callbackKey: config.requireSecret("recordingsKey"),
  },
  // After the import, this has no effect and can be removed.
  { import: "1002" },
);
