// Every message in the order of the wire: requests, answers, notifications, stderr, heads of HTTP, gaps.

import { button, h, toast } from "./dom.js";
import { EntryRows } from "./entry-rows.js";
import { Follow } from "./follow.js";
import * as format from "./format.js";
import { columnMenu, Grid } from "./grid.js";
import { RunEntryRows } from "./run-entries.js";
import { statusClass, statusText } from "./status-mark.js";

/** A link to a message further on than this does not load all that is before it. */
const REACH = 20_000;

const text = (value) => (cell, entry) => {
  cell.textContent = value(entry) ?? "";
};

const ARROWS = { c2s: "→", s2c: "←" };

/** What a message is; all else between messages is a line. */
const MESSAGES = new Set(["request", "notification", "response", "batch"]);

export class MessagesView {
  constructor(page) {
    this.page = page;
    this.keepsRow = true;
    this.asked = new Set();
    const { api } = page.app;
    this.rows = page.isRun ? new RunEntryRows(api, () => page.parts) : new EntryRows(api, page.id);
    this.rows.going = () => page.app.live.going();
    this.grid = new Grid({
      name: "messages", label: "messages", columns: this.columns(), empty: () => this.emptyText(),
      onmove: (index, isClick) => this.moved(index, isClick), onopen: () => this.open(),
    });
    this.rows.onchange = () => {
      this.grid.update();
      this.progressed();
    };
    this.searchButton = button("■ stop", "", () => this.stopOrGoOn(), { class: "tool wordy", hidden: true });
    this.rows.onfail = (error) => this.page.failed(error);
    this.follow = new Follow(this.grid);
    this.extra = [this.searchButton, this.follow.element, columnMenu(this.grid)];
    this.element = h("div", { class: "stack" }, this.grid.element);
    this.grid.setSource(this.rows);
  }

  columns() {
    const time = (entry, index, source) => {
      const { times } = this.page.app;
      if (times === "wall") return format.wallTime(this.page.began + entry.t_us);
      if (times === "relative") return format.offset(entry.t_us);
      const before = index > 0 ? source.row(index - 1) : undefined;
      return before ? "+" + format.offset(entry.t_us - before.t_us) : "";
    };
    return [
      ...(this.page.isRun ? [{ key: "server", title: "Server", width: 84, priority: 0,
        fill: text((e) => e.server) }] : []),
      { key: "seq", title: "Seq", hint: "sequence number", width: 58, priority: 5, align: "right",
        fill: text((e) => String(e.seq)) },
      { key: "time", title: "Time", width: format.timeWidth(this.page.app.times), priority: 3, align: "right",
        fill: (cell, entry, index, source) => {
          cell.textContent = time(entry, index, source);
        } },
      { key: "dir", title: "Dir", hint: "direction", width: 34, priority: 0, align: "centre",
        fill: text((e) => ARROWS[e.dir] ?? "") },
      { key: "exchange", title: "#", hint: "exchange", width: 52, priority: 2, align: "right",
        fill: text((e) => (e.exchange === undefined ? "" : `#${e.exchange}`)) },
      { key: "what", title: "What", width: 120, grow: 1, priority: 0, 
        fill: (cell, entry) => this.fillWhat(cell, entry) },
      { key: "kind", title: "Kind", width: 96, priority: 6,
        fill: (cell, entry) => {
          const status = entry.isToolError ? "tool_error" : entry.isError ? "error" : undefined;
          cell.textContent = status ? statusText(status) : entry.kind;
          cell.className = `cell ${status ? statusClass(status) : ""}`;
        } },
      { key: "size", title: "Size", width: 70, priority: 4, align: "right",
        fill: text((e) => format.size(e.bytes)) },
      { key: "preview", title: "Payload", width: 140, grow: 5, priority: 1,
        fill: (cell, entry) => {
          cell.textContent = entry.preview;
          // How far a line of a stack trace is indented says something.
          cell.className = "cell pre";
        } },
    ];
  }

  fillWhat(cell, entry) {
    const { kind } = entry;
    const asked = kind === "response" && entry.exchange !== undefined ? this.askedBy(entry) : entry;
    const what = asked?.method ?? { gap: "▲ gap", stderr: "⋮ stderr", http: "http" }[kind] ?? kind;
    cell.textContent = format.oneLine([what, asked?.name].filter(Boolean).join(" "), 200);
    cell.title = cell.textContent;
  }

