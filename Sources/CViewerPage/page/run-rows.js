// The exchanges of all sessions of a run in one table, by time.

import { ExchangeStore, WHOLE_LIMIT } from "./exchange-store.js";
import * as format from "./format.js";
import { isBadExchange, sort } from "./exchange-order.js";
import { sorted } from "./statistics.js";

/** One session of a run: where it stands in the run's time. */
export class RunPart {
  constructor(api, session, began) {
    this.api = api;
    this.began = began;
    this.take(session);
    this.store = new ExchangeStore(api, this.id, session.exchanges);
  }

  take(session) {
    this.session = session;
    this.id = session.session;
    this.offset = format.instant(session.started) - this.began;
    this.name = format.oneLine(session.name, 100);
    this.end = this.offset + session.duration_us;
  }

  /** A row of the run's table. */
  row(exchange) {
    return { ...exchange, session: this.id, server: this.name, start_us: exchange.start_us + this.offset,
      key: `${this.id} ${exchange.exchange}` };
  }

  /** The first `limit` exchanges. */
  async rows(limit) {
    await this.store.ensure(1, Math.min(limit, this.store.count));
    return this.store.loaded().slice(0, limit).map((exchange) => this.row(exchange));
  }

  async matching(filter, limit) {
    const { items } = await this.api.all(this.id, "exchanges", { filter }, limit);
    return items.map((exchange) => this.row(exchange));
  }
}

const byTime = (a, b) => a.start_us - b.start_us || a.exchange - b.exchange;

export class RunRows {
  constructor(parts) {
    this.parts = parts;
    this.all = [];
    this.list = [];
    this.turn = 0;
    this.isWhole = false;
    this.onchange = () => {};
  }

  /** Of each session the same share, when all of them together are too many. */
  get limit() {
    return Math.max(1, Math.floor(WHOLE_LIMIT / Math.max(1, this.parts.length)));
  }

  get isCut() {
    return this.parts.some((part) => part.store.count > this.limit);
  }

  /** Shows what `filter`, `stretch` and `order` say; throws ApiError for a filter that cannot be read. */
  async show(view) {
    this.turn += 1;
    const { turn, limit } = this;
    this.view = view;
    const all = await Promise.all(this.parts.map((part) => part.rows(limit)));
    if (turn !== this.turn) return;
    this.all = all.flat().sort(byTime);
    this.isWhole = true;
    const found = !view.filter ? all
      : await Promise.all(this.parts.map((part) => part.matching(view.filter, limit)));
    if (turn !== this.turn) return;
    const { from, to } = view.stretch ?? { from: -Infinity, to: Infinity };
    const list = found.flat().filter((row) => row.start_us >= from && row.start_us < to).sort(byTime);
    this.list = ordered(list, view.order);
    this.onchange();
  }

  refresh() {
    return this.show(this.view ?? {});
  }

  get count() {
    return this.list.length;
  }

  row(index) {
    return this.list[index];
  }

  key(index) {
    return this.list[index]?.key;
  }

  indexOf(key) {
    return this.list.findIndex((row) => row.key === key);
  }

  /** The next row in a direction that `wanted` accepts; -1 when there is none. */
  search(from, step, wanted) {
    for (let index = from + step; index >= 0 && index < this.list.length; index += step) {
      if (wanted(this.list[index])) return index;
    }
    return -1;
  }

  rowClass(row) {
    return isBadExchange(row) ? "has-error" : "";
  }
}

function ordered(list, order) {
  if (!order) return list;
  const isServer = order.replace(/^-/, "") === "server";
  return isServer ? sorted(list, { server: (row) => row.server }, order) : sort(list, order);
}
