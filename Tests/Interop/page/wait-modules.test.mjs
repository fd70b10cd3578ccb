// `node --test Tests/Interop/page`
import { test } from "node:test";
import { tests } from "./wait-modules.js";

for (const [name, run] of tests) test(name, run);
