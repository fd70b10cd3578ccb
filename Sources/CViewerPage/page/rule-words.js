// The words with which `replay` and `verify` leave a value out or carry it over, for the value under the
// cursor. What they mean: docs/testing.md and docs/verify.md.

import { shellQuoted } from "./payload.js";

/** A JSON pointer of keys and indices. */
export function pointer(path) {
  return path.map((key) => "/" + String(key).replace(/~/g, "~0").replace(/\//g, "~1")).join("");
}

/** Which requests a rule is for: a tool's, a method's, or all where the name cannot be said. */
function scope({ method, name }) {
  if (method === "tools/call" && name) return name.includes(":/") ? "" : `tool:${name}:`;
  return method && !method.includes(":/") && !method.startsWith("/") ? `${method}:` : "";
}

/**
 * The rules for a value: `[{text, note}]`. `side` is `request` or `response`, `path` leads to the value from
 * the message's root. Empty where no rule can name it: outside of `params`, or the whole of it.
 */
export function rulesFor(side, path, exchange) {
  // `*` in a rule is any key, so that a key of that name cannot be said.
  if (path.includes("*")) return [];
  const flag = (name, place) => `--${name} ${shellQuoted(scope(exchange) + place)}`;
  if (side === "request") {
    if (path[0] !== "params" || path.length < 2 || exchange.asker !== "client") return [];
    return [{ text: flag("ignore", pointer(path.slice(1))), note: "replay: this value is not compared" }];
  }
  if (path.length < 2 || path[0] !== "result" || exchange.asker !== "client") return [];
  return [
    { text: flag("ignore", pointer(path)), note: "verify: this value is not compared" },
    { text: flag("bind", pointer(path)), note: "verify: later requests get the live value" },
  ];
}

/** A rule that needs no value: which facets of the request count. */
export function matchWords({ method, asker }) {
  if (asker !== "client") return undefined;
  if (method === "tools/call" || method === "prompts/get") return "--match name";
  return method === "resources/read" ? "--match uri" : undefined;
}