  /** The exchange that an answer is of; it is asked for once when it is not here. */
  askedBy({ session, exchange }) {
    const { page } = this;
    const store = page.store ?? page.parts.find(({ id }) => id === session)?.store;
    const found = store?.get(exchange);
    const key = `${session} ${exchange}`;
    if (!found && store && !this.asked.has(key)) {
      this.asked.add(key);
      store.one(exchange).then(() => this.grid.draw(), () => {});
    }
    return found;
  }

  async apply(state) {
    const filter = state.q ?? "";
    // Without details the selected row is named as the rows name theirs.
    const key = this.page.isRun ? state.a : Number(state.a ?? 0);
    const target = state.m || state.i ? this.rows.keyOf(state) : key;
    if (filter !== this.filter) {
      this.filter = filter;
      const from = target > REACH ? target - 100 : 1;
      await this.rows.show(filter, from);
    }
    if (target && this.grid.activeKey !== target && (await this.rows.reach(target))) {
      this.grid.select(this.rows.indexOf(target), { quiet: true });
    }
  }

  selectedExchange() {
    return this.rows.row(this.grid.active)?.exchange;
  }

  summary() {
    const { rows } = this;
    const share = rows.filter && rows.next !== null ? rows.looked / Math.max(1, this.total) : undefined;
    const words = format.counted(this.messages, "message");
    return (this.messages === rows.count ? words : `${format.counted(rows.count, "line")} (${words})`)
      + (rows.isWhole ? " shown" : " so far")
      + (share === undefined ? "" : `, ${Math.min(99, Math.floor(100 * share))} % searched`);
  }

  /** How many of the rows are messages. */
  get messages() {
    const { list } = this.rows;
    if (this.counted?.list !== list || this.counted.end > list.length) {
      this.counted = { list, end: 0, messages: 0 };
    }
    const { counted } = this;
    for (; counted.end < list.length; counted.end += 1) {
      if (MESSAGES.has(list[counted.end].kind)) counted.messages += 1;
    }
    return counted.messages;
  }

  /** About how far the numbers of messages go. */
  get total() {
    return this.page.parts.reduce((all, { session: { messages, stderr_lines: lines = 0 } }) =>
      all + messages.c2s + messages.s2c + lines, 0);
  }

  // -- a search through payloads, which comes by and by

  progressed() {
    const { rows, searchButton } = this;
    const { isStopped, count } = rows;
    // With rows to scroll to the end of, scrolling searches on.
    searchButton.hidden = !rows.filter || rows.next === null || (!isStopped && count > 0);
    searchButton.textContent = isStopped ? "▶ go on" : "■ stop";
    searchButton.title = isStopped ? "search the rest" : "end the search; what was found stays (Esc)";
    this.page.describe();
  }

  stopOrGoOn() {
    if (this.rows.isStopped) this.rows.goOn();
    else this.rows.stop();
    this.progressed();
  }

  /** Ends a search that is under way; false when there is none. */
  stopSearch() {
    if (this.rows.isStopped || !this.rows.isSearching) return false;
    this.stopOrGoOn();
    return true;
  }

  emptyText() {
    return this.filter ? "No message matches the filter." : "Nothing was said.";
  }

  moved(index, isClick) {
    const isOpen = Boolean(this.page.app.state.m ?? this.page.app.state.i);
    if (isClick) {
      this.grid.focus();
      this.show(index, isOpen ? "replace" : "push");
    } else if (isOpen) {
      this.show(index, "soon");
    } else this.page.app.go({ a: this.rows.key(index) }, "soon");
  }

  open() {
    if (this.grid.active < 0) this.grid.step(1);
    this.show(this.grid.active, "push");
  }

  show(index, how) {
    const row = this.rows.row(index);
    if (row) this.page.openRow({ session: row.session, seq: row.seq }, how);
  }

  async seek(step) {
    for (let at = this.grid.active + step; at >= 0; at += step) {
      if (at >= this.rows.count) await this.rows.more();
      const entry = this.rows.row(at);
      if (!entry) break;
      if (entry.isError) {
        this.grid.select(at);
        return;
      }
    }
    toast(`no ${step > 0 ? "later" : "earlier"} error`);
  }

  pressed(key) {
    const act = {
      g: () => this.first(),
      n: () => this.seek(1),
      p: () => this.seek(-1),
      f: () => this.follow.toggle(),
    }[key];
    if (!act) return this.grid.act(key);
    act();
    return true;
  }

  async first() {
    if (this.rows.from > 1) await this.rows.show(this.filter);
    this.grid.step(-Infinity);
  }

  changed() {
    return this.rows.refresh();
  }

  redraw() {
    this.grid.setWidth("time", format.timeWidth(this.page.app.times));
    this.grid.draw();
  }

  focus() {
    this.grid.focus();
  }

  close() {
    this.grid.close();
  }
}
