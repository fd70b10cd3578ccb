// The exchanges of one session, fetched by pages when they are looked at. Numbers are dense from 1, so the
// page that holds a number is known without asking.

const PAGE = 200;
/** Pages that are kept of a session too large to hold: 12,000 exchanges. */
const PAGES_KEPT = 60;
/** Up to here a session is loaded whole, and can be sorted and measured in the page. */
export const WHOLE_LIMIT = 20_000;

export class ExchangeStore {
  constructor(api, id, count) {
    this.api = api;
    this.id = id;
    this.count = count;
    this.pages = new Map();
    this.loading = new Map();
    this.onload = () => {};
  }

  get isSmall() {
    return this.count <= WHOLE_LIMIT;
  }

  get(number) {
    return this.pages.get(Math.floor((number - 1) / PAGE))?.[(number - 1) % PAGE];
  }

  /** Asks for what lacks between two numbers, both included. */
  ensure(from, to) {
    const first = Math.floor((Math.max(1, from) - 1) / PAGE);
    const last = Math.floor((Math.min(this.count, to) - 1) / PAGE);
    const waits = [];
    for (let page = first; page <= last; page += 1) {
      if (!this.pages.has(page)) waits.push(this.load(page));
    }
    return Promise.all(waits);
  }

  load(page, going) {
    const running = this.loading.get(page);
    if (running) return running;
    const end = () => this.loading.get(page) === task && this.loading.delete(page);
    const task = this.fetchPage(page, going && (() => {
      // Who wants to see it now does not wait with what is held.
      end();
      return going();
    })).finally(end);
    this.loading.set(page, task);
    return task;
  }

  async fetchPage(page, going) {
    const first = page * PAGE + 1;
    const list = [];
    let next = first;
    while (next !== null && next < first + PAGE) {
      const answer = await this.api.of(this.id, "exchanges", { from: next, limit: first + PAGE - next });
      for (const exchange of answer.exchanges) {
        if (exchange.exchange < first + PAGE) list[exchange.exchange - first] = exchange;
      }
      if (answer.exchanges.length === 0) break;
      next = answer.next ?? null;
    }
    const known = this.pages.get(page);
    await going?.();
    if (this.pages.get(page) !== known) return;
    // The newest page is the last in the map.
    this.pages.delete(page);
    this.pages.set(page, list);
    if (!this.isSmall) this.forget();
    this.onload();
  }

  forget() {
    for (const page of this.pages.keys()) {
      if (this.pages.size <= PAGES_KEPT) break;
      this.pages.delete(page);
    }
  }

  async one(number) {
    if (number < 1 || number > this.count) return undefined;
    if (!this.get(number)) await this.load(Math.floor((number - 1) / PAGE));
    return this.get(number);
  }

  /** The session grew or an exchange was answered: what is not final is asked for again, for when `going`. */
  async refresh(count, going) {
    const before = this.count;
    this.count = count;
    const waits = [];
    for (const [page, list] of this.pages) {
      const holdsEnd = (page + 1) * PAGE >= before;
      const isFinal = !holdsEnd && list.every((exchange) => exchange?.status !== "pending");
      if (!isFinal) waits.push(this.load(page, going));
    }
    if (waits.length === 0) this.onload();
    await Promise.all(waits);
  }

  /** Every exchange of a small session, in order. */
  async all() {
    await this.ensure(1, this.count);
    return this.loaded();
  }

  /** What is held just now, in order of numbers. */
  loaded() {
    const found = [];
    for (const page of [...this.pages.keys()].sort((a, b) => a - b)) {
      for (const exchange of this.pages.get(page)) if (exchange) found.push(exchange);
    }
    return found;
  }
}
