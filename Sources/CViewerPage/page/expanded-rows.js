// The rows of exchanges with the messages of those that are unfolded between them. What the server asked
// meanwhile stands under its parent, one step further in.

import { summaryOf } from "./entry-rows.js";
import * as format from "./format.js";
import { colour } from "./theme.js";

/** Messages of one exchange that become rows; the rest are in Messages. */
const LIMIT = 1000;
/** Exchanges that are unfolded at one time. */
const FOLDS = 20;

const ARROWS = { c2s: "→", s2c: "←" };

/** The keys in the address: numbers, `10,14`, or where there are several sessions `7k2f@10,myka@14`. */
export function parseFolds(text) {
  const keys = (text ?? "").split(",").filter((part) => /^(.+@)?\d{1,15}$/.test(part))
    .map((part) => (part.includes("@") ? part : Number(part)));
  return [...new Set(keys)].slice(-FOLDS);
}

/** What a key names. */
function named(key) {
  const at = String(key).lastIndexOf("@");
  return at < 0 ? { number: key } : { session: key.slice(0, at), number: Number(key.slice(at + 1)) };
}

export class ExpandedRows {
  /** `base` are the rows of exchanges; `onload` is called when messages have come. */
  constructor(base, page, onload) {
    Object.assign(this, { base, page, onload });
    this.blocks = new Map();
    this.placed = [];
  }

  /** Which exchanges are unfolded now. */
  show(keys) {
    for (const key of this.blocks.keys()) if (!keys.includes(key)) this.blocks.delete(key);
    for (const key of keys) if (!this.blocks.has(key)) this.load(key);
    this.layout();
    this.onload();
  }

  isOpen(key) {
    return this.blocks.has(key);
  }

  /** What is in sight stays until the messages are here and may be shown: `going` settles then. */
  async load(key, going) {
    const block = { key, items: this.blocks.get(key)?.items ?? [] };
    this.blocks.set(key, block);
    try {
      const items = await this.messagesOf(key);
      await going?.();
      block.items = items;
    } catch (error) {
      this.page.failed(error);
    }
    if (this.blocks.get(key) !== block) return;
    this.layout();
    this.onload();
  }

  async messagesOf(key) {
    const { session, number } = named(key);
    const { parts, app } = this.page;
    const part = session === undefined ? parts[0] : parts.find(({ id }) => id === session);
    const exchange = await part?.store.one(number);
    if (!exchange) return [];
    const span = exchange.response_seq === undefined ? LIMIT
      : Math.min(LIMIT, exchange.response_seq - exchange.request_seq + 1);
    const { items } = await app.api.all(part.id, "entries", { from: exchange.request_seq }, span);
    const parents = new Map();
    for (const each of new Set(items.map((entry) => entry.exchange))) {
      if (each !== undefined && each !== number) parents.set(each, (await part.store.one(each))?.parent);
    }
    return items.filter((entry) => entry.exchange === number || parents.get(entry.exchange) === number)
      .map((entry) => ({ entry: summaryOf(entry), of: key, session, start_us: entry.t_us + part.offset,
        since: entry.t_us - exchange.start_us, depth: entry.exchange === number ? 1 : 2 }));
  }

  /** The key of a message's row. */
  messageKey({ s: session, m: sequence }) {
    return `message ${this.page.isRun ? session : ""} ${sequence}`;
  }

  keyOf({ session, entry }) {
    return this.messageKey({ s: session, m: entry.seq });
  }

  /** An exchange that is open here has changed: its messages are asked for again. */
  refresh(going) {
    for (const [key, block] of [...this.blocks]) {
      const isFinal = block.items.some(({ entry, depth }) => depth === 1 && entry.kind === "response");
      if (!isFinal) this.load(key, going);
    }
  }

