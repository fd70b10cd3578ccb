// The details of one exchange or one message, in parts: what the model saw, both sides as JSON, the bytes,
// HTTP, timing.

import { button, copy, h, replace } from "./dom.js";
import * as format from "./format.js";
import { parseTree } from "./json-tree.js";
import { JsonView } from "./json-view.js";
import { curlCommand } from "./payload.js";
import { bytesView, httpView } from "./raw-view.js";
import { askedElements, resultElements } from "./result-view.js";
import { statusClass, statusText } from "./status-mark.js";
import { timingView } from "./timing-view.js";

const EXCHANGE_PARTS = [
  ["result", "Result"], ["request", "Request"], ["response", "Response"], ["raw", "Raw"], ["hex", "Hex"],
  ["http", "HTTP"], ["timing", "Timing"],
];
const MESSAGE_PARTS = [["message", "Message"], ["raw", "Raw"], ["hex", "Hex"]];
/** A body above this is fetched when it is asked for. */
const BODY_LIMIT = 8 << 20;
/** Around an exchange so many entries are searched for what belongs to it. */
const NEAR_LIMIT = 1000;

const utf8 = new TextDecoder();

export class DetailPane {
  constructor(page, element) {
    this.page = page;
    this.api = page.app.api;
    this.name = h("h2", { class: "details-title" });
    this.tabs = h("div", { class: "tabs small", role: "tablist", "aria-label": "parts of the details",
      onkeydown: (event) => this.tabPressed(event) });
    this.actions = h("div", { class: "details-actions" });
    this.body = h("div", { class: "details-body", role: "tabpanel", id: "details-part", tabIndex: 0 });
    replace(element, h("div", { class: "details-head" }, this.name, this.actions), this.tabs, this.body);
  }

  /** `what` is `i14` for an exchange, `m30` for a message. */
  async show(what, part) {
    if (what === this.what) {
      if (part !== this.wantedPart) this.showPart(part);
      return;
    }
    this.what = what;
    this.wantedPart = part;
    const number = Number(what.slice(1));
    this.turn = (this.turn ?? 0) + 1;
    const { turn } = this;
    try {
      const item = what[0] === "i" ? await this.loadExchange(number) : await this.loadMessage(number);
      if (turn !== this.turn) return;
      this.item = item;
      if (item) this.draw();
      else this.lacks(what[0] === "i" ? `There is no exchange #${number} in this session.`
        : `There is no message ${number}.`);
    } catch (error) {
      if (turn === this.turn) this.lacks(error.message);
    }
  }

  clear() {
    this.what = undefined;
    this.item = undefined;
    this.turn = (this.turn ?? 0) + 1;
    this.body.replaceChildren();
  }

  lacks(text) {
    this.item = undefined;
    replace(this.name, "");
    replace(this.tabs);
    replace(this.actions, this.closeButton());
    replace(this.body, h("p", { class: "notice" }, text));
  }

  async loadExchange(number) {
    const exchange = await this.page.store.one(number);
    if (!exchange) return undefined;
    const [request, response] = await Promise.all([
      this.load(exchange.request_seq, exchange.request_bytes),
      this.load(exchange.response_seq, exchange.response_bytes),
    ]);
    return { exchange, sides: { request, response } };
  }

  async loadMessage(sequence) {
    const { entries } = await this.api.of(this.page.id, "entries", { from: sequence, limit: 1 });
    const entry = entries[0];
    if (entry?.seq !== sequence) return undefined;
    const side = entry.kind === "gap" ? undefined : await this.load(sequence, entry.bytes);
    return { entry, sides: { message: side } };
  }

  /** The bytes of a message, as text, and as JSON when they are. */
  async load(sequence, size, isWanted = false) {
    if (sequence === undefined) return undefined;
    if (size > BODY_LIMIT && !isWanted) return { sequence, size, isLarge: true };
    let bytes;
    try {
      bytes = await this.api.bytes(this.page.id, sequence);
    } catch (error) {
      // Recorded without payloads, or too large for a page: the rest is known all the same.
      if (error.status !== 404 && error.status !== 413) throw error;
      return { sequence, size, problem: error.message };
    }
    const text = utf8.decode(bytes);
    return { sequence, size, bytes, text, root: parseTree(text) };
  }

