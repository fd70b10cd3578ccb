// The exchanges of all sessions of a run in one table, by time.

import { grouped } from "./exchange-groups.js";
import { ExchangeStore, WHOLE_LIMIT } from "./exchange-store.js";
import * as format from "./format.js";
import { operationTimes, sort, sorted, tookOf } from "./exchange-order.js";
import { waitKey } from "./waits.js";

/** One session of a run: where it stands in the run's time. */
export class RunPart {
  constructor(api, session, began, stretch) {
    this.api = api;
    this.began = began;
    this.take(session, stretch);
    this.store = new ExchangeStore(api, this.id, session.exchanges);
  }

  /** `stretch` is what the run has of the session: none for all of it. */
  take(session, stretch = this.stretch) {
    this.session = session;
    this.stretch = stretch;
    this.id = session.session;
    this.offset = format.instant(session.started) - this.began;
    this.name = format.oneLine(session.name, 100);
    this.start = this.offset + (stretch?.from_us ?? 0);
    const { duration_us: newest } = session;
    const isOpen = !stretch || (stretch.last === undefined && newest - stretch.to_us < SILENCE);
    this.end = this.offset + (isOpen ? newest : stretch.to_us);
  }

  /** The numbers of its exchanges. */
  get first() {
    return this.stretch?.first ?? 1;
  }

  get last() {
    return Math.min(this.stretch?.last ?? Infinity, this.store.count);
  }

  get count() {
    return Math.max(0, this.last - this.first + 1);
  }

  /** A row of the run's table. */
  row(exchange) {
    return { ...exchange, session: this.id, server: this.name, start_us: exchange.start_us + this.offset,
      key: `${this.id}@${exchange.exchange}` };
  }

  /** The first `limit` exchanges. */
  async rows(limit) {
    if (!this.store.isSmall && limit > 200) return this.matching("", limit);
    const { first } = this;
    const last = Math.min(this.last, first + limit - 1);
    await this.store.ensure(first, last);
    return this.store.loaded().filter(({ exchange: number }) => number >= first && number <= last)
      .map((exchange) => this.row(exchange));
  }

  /** The first `limit` exchanges, as a view asks for them: `{items, next}`. */
  async exchanges(limit) {
    return { items: await this.rows(limit), next: this.count > limit ? this.first + limit : null };
  }

  /** The sequence number of the first message: a stretch begins with its first exchange. */
  async firstSequence() {
    return (this.stretch && (await this.store.one(this.first))?.request_seq) ?? 1;
  }

  /** Whether what came at `at` microseconds of the session is of the run. */
  holds(at) {
    const time = at + this.offset;
    return !this.stretch || (time >= this.start && time <= this.end);
  }

  async matching(filter, limit) {
    const { items } = await this.api.all(this.id, "exchanges", { filter, from: this.first }, limit);
    return items.filter(({ exchange: number }) => number <= this.last).map((exchange) => this.row(exchange));
  }
}

/** Without anything in flight for so long a run is over; microseconds. */
const SILENCE = 600_000_000;
const byTime = (a, b) => a.start_us - b.start_us || a.exchange - b.exchange;

export class RunRows {
  constructor(parts) {
    this.parts = parts;
    this.all = [];
    this.list = [];
    this.places = new Map();
    this.times = new Map();
    this.turn = 0;
    this.isWhole = false;
    this.onchange = () => {};
    /** Settles when what changed in the run may be shown. */
    this.going = () => {};
  }

  /** Of each session the same share, when all of them together are too many. */
  get limit() {
    return this.isLong ? Math.max(1, Math.floor(WHOLE_LIMIT / this.parts.length)) : WHOLE_LIMIT;
  }

  /** Whether there are too many to hold them. */
  get isLong() {
    return this.total > WHOLE_LIMIT;
  }

  get total() {
    return this.parts.reduce((sum, part) => sum + part.count, 0);
  }

  /** Shows what `filter`, `stretch` and `order` say; throws ApiError for a filter that cannot be read. */
  async show(view, isRefresh = false) {
    this.turn += 1;
    const { turn } = this;
    const before = this.view === view ? this.long : undefined;
    this.view = view;
    const [all, strip] = this.isLong ? await (await import("./long-run.js")).beginning(this)
      : [await this.found()];
    if (isRefresh) await this.going();
    if (turn !== this.turn) return;
    Object.assign(this, { all, strip, times: operationTimes(all) });
    const long = strip && !view.filter ? await strip.renewed(this.parts, view.stretch, before) : undefined;
    const found = view.filter ? await this.found(view.filter) : all;
    if (isRefresh) await this.going();
    if (turn !== this.turn) return;
    Object.assign(this, { long, isWhole: true, isCut: !long && strip?.isCut(found, this.limit) });
    if (long) long.onload = () => this.onchange();
    const { from, to } = view.stretch ?? { from: -Infinity, to: Infinity };
    const list = found.filter((row) => row.start_us >= from && row.start_us < to);
    const isByTime = !view.filter && !view.order;
    // In the order of time what belongs together stands together.
    const { rows, places } = isByTime && !long ? grouped(list)
      : { rows: ordered(list, view.order, this.times), places: new Map() };
    Object.assign(this, { list: rows, places });
    this.onchange();
  }

  /** Where an exchange stands among what it belongs to; undefined where that is not known. */
  place(exchange) {
    return this.places.get(waitKey(exchange));
  }

  /** What a filter finds among the first exchanges of each session, by time. */
  async found(filter) {
    const { limit } = this;
    const found = await Promise.all(this.parts.map((part) =>
      (filter ? part.matching(filter, limit) : part.rows(limit))));
    return found.flat().sort(byTime);
  }

  refresh() {
    return this.show(this.view ?? {}, true);
  }

  get count() {
    return this.long ? this.long.count : this.list.length;
  }

  took(row) {
    return tookOf(row, this.times);
  }

  row(index) {
    return this.long ? this.long.row(index) : this.list[index];
  }

  key(index) {
    return this.row(index)?.key;
  }

  ensure(first, last) {
    return this.long?.ensure(first, last);
  }

  /** Where an exchange stands that is not here yet. */
  locate(key) {
    return this.long ? this.long.locate(key) : this.indexOf(key);
  }

  indexOf(key) {
    if (this.long) return this.long.indexOf(key);
    return this.list.findIndex((row) => row.key === key);
  }

  /** The next row in a direction that `wanted` accepts; -1 when there is none. */
  search(from, step, wanted) {
    if (this.long) return this.long.search(from, step, wanted);
    for (let index = from + step; index >= 0 && index < this.list.length; index += step) {
      if (wanted(this.list[index])) return index;
    }
    return -1;
  }
}

function ordered(list, order, times) {
  if (!order) return list;
  const isServer = order.replace(/^-/, "") === "server";
  return isServer ? sorted(list, { server: (row) => row.server }, order) : sort(list, order, times);
}
