// How a row of a table shows an exchange.

import { h } from "./dom.js";
import * as format from "./format.js";
import { statusClass, statusText } from "./status-mark.js";

/** A cell that is filled with the text that `value` gives. */
export const text = (value) => (cell, row) => {
  cell.textContent = value(row) ?? "";
};

/** What the row belongs to, before its name: a server's question, a later round of an operation. */
function nesting(exchange, place) {
  const space = "  ".repeat(Math.min(8, place?.depth ?? 1));
  if (exchange.asker === "server") return exchange.parent ? `${space}↳ ` : "← ";
  const isLater = exchange.chain !== undefined && exchange.chain !== exchange.exchange;
  return isLater ? `${space}↻ ` : "";
}

function rounds(place) {
  if (!place || place.rounds < 2) return "";
  return place.round === 1 ? ` · ${place.rounds} rounds` : ` · round ${place.round}`;
}

export function fillWhat(cell, exchange, index, source) {
  let [name, method] = [cell.children[0], cell.children[1]];
  if (!name) {
    name = h("span", { class: "what" });
    method = h("span", { class: "dim" });
    cell.replaceChildren(name, method);
  }
  const place = source?.place?.(exchange);
  const nested = nesting(exchange, place);
  const isCall = exchange.method === "tools/call" && exchange.name;
  const [first, second] = isCall ? [exchange.name, exchange.method] : [exchange.method, exchange.name ?? ""];
  name.textContent = nested + format.oneLine(first, 200);
  method.textContent = (second ? " " + format.oneLine(second, 200) : "") + rounds(place);
  cell.title = nested + format.oneLine([first, second].join(" "), 400);
}

export function fillStatus(cell, exchange) {
  cell.textContent = statusText(exchange.status);
  cell.className = `cell ${statusClass(exchange.status)}`;
  const { code = "no code", message } = exchange.error ?? {};
  cell.title = exchange.error ? format.oneLine(`${code}: ${message}`, 300) : "";
}

// To who waits, a chain of rounds is one call: its first row says how long all of it took.
function fillTook(cell, exchange, index, source) {
  const took = source?.took ? source.took(exchange) : exchange.duration_us;
  cell.textContent = format.duration(took);
  cell.title = took === exchange.duration_us ? "" : `the whole operation; this round took ${
    format.duration(exchange.duration_us)}`;
}

/** The columns that say how long it took and how large it was. */
export const MEASURES = [
  { key: "duration", title: "Took", hint: "duration", width: 74, priority: 0, align: "right", sort: true,
    fill: fillTook },
  { key: "first", title: "First", hint: "time to the first event", width: 74, priority: 5, align: "right",
    sort: true, fill: text((e) => format.duration(e.first_event_us)) },
  { key: "in", title: "Asked", hint: "bytes asked", width: 72, priority: 6, align: "right", sort: true,
    fill: text((e) => format.size(e.request_bytes)) },
  { key: "out", title: "Answer", hint: "bytes answered", width: 72, priority: 4, align: "right", sort: true,
    fill: text((e) => (e.response_seq === undefined ? "" : format.size(e.response_bytes))) },
];
