// Which exchanges the table shows, in which order: all of them by number, those that match a filter, those
// that began in a stretch of time, sorted by a column.

import { grouped } from "./exchange-groups.js";
import { isBadExchange, operationTimes, sort, tookOf } from "./exchange-order.js";
import { waitKey } from "./waits.js";

/** Matches are asked for by so many; at the limit the search rests until somebody lets it go on. */
const BATCH = 500;
const MATCH_LIMIT = 20_000;

export class ExchangeRows {
  constructor(store) {
    this.store = store;
    this.list = undefined;
    this.low = 1;
    this.high = store.count;
    this.isWhole = true;
    this.onchange = () => {};
    this.onprogress = () => {};
    /** Settles when what changed in the session may be shown. */
    this.going = () => {};
    this.turn = 0;
    this.next = null;
    this.places = new Map();
    this.times = new Map();
  }

  /**
   * Shows what `filter`, `stretch` and `order` say. Settles when all of it is there; throws ApiError for a
   * filter that cannot be read. A later call overtakes an earlier one.
   */
  async show({ filter, stretch, order }, isRefresh = false) {
    this.turn += 1;
    const turn = this.turn;
    this.view = { filter, stretch, order };
    this.abort?.abort();
    this.isSearching = this.isStale = false;
    if (!filter) this.next = null;
    const isCurrent = () => turn === this.turn;
    const sorted = order && this.store.isSmall ? order : undefined;
    if (!filter && !sorted) return this.showNumbers(stretch, isCurrent, isRefresh);
    let list = [];
    if (!isRefresh) this.isWhole = false;
    if (filter) {
      // Where rows are in sight already they stay until all of the new ones are there.
      this.next = 1;
      list = await this.gather(list, this.view, Boolean(sorted) || isRefresh, isCurrent);
    } else {
      list = inStretch(await this.store.all(), stretch);
    }
    // A filter may find one round of an operation, which took what all of them took.
    if (this.store.isSmall) await this.store.all();
    if (isRefresh) await this.going();
    if (!isCurrent()) return;
    this.finish(list, sorted);
    if (!this.isStale) return;
    this.isStale = false;
    // Who waits for what was asked for does not wait for what is new.
    this.refresh().catch(() => {});
  }

  async showNumbers(stretch, isCurrent, isRefresh) {
    this.isWhole = true;
    let [low, high] = [1, this.store.count];
    if (stretch) {
      low = await firstSince(this.store, stretch.from);
      high = (await firstSince(this.store, stretch.to)) - 1;
    }
    if (isRefresh) await this.going();
    if (!isCurrent()) return;
    // What is grouped already stays so until it is grouped anew.
    if (!this.isGrouped || stretch || !this.store.isSmall) {
      this.list = undefined;
      this.isGrouped = false;
    }
    [this.low, this.high] = [low, high];
    this.onchange();
    // The rows need not wait for it; why exchanges cannot be read is said where they are looked at.
    if (this.store.isSmall) this.group(isCurrent, isRefresh).catch(() => {});
  }

  /** Of a session that is held whole, what belongs together stands together. */
  async group(isCurrent, isRefresh) {
    const all = await this.store.all();
    if (isRefresh) await this.going();
    if (!isCurrent()) return;
    const shown = all.filter(({ exchange }) => exchange >= this.low && exchange <= this.high);
    const { rows, places, isMoved } = grouped(shown);
    this.places = places;
    this.times = operationTimes(all);
    this.list = isMoved ? rows : undefined;
    this.isGrouped = isMoved;
    this.onchange();
  }

  /** Whether rows stand by themselves, in another order or without what they belong to. */
  get isFlat() {
    return this.list !== undefined && !this.isGrouped;
  }

  /** Where an exchange stands among what it belongs to; undefined where that is not known. */
  place(exchange) {
    return this.places.get(waitKey(exchange));
  }

  /** How long a row says that it took. */
  took(exchange) {
    return tookOf(exchange, this.times);
  }

