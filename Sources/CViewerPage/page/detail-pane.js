// The details of one exchange or one message, in parts: what the model saw, both sides as JSON, the bytes,
// HTTP, timing.

import { fillMenu, save } from "./copy-menu.js";
import { partElements } from "./detail-parts.js";
import { copy } from "./clipboard.js";
import { button, h, replace, toast } from "./dom.js";
import * as format from "./format.js";
import { viewOf } from "./json-view.js";
import { entriesNear, loadBody, loadExchange, loadMessage } from "./loaded-bodies.js";
import { comparing, isMarked, toggleMark } from "./marked.js";
import { SearchInside } from "./search-inside.js";
import { isForDetails } from "./split.js";
import { statusClass, statusText } from "./status-mark.js";

const EXCHANGE_PARTS = [
  ["result", "Result"], ["request", "Request"], ["response", "Response"], ["raw", "Raw"], ["hex", "Hex"],
  ["http", "HTTP"], ["timing", "Timing"], ["diff", "Diff"],
];
const MESSAGE_PARTS = [["message", "Message"], ["raw", "Raw"], ["hex", "Hex"]];

export class DetailPane {
  constructor(page, element) {
    this.page = page;
    this.api = page.app.api;
    /** Keys that were typed before what they are about was there. */
    this.early = [];
    this.name = h("h2", { class: "details-title" });
    this.tabs = h("div", { class: "tabs small", role: "tablist", "aria-label": "parts of the details",
      onkeydown: (event) => this.tabPressed(event) });
    this.actions = h("div", { class: "details-actions" });
    this.body = h("div", { class: "details-body", role: "tabpanel", id: "details-part", tabIndex: 0,
      // Where the cursor was last, for the rules of the menu.
      onfocusin: (event) => { this.lastTree = event.target.closest(".json") ?? this.lastTree; } });
    this.searchPlace = h("div", {});
    replace(element, h("div", { class: "details-head" }, this.name, this.actions), this.tabs,
      this.searchPlace, this.body);
    this.isLinked = Boolean(page.app.state.f);
    if (this.isLinked) this.startSearch(page.app.state.f);
  }

  /** `what` is `i14` for an exchange, `m30` for a message. */
  async show(what, part) {
    if (what === this.what) {
      const isOther = part === "diff" && this.shownOther !== this.page.app.state.c;
      if (part !== this.wantedPart || isOther) this.showPart(part);
      return;
    }
    // What was typed for another one that never came is not done to this one.
    if (this.what) this.early = [];
    this.what = what;
    this.wantedPart = part;
    const number = Number(what.slice(1));
    this.turn = (this.turn ?? 0) + 1;
    const { turn } = this;
    try {
      const item = what[0] === "i" ? await this.loadExchange(number)
        : await loadMessage(this.page, number);
      if (turn !== this.turn) return;
      this.item = item;
      this.shownWhat = what;
      if (item) {
        this.draw();
        for (const key of this.early.splice(0)) this.pressed(key);
      } else this.lacks(what[0] === "i" ? `There is no exchange #${number} in this session.`
        : `There is no message ${number}.`);
    } catch (error) {
      if (turn === this.turn) this.lacks(error.message);
    }
  }

  clear() {
    this.what = this.shownWhat = undefined;
    this.item = undefined;
    this.early = [];
    this.turn = (this.turn ?? 0) + 1;
    this.endSearch();
    this.body.replaceChildren();
    this.widen(false);
  }

  lacks(text) {
    this.item = undefined;
    this.shownWhat = this.what;
    this.early = [];
    replace(this.name, "");
    replace(this.tabs);
    replace(this.actions, this.closeButton());
    replace(this.body, h("p", { class: "notice" }, text));
  }

  loadExchange(number, session = this.page.id) {
    return loadExchange(this.page, number, session);
  }

  async near() {
    this.item.near ??= entriesNear(this.page, this.item.exchange);
    return this.item.near;
  }

  // -- drawing