  /** What else belongs to the exchange: progress, heads of HTTP, what was nested in it. */
  async near() {
    const { exchange } = this.item;
    this.item.near ??= this.api.all(this.page.id, "entries", {
      from: Math.max(1, exchange.request_seq - 8),
    }, exchange.response_seq === undefined ? 50 : Math.min(NEAR_LIMIT,
      exchange.response_seq - exchange.request_seq + 24))
      .then(({ items }) => {
        const request = items.find((entry) => entry.seq === exchange.request_seq);
        return items.filter((entry) => entry.exchange === exchange.exchange
          || (entry.http && entry.stream !== undefined && entry.stream === request?.stream));
      });
    return this.item.near;
  }

  // -- drawing

  draw() {
    const { exchange, entry } = this.item;
    if (exchange) this.drawExchangeHead(exchange);
    else this.drawMessageHead(entry);
    replace(this.actions, exchange ? this.neighbours() : this.exchangeOf(entry), this.copying(),
      this.closeButton());
    const parts = exchange ? this.partsOf(exchange) : MESSAGE_PARTS;
    this.parts = parts.map(([key]) => key);
    const numbers = this.numbered().map(([key]) => key);
    replace(this.tabs, parts.map(([key, title]) => h("button", {
      type: "button", role: "tab", class: "tab", id: `part-${key}`, "aria-controls": "details-part",
      title: `${title} (${numbers.indexOf(key) + 1})`, onclick: () => this.choose(key),
    }, title)));
    this.showPart(this.wantedPart);
  }

  drawMessageHead(entry) {
    const what = format.oneLine(entry.method ?? entry.kind, 80);
    replace(this.name, `message ${entry.seq}`, h("span", { class: "dim" }, ` ${what}`));
  }

  neighbours() {
    const go = (step) => () => this.page.view.sameKind?.(step);
    return [
      button("‹", "previous call of the same tool (,)", go(-1), { class: "tool" }),
      button("›", "next call of the same tool (.)", go(1), { class: "tool" }),
    ];
  }

  exchangeOf(entry) {
    if (entry.exchange === undefined) return undefined;
    const open = () => this.page.app.go({ v: undefined, i: entry.exchange, m: undefined, q: undefined });
    return button(`#${entry.exchange}`, "its exchange", open, { class: "tool wordy" });
  }

  copying() {
    const { exchange, sides } = this.item;
    const facts = { class: "tool wordy" };
    const line = (sides.request ?? sides.message)?.text !== undefined;
    return [
      line ? button("copy line", "copy as a JSON-RPC line (c)", () => this.copyLine(), facts) : undefined,
      exchange ? button("copy curl", "copy as a curl command", () => this.copyCurl(), facts) : undefined,
    ];
  }

  numbered() {
    return this.item?.entry ? MESSAGE_PARTS : EXCHANGE_PARTS;
  }

  partsOf(exchange) {
    const isHTTP = this.page.session.transport === "http";
    return EXCHANGE_PARTS.filter(([key]) =>
      (key !== "http" || isHTTP) && (key !== "response" || exchange.response_seq !== undefined));
  }

  drawExchangeHead(exchange) {
    const what = exchange.name && exchange.method === "tools/call" ? exchange.name : exchange.method;
    replace(this.name, h("span", { class: "dim" }, `#${exchange.exchange} `), format.oneLine(what, 120), " ",
      h("span", { class: statusClass(exchange.status) }, statusText(exchange.status)),
      h("span", { class: "dim" }, " " + format.duration(exchange.duration_us)));
    this.name.title = format.oneLine(`${exchange.method} ${exchange.name ?? ""}`, 400);
  }

  closeButton() {
    return button("✕", "close the details (Esc)", () => this.page.app.go({ i: undefined, m: undefined,
      d: undefined }),
      { class: "tool" });
  }

  choose(key) {
    this.page.app.go({ d: key === this.parts[0] ? undefined : key }, "replace");
  }

  showPart(part) {
    this.wantedPart = part;
    if (!this.item) return;
    const key = this.parts.includes(part) ? part : this.parts[0];
    for (const tab of this.tabs.children) {
      const isThis = tab.id === `part-${key}`;
      tab.setAttribute("aria-selected", String(isThis));
      tab.tabIndex = isThis ? 0 : -1;
    }
    this.body.setAttribute("aria-labelledby", `part-${key}`);
    this.body.scrollTop = 0;
    replace(this.body, this.elements(key));
  }

