// `node --test Tests/Interop/page`
import { test } from "node:test";
import { tests } from "./pace-modules.js";

for (const [name, run] of tests) test(name, run);