  draw() {
    const { exchange, entry } = this.item;
    if (exchange) this.drawExchangeHead(exchange);
    else this.drawMessageHead(entry);
    this.drawActions();
    const parts = exchange ? this.partsOf(exchange) : MESSAGE_PARTS;
    this.parts = parts.map(([key]) => key);
    const numbers = this.numbered().map(([key]) => key);
    replace(this.tabs, parts.map(([key, title]) => h("button", {
      type: "button", role: "tab", class: "tab", id: `part-${key}`, "aria-controls": "details-part",
      title: `${title} (${numbers.indexOf(key) + 1})`, onclick: () => this.choose(key),
    }, title)));
    this.showPart(this.wantedPart);
  }

  drawActions() {
    if (!this.item) return;
    const { exchange, entry } = this.item;
    replace(this.actions, exchange ? this.neighbours() : this.exchangeOf(entry), this.copying(),
      this.closeButton());
  }

  drawMessageHead(entry) {
    const what = format.oneLine(entry.method ?? entry.kind, 80);
    replace(this.name, h("span", { class: "details-what" }, `message ${entry.seq}`,
      h("span", { class: "dim" }, ` ${what}`)));
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
    const hasMark = isMarked(this.page.id, exchange?.exchange);
    const box = h("div", { class: "menu-box", role: "menu", "aria-label": "copy as" });
    this.menu = h("details", { class: "menu copy-menu", ontoggle: () => this.fillMenu(box) },
      h("summary", { class: "wordy", title: "copy as (y)" }, "copy ▾"), box);
    return [
      line ? button("copy line", "copy as a JSON-RPC line (c)", () => this.copyLine(), facts) : undefined,
      line || exchange ? this.menu : undefined,
      exchange ? button(hasMark ? "◆" : "◇", "mark for a comparison (m); d on another compares",
        () => this.mark(), { class: "tool", "aria-pressed": String(hasMark) }) : undefined,
    ];
  }

  // The browser tells of an open menu later than the next key may come.
  openMenu() {
    if (!this.menu.isConnected) return;
    this.menu.open = true;
    this.fillMenu(this.menu.lastChild);
  }

  fillMenu(box) {
    if (!this.menu.open || box.contains(document.activeElement)) return;
    fillMenu(box, this, () => {
      this.menu.open = false;
      this.body.focus({ preventScroll: true });
    });
  }

  /** The tree whose value the rules of the menu are about. */
  rulesView() {
    const isHere = this.lastTree && this.body.contains(this.lastTree);
    const view = viewOf(isHere ? this.lastTree : this.body.querySelector(".json"));
    return view?.side ? view : undefined;
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
    // A long name is cut before anything else of it.
    replace(this.name, h("span", { class: "details-what" },
      h("span", { class: "dim" }, `#${exchange.exchange} `), format.oneLine(what, 200)),
    h("span", { class: statusClass(exchange.status) }, statusText(exchange.status)),
    h("span", { class: "dim" }, format.duration(exchange.duration_us)));
    this.name.title = format.oneLine(`${exchange.method} ${exchange.name ?? ""}`, 400);
  }

  closeButton() {
    return button("✕", "close the details (Esc)", () => this.page.closeDetails(), { class: "tool" });
  }

  choose(key) {
    if (key === "diff") this.compare();
    else this.page.app.go({ d: key === this.parts[0] ? undefined : key }, "replace");
  }

  // Two sides need room; the table gets it back.
  widen(isWide) {
    this.body.closest(".split")?.classList.toggle("is-wide", isWide);
  }