  /** Where the blocks stand: the base's rows may be others now. */
  layout() {
    const found = [];
    for (const block of this.blocks.values()) {
      const index = this.base.indexOf(block.key);
      if (index >= 0) found.push({ ...block, index });
    }
    found.sort((a, b) => a.index - b.index);
    let before = 0;
    for (const block of found) {
      block.first = block.index + 1 + before;
      before += block.items.length;
      block.end = block.first + block.items.length;
      block.after = before;
    }
    this.placed = found;
    this.total = before;
  }

  /** `{index}` of the base's row, or `{item}` for a message. */
  at(place) {
    let shift = 0;
    for (const block of this.placed) {
      if (place < block.first) break;
      if (place < block.end) return { item: block.items[place - block.first], index: block.index };
      shift = block.after;
    }
    return { index: place - shift };
  }

  /** Where a row of the base stands. */
  placeOf(index) {
    let shift = 0;
    for (const block of this.placed) if (block.index < index) shift = block.after;
    return index + shift;
  }

  get view() {
    return this.base.view;
  }

  get isWhole() {
    return this.base.isWhole;
  }

  get count() {
    return this.base.count + (this.total ?? 0);
  }

  row(place) {
    const { item, index } = this.at(place);
    return item ?? this.base.row(index);
  }

  key(place) {
    const { item, index } = this.at(place);
    return item ? this.keyOf(item) : this.base.key(index);
  }

  indexOf(key) {
    for (const { first, items } of this.placed) {
      const at = items.findIndex((item) => this.keyOf(item) === key);
      if (at >= 0) return first + at;
    }
    const index = this.base.indexOf(key);
    return index < 0 ? -1 : this.placeOf(index);
  }

  ensure(first, last) {
    return this.base.ensure?.(this.at(first).index, this.at(last).index);
  }

  place(exchange) {
    return this.base.place?.(exchange);
  }

  took(exchange) {
    return this.base.took ? this.base.took(exchange) : exchange.duration_us;
  }

  rowClass(row) {
    if (!row.entry) return this.base.rowClass(row);
    return row.entry.isError ? "is-message has-error" : "is-message";
  }

  async search(from, step, wanted) {
    const { item, index } = this.at(Math.max(-1, from));
    // Backwards from a message its own exchange is the first to look at.
    const start = from < 0 ? -1 : from >= this.count ? this.base.count : item && step < 0 ? index + 1 : index;
    const found = await this.base.search(start, step, wanted);
    return found < 0 ? -1 : this.placeOf(found);
  }

  // -- drawing

  fillMessage(cell, column, { entry, depth, since, start_us: at }) {
    const { key } = column;
    cell.className = `cell ${column.align ?? ""} ${key === "method" ? "message-what" : "dim"}`;
    const what = format.oneLine([entry.method ?? entry.kind, entry.name].filter(Boolean).join(" "), 120);
    cell.textContent = {
      number: "", start: this.timeOf(at),
      status: `${ARROWS[entry.dir] ?? "⋮"} ${entry.isError ? "✕ error" : entry.kind}`,
      method: `${"\u2003".repeat(depth)}${depth > 1 ? "↳ " : ""}${what}  ${entry.preview}`,
      duration: `+${format.duration(since)}`, first: "",
      in: entry.dir === "c2s" ? format.size(entry.bytes) : "",
      out: entry.dir === "s2c" ? format.size(entry.bytes) : "",
    }[key] ?? "";
    if (key === "method") cell.title = `message ${entry.seq}: ${what}`;
    else cell.title = "";
  }

  timeOf(at) {
    const { app, began } = this.page;
    return app.times === "wall" ? format.wallTime(began + at) : format.offset(at);
  }

  paintMessage(context, { start_us: at }, box, range) {
    const inner = box.width - 12;
    const x = 6 + ((at - range.from) / Math.max(1, range.to - range.from)) * inner;
    if (x < 2 || x > box.width - 2) return;
    context.fillStyle = colour("dim");
    context.fillRect(x, box.top + 7, 2, box.height - 14);
  }
}
