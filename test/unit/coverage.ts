// For `npm run coverage`: Vitest ends its workers before they could write their coverage by themselves.
import { takeCoverage } from "node:v8";
import { afterAll } from "vitest";

afterAll(() => takeCoverage());