  showPart(part) {
    this.wantedPart = part;
    if (!this.item) return;
    const key = this.parts.includes(part) ? part : this.parts[0];
    for (const tab of this.tabs.children) {
      const isThis = tab.id === `part-${key}`;
      tab.setAttribute("aria-selected", String(isThis));
      tab.tabIndex = isThis ? 0 : -1;
      // On a small screen the last ones are out of sight.
      if (isThis) tab.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
    this.body.setAttribute("aria-labelledby", `part-${key}`);
    this.body.scrollTop = 0;
    this.shownOther = this.page.app.state.c;
    this.widen(key === "diff");
    replace(this.body, partElements(this, key));
    this.search?.run();
    // A link with a text leads to its first place.
    if (this.isLinked) this.search?.step(1);
    this.isLinked = false;
  }

  /** What is too large to fetch unasked is fetched by a button. */
  orLarge(side, draw) {
    if (side.problem) return h("p", { class: "notice" }, side.problem);
    if (!side.isLarge) return draw(side);
    const place = h("div", {});
    replace(place, button(`load ${format.size(side.size)}`, "load this body", async () => {
      replace(place, h("p", { class: "dim" }, "Loading…"));
      try {
        const body = await loadBody(this.api, this.page.id, side.sequence, side.size, true);
        Object.assign(side, side.own?.(body) ?? body, { isLarge: false });
        replace(place, this.orLarge(side, draw));
        this.search?.run();
      } catch (error) {
        replace(place, h("p", { class: "notice" }, error.message));
      }
    }, { class: "tool wordy" }));
    return place;
  }

  later(task, draw) {
    const place = h("div", {}, h("p", { class: "dim" }, "Loading…"));
    task.then((found) => {
      replace(place, draw(found));
      this.search?.run();
    }, (error) => replace(place, h("p", { class: "notice" }, error.message)));
    return place;
  }

  // -- acting

  copyLine() {
    const side = this.item?.sides.request ?? this.item?.sides.message;
    if (side?.text !== undefined) copy(side.text.replace(/\r?\n$/, ""), "the JSON-RPC line");
  }

  saveBytes(name, side) {
    const { exchange, entry } = this.item;
    save(`${this.page.id}-${exchange ? exchange.exchange : `message-${entry.seq}`}-${name}.bin`, side.bytes);
  }

  /** A box to find a text in the part that is in sight. */
  startSearch(text = "") {
    if (!this.search) {
      this.search = new SearchInside(this.body, text, (typed) => {
        this.page.app.go({ f: typed || undefined }, "soon");
        if (!typed) this.endSearch();
      });
      replace(this.searchPlace, this.search.element);
      if (this.item) this.search.run();
    }
    if (!text) this.search.focus();
  }

  endSearch() {
    this.search?.close();
    this.search = undefined;
    replace(this.searchPlace);
  }

  pressed(key) {
    if (this.what && this.shownWhat !== this.what) return isForDetails(key) && this.early.push(key) > 0;
    const act = this.item && {
      c: () => this.copyLine(),
      y: () => this.openMenu(),
      s: () => this.startSearch(),
      m: () => this.mark(),
      d: () => this.compare(),
      N: () => this.search?.step(1),
      P: () => this.search?.step(-1),
    }[key];
    if (act) {
      act();
      return true;
    }
    // A part has its number also where another one is lacking.
    const part = this.numbered()[Number(key) - 1]?.[0];
    if (!part) return false;
    if (this.parts?.includes(part)) this.choose(part);
    return true;
  }

  mark() {
    toggleMark(this.page.id, this.item.exchange?.exchange ?? this.item.entry.exchange);
    this.drawActions();
    this.page.redraw?.();
  }

  compare() {
    const number = this.item.exchange?.exchange ?? this.item.entry.exchange;
    if (!number) toast("this message belongs to no exchange");
    else this.page.app.go(comparing(this.page.id, number), "replace");
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

  /** A pending exchange may have its answer now; `going` settles when that may be shown. */
  async changed(going) {
    const { item } = this;
    if (item?.exchange?.status !== "pending") return;
    const number = item.exchange.exchange;
    const now = await this.page.store.one(number);
    if (!now || now.status === "pending") return;
    // Where that fails it is as pending as before, and asked for again.
    const answered = await this.loadExchange(number).catch(() => undefined);
    await going?.();
    if (!answered || this.item !== item) return;
    this.item = answered;
    this.draw();
  }
}
