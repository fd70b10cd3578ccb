// What can be copied of an exchange: lines, a command, a recording file, rules for replay and verify.

import { copy } from "./clipboard.js";
import { button, h, replace, toast } from "./dom.js";
import { curlCommand } from "./payload.js";
import { matchWords, rulesFor } from "./rule-words.js";

/** Hands a file to the reader: what it holds never becomes part of the page. */
export function save(name, content, type = "application/octet-stream") {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = h("a", { href: url, download: name, class: "unseen" }, name);
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
  toast(`saved ${name}`);
}

function withoutLineEnd(text) {
  return text.replace(/\r?\n$/, "");
}

/** The entries of the menu for what the pane shows: `[words, hint, act]`. */
function choices(pane) {
  const { exchange, sides } = pane.item;
  const list = [];
  for (const [name, side] of Object.entries(sides)) {
    if (side?.text === undefined) continue;
    const what = { request: "the request", response: "the answer" }[name] ?? "the message";
    list.push([`${what} as a JSON-RPC line`, "as it was sent, byte for byte where it is text",
      () => copy(withoutLineEnd(side.text), `${what} as a JSON-RPC line`)]);
  }
  if (!exchange) return list;
  if (sides.request?.text !== undefined) list.push(["a curl command", "what was masked is named in it",
    () => copyCurl(pane)]);
  const note = "with handshake and lists, as recorded: mcptape export also looks for secrets";
  list.push(["a recording file", note, () => withRecording(pane, (text) => copy(text, "a recording file"))],
    ["a recording file, saved", note, () => withRecording(pane, (text) =>
      save(`${pane.page.id}-${exchange.exchange}.mcptape.jsonl`, text, "application/jsonl"))]);
  for (const { text, note: hint } of rules(pane)) list.push([text, hint, () => copy(text, text)]);
  return list;
}

/** The rules for the value under the cursor, and the one for the whole request. */
function rules(pane) {
  const { exchange } = pane.item;
  const view = pane.rulesView?.();
  const path = view?.messagePath();
  const found = path ? rulesFor(view.side, path, exchange) : [];
  const words = matchWords(exchange);
  return [...found, ...(words ? [{ text: words, note: "replay: the arguments are not compared" }] : [])];
}

async function copyCurl(pane) {
  const near = pane.page.session.transport === "http" ? await pane.near() : [];
  copy(curlCommand(pane.item.sides.request.text,
    near.find((entry) => entry.http?.request)?.http.request), "a curl command");
}

async function withRecording(pane, act) {
  const { NotCopied, recordingOf } = await import("./recording-copy.js");
  try {
    act(await recordingOf(pane.api, pane.page.session, pane.item.exchange));
  } catch (error) {
    toast(error instanceof NotCopied ? `not copied: ${error.message}` : error.message);
  }
}

/** Fills the menu's box; `close` ends it. */
export function fillMenu(box, pane, close) {
  const items = choices(pane).map(([words, hint, act]) => button([h("span", {}, words),
    h("span", { class: "dim" }, hint)], words, () => {
    close();
    act();
  }, { class: "copy-item", role: "menuitem", tabIndex: -1 }));
  replace(box, items);
  box.onkeydown = (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1, Home: -Infinity, End: Infinity }[event.key];
    if (event.key === "Escape" || event.key === "Tab") close();
    else if (by === undefined) return;
    event.stopPropagation();
    if (event.key !== "Tab") event.preventDefault();
    if (by === undefined) return;
    const at = items.indexOf(document.activeElement);
    const to = Number.isFinite(by) ? (at + by + items.length) % items.length : by < 0 ? 0 : items.length - 1;
    items[to].focus();
  };
  items[0]?.focus();
}