  /** Matches from `next` on, added to `list`; `isQuiet` ones are not shown before all are there. */
  async gather(list, { filter, stretch }, isQuiet, isCurrent) {
    this.abort = new AbortController();
    const { signal } = this.abort;
    const limit = list.length + MATCH_LIMIT;
    this.isSearching = true;
    try {
      while (this.next !== null && list.length < limit && !signal.aborted) {
        this.onprogress();
        const query = { from: this.next, limit: BATCH, filter };
        const page = await this.store.api.of(this.store.id, "exchanges", query, signal);
        if (!isCurrent()) return list;
        list.push(...inStretch(page.exchanges, stretch));
        this.next = page.next ?? null;
        if (!isQuiet) {
          this.list = list;
          this.onchange();
        }
      }
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    } finally {
      if (isCurrent()) this.isSearching = false;
    }
    return list;
  }

  /** How much of the session a search has looked at, from 0 to 1; undefined when there is none to tell of. */
  get searched() {
    if (!this.view?.filter || this.next === null) return undefined;
    return (this.next - 1) / Math.max(1, this.store.count);
  }

  /** Ends a search; what was found stays. */
  stop() {
    this.abort?.abort();
  }

  /** Goes on where a search was ended, or rests at its limit. */
  async goOn() {
    if (this.isSearching || this.next === null) return;
    const { turn, view } = this;
    const isCurrent = () => turn === this.turn;
    const list = await this.gather([...this.list ?? []], view, false, isCurrent);
    if (isCurrent()) this.finish(list, view.order && this.store.isSmall ? view.order : undefined);
  }

  finish(list, order) {
    this.isGrouped = false;
    if (this.store.isSmall) this.times = operationTimes(this.store.loaded());
    this.list = order ? sort(list, order, this.times) : list;
    this.isWhole = this.next === null;
    this.onchange();
    this.onprogress();
  }

  /** The session changed: the same view of what is there now. */
  async refresh() {
    // A search is not begun again by what is recorded meanwhile; one that was ended not at all.
    if (this.view?.filter && this.next !== null) {
      this.isStale = this.isSearching;
      return;
    }
    if (!this.store.isSmall && this.list === undefined && !this.view?.stretch) {
      this.high = this.store.count;
      this.onchange();
      return;
    }
    await this.show(this.view ?? {}, true);
  }

  get count() {
    return this.list ? this.list.length : Math.max(0, this.high - this.low + 1);
  }

  row(index) {
    return this.list ? this.list[index] : this.store.get(this.low + index);
  }

  key(index) {
    return this.list ? this.list[index]?.exchange : this.low + index;
  }

  /** Where an exchange stands; -1 when it is not shown. */
  indexOf(number) {
    if (this.list) return this.list.findIndex((exchange) => exchange.exchange === number);
    return number >= this.low && number <= this.high ? number - this.low : -1;
  }

  ensure(first, last) {
    if (this.list) return Promise.resolve();
    return this.store.ensure(this.low + first, this.low + last);
  }

  /** The next row in a direction whose exchange `wanted` accepts; -1 when there is none. */
  async search(from, step, wanted) {
    if (!this.list && wanted === isBadExchange && step > 0) return this.nextBadNumber(from);
    for (let index = from + step; index >= 0 && index < this.count; index += step) {
      if (!this.row(index)) await this.ensure(step > 0 ? index : index - 199, step > 0 ? index + 199 : index);
      const exchange = this.row(index);
      if (exchange && wanted(exchange)) return index;
    }
    return -1;
  }

  // Of a long session the server knows faster where the next error is.
  async nextBadNumber(from) {
    let next = this.low + from + 1;
    while (next !== null && next <= this.high) {
      const query = { from: next, limit: 1, filter: "status:error,tool_error" };
      const page = await this.store.api.of(this.store.id, "exchanges", query);
      if (page.exchanges.length > 0) {
        const number = page.exchanges[0].exchange;
        if (number > this.high) return -1;
        await this.store.one(number);
        return number - this.low;
      }
      next = page.next ?? null;
    }
    return -1;
  }
}

function inStretch(exchanges, stretch) {
  if (!stretch) return exchanges;
  return exchanges.filter(({ start_us: start }) => start >= stretch.from && start < stretch.to);
}

/** The number of the first exchange that began at `time` or later, by halving; `count + 1` for none. */
async function firstSince(store, time) {
  let low = 1;
  let high = store.count + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const exchange = await store.one(middle);
    if (exchange && exchange.start_us < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
