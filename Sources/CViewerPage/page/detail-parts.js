// The parts of the details, each as its elements: what the model saw, both sides as JSON, the bytes, HTTP.

import { batchNote } from "./batch-members.js";
import { h } from "./dom.js";
import * as format from "./format.js";
import { JsonView } from "./json-view.js";
import { bytesView, httpView } from "./raw-view.js";
import { askedElements, resultElements } from "./result-view.js";
import { relativesOf, timingView } from "./timing-view.js";

/** The elements of the part `key` of what the pane shows. */
export function partElements(pane, key) {
  const { exchange, entry, sides } = pane.item;
  const { request, response, message } = sides;
  switch (key) {
    case "result": return resultPart(pane);
    case "request": return pane.orLarge(request, (side) => [batchLine(side),
      new JsonView(side.text, { label: "request", depth: 4, side: key, exchange, isPart: true }).element]);
    case "response": return pane.orLarge(response, (side) => [batchLine(side),
      new JsonView(side.text, { label: "response", side: key, exchange, isPart: true }).element]);
    case "message": return messageElements(pane, entry, message);
    case "raw":
    case "hex": return Object.entries(sides).filter(([, side]) => side).map(([name, side]) =>
      [h("h3", { class: "label" }, `${name} · ${format.size(side.size)}${batchNote(side)}`),
        pane.orLarge(side, () => bytesView(side, key, () => pane.saveBytes(name, side)))]);
    case "http": return pane.later(pane.near(), httpView);
    case "diff": return pane.later(import("./diff-view.js"), ({ DiffView }) =>
      new DiffView(pane, () => pane.search?.run()).element);
    default: return pane.later(Promise.all([pane.near(), relativesOf(exchange, pane.page)]),
      ([near, kin]) => timingView(exchange, near, pane.page, kin));
  }
}

function resultPart(pane) {
  const { exchange, sides: { request, response } } = pane.item;
  const asked = exchange.method === "tools/call" ? "arguments" : "asked";
  // What asks back is for the client: no model has seen it.
  const asksBack = exchange.result_type === "input_required";
  const answered = exchange.asker !== "client" ? "answer" : asksBack ? "asks back, for the client"
    : "result, as the model received it";
  return [
    h("h3", { class: "label" }, asked + batchNote(request)),
    pane.orLarge(request, (side) => askedElements(side.root, exchange)),
    h("h3", { class: "label" }, answered + batchNote(response)),
    response ? pane.orLarge(response, (side) => resultElements(side.root, exchange)) : noAnswer(exchange),
  ];
}

function batchLine(side) {
  if (!side.batch) return undefined;
  const { at, count, size } = side.batch;
  return h("p", { class: "dim" },
    `message ${at + 1} of ${count} in a batch of ${format.size(size)} (seq ${side.sequence})`);
}

function messageElements(pane, entry, message) {
  if (entry.kind === "gap") {
    return new JsonView(JSON.stringify(entry), { label: "gap", isPart: true }).element;
  }
  if (entry.http) return httpView([entry]);
  return pane.orLarge(message, (side) =>
    new JsonView(side.text, { label: "message", depth: 4, isPart: true }).element);
}

function noAnswer(exchange) {
  const why = exchange.status === "cancelled" ? "It was cancelled: no answer came."
    : "No answer was recorded.";
  return h("p", { class: "notice" }, why);
}
