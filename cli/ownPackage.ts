/** This package's package.json. A package can require itself by name, wherever its compiled files are. */
export const ownPackage: {
  version: string;
  engines: { node: string };
  peerDependencies: Record<string, string>;
} = require("pulumi-tencentcloud-lvb/package.json");
