// For `npm run coverage`: a worker of the tests is ended before it could say by itself what of the code it has run.
import { takeCoverage } from "node:v8";
import { afterAll } from "vitest";

afterAll(() => takeCoverage());