  elements(key) {
    const { exchange, entry, sides } = this.item;
    const { request, response, message } = sides;
    switch (key) {
      case "result": return [
        h("h3", { class: "label" }, exchange.method === "tools/call" ? "arguments" : "asked"),
        this.orLarge(request, (side) => askedElements(side.root, exchange)),
        h("h3", { class: "label" }, exchange.asker === "client" ? "result, as the model received it"
          : "answer"),
        response ? this.orLarge(response, (side) => resultElements(side.root)) : this.noAnswer(exchange)];
      case "request": return this.orLarge(request, (side) =>
        new JsonView(side.text, { label: "request", depth: 4 }).element);
      case "response": return this.orLarge(response, (side) =>
        new JsonView(side.text, { label: "response" }).element);
      case "message": return this.messageElements(entry, message);
      case "raw":
      case "hex": return Object.entries(sides).filter(([, side]) => side).map(([name, side]) =>
        [h("h3", { class: "label" }, `${name} · ${format.size(side.size)}`),
          this.orLarge(side, () => bytesView(side, key))]);
      case "http": return this.later(httpView);
      default: return this.later((near) => timingView(exchange, near, this.page));
    }
  }

  messageElements(entry, message) {
    if (entry.kind === "gap") return new JsonView(JSON.stringify(entry), { label: "gap" }).element;
    if (entry.http) return httpView([entry]);
    return this.orLarge(message, (side) => new JsonView(side.text, { label: "message", depth: 4 }).element);
  }

  noAnswer(exchange) {
    const why = exchange.status === "cancelled" ? "It was cancelled: no answer came."
      : "No answer was recorded.";
    return h("p", { class: "notice" }, why);
  }

  /** What is too large to fetch unasked is fetched by a button. */
  orLarge(side, draw) {
    if (side.problem) return h("p", { class: "notice" }, side.problem);
    if (!side.isLarge) return draw(side);
    const place = h("div", {});
    replace(place, button(`load ${format.size(side.size)}`, "load this body", async () => {
      replace(place, h("p", { class: "dim" }, "Loading…"));
      try {
        Object.assign(side, await this.load(side.sequence, side.size, true), { isLarge: false });
        replace(place, this.orLarge(side, draw));
      } catch (error) {
        replace(place, h("p", { class: "notice" }, error.message));
      }
    }, { class: "tool wordy" }));
    return place;
  }

  later(draw) {
    const place = h("div", {}, h("p", { class: "dim" }, "Loading…"));
    this.near().then((near) => replace(place, draw(near)), (error) =>
      replace(place, h("p", { class: "notice" }, error.message)));
    return place;
  }

  // -- acting

  copyLine() {
    const side = this.item?.sides.request ?? this.item?.sides.message;
    if (side?.text !== undefined) copy(side.text.replace(/\r?\n$/, ""), "the JSON-RPC line");
  }

  async copyCurl() {
    const { request } = this.item.sides;
    const near = this.page.session.transport === "http" ? await this.near() : [];
    copy(curlCommand(request.text ?? "", near.find((entry) => entry.http?.request)?.http.request),
      "a curl command");
  }

  pressed(key) {
    if (key === "c" && this.item) {
      this.copyLine();
      return true;
    }
    // A part has its number also where another one is lacking.
    const part = this.numbered()[Number(key) - 1]?.[0];
    if (!part) return false;
    if (this.parts?.includes(part)) this.choose(part);
    return true;
  }

  tabPressed(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    const now = [...this.tabs.children].findIndex((tab) => tab.tabIndex === 0);
    this.choose(this.parts[(now + by + this.parts.length) % this.parts.length]);
    this.tabs.querySelector("[tabindex='0']")?.focus();
  }

  /** A pending exchange may have its answer now. */
  async changed() {
    const shown = this.item?.exchange;
    if (!shown || shown.status !== "pending") return;
    const now = await this.page.store.one(shown.exchange);
    if (!now || now.status === "pending" || this.item?.exchange !== shown) return;
    const { what, wantedPart } = this;
    this.what = undefined;
    this.show(what, wantedPart);
  }
}
