// The messages of all sessions of a run by time, fetched while they are scrolled to.

import { entryClass, EntryRows, ROW_LIMIT } from "./entry-rows.js";

/** The messages of one session, and how many of them stand in the list. */
class Stream {
  constructor(api, part, onfail) {
    this.part = part;
    this.rows = new EntryRows(api, part.id);
    this.rows.onfail = onfail;
    this.taken = 0;
  }

  async show(filter) {
    this.taken = 0;
    await this.rows.show(filter, await this.part.firstSequence());
  }

  timeOf(entry) {
    return entry.t_us + this.part.offset;
  }

  /** Up to which time of the run everything is here. */
  get reach() {
    const { rows, part } = this;
    const last = rows.list.at(-1);
    const isOver = rows.next === null || (last && part.stretch && this.timeOf(last) > part.end);
    return isOver ? Infinity : last ? this.timeOf(last) : -Infinity;
  }

  /** The next one for the list. */
  get head() {
    const { list } = this.rows;
    while (this.taken < list.length && !this.part.holds(list[this.taken].t_us)) this.taken += 1;
    return list[this.taken];
  }
}

export class RunEntryRows {
  /** `partsOf()` are the sessions that the run has now. */
  constructor(api, partsOf) {
    Object.assign(this, { api, partsOf, streams: [], list: [], from: 1, turn: 0 });
    this.onchange = () => {};
    this.onfail = () => {};
    /** Settles when what is new may be shown. */
    this.going = () => {};
  }

  async show(filter) {
    this.turn += 1;
    const { turn } = this;
    Object.assign(this, { filter, list: [], isStopped: false });
    this.streams = [];
    await this.addStreams();
    if (turn === this.turn) this.merge();
  }

  async addStreams() {
    const known = new Set(this.streams.map(({ part }) => part.id));
    const added = this.partsOf().filter((part) => !known.has(part.id))
      .map((part) => new Stream(this.api, part, (error) => this.onfail(error)));
    this.streams.push(...added);
    await Promise.all(added.map((stream) => stream.show(this.filter)));
  }

  /** Takes over what nothing that is still to come can stand before. */
  merge() {
    const reach = Math.min(Infinity, ...this.streams.map((stream) => stream.reach));
    for (;;) {
      let [first, least] = [undefined, Infinity];
      for (const stream of this.streams) {
        const entry = stream.head;
        if (entry && stream.timeOf(entry) < least) [first, least] = [stream, stream.timeOf(entry)];
      }
      if (!first || least > reach) break;
      const { part, head } = first;
      this.list.push({ ...head, t_us: least, session: part.id, server: part.name,
        key: `${part.id} ${head.seq}` });
      first.taken += 1;
    }
    this.onchange();
  }

  /** Where to go on; null: everything is here. */
  get next() {
    return this.streams.every((stream) => stream.reach === Infinity) ? null : 1;
  }

  get isWhole() {
    return this.next === null;
  }

  more() {
    if (this.isWhole || this.list.length >= ROW_LIMIT) return Promise.resolve();
    this.task ??= this.fetchMore().finally(() => {
      this.task = undefined;
    });
    return this.task;
  }

  async fetchMore() {
    const { turn } = this;
    const before = this.list.length;
    while (!this.isWhole && this.list.length === before && !this.isStopped) {
      // The one that is behind keeps all others waiting.
      const behind = this.streams.reduce((least, one) => (one.reach < least.reach ? one : least));
      await behind.rows.more();
      if (turn !== this.turn) return;
      this.merge();
    }
  }

  /** How many messages were looked at. */
  get looked() {
    return this.streams.reduce((all, { rows }) => all + (rows.next ?? (rows.last ?? 0) + 1) - 1, 0);
  }

  get isSearching() {
    return Boolean(this.filter) && this.streams.some(({ rows }) => rows.isSearching);
  }

  stop() {
    this.isStopped = true;
    for (const { rows } of this.streams) rows.stop();
  }

  goOn() {
    this.isStopped = false;
    for (const { rows } of this.streams) rows.isStopped = false;
    return this.more();
  }

  async refresh() {
    const { turn } = this;
    await Promise.all(this.streams.map(({ rows }) => rows.refresh()));
    await this.addStreams();
    await this.going();
    if (turn === this.turn) this.merge();
  }

  /** What the address names. */
  keyOf({ s: session, m: sequence }) {
    return sequence && `${session} ${sequence}`;
  }

  async reach(key) {
    while (this.indexOf(key) < 0 && !this.isWhole && !this.isStopped && this.list.length < ROW_LIMIT) {
      await this.more();
    }
    return this.indexOf(key) >= 0;
  }

  get count() {
    return this.list.length;
  }

  row(index) {
    if (index >= this.list.length - 60) this.more();
    return this.list[index];
  }

  key(index) {
    return this.list[index]?.key;
  }

  indexOf(key) {
    return this.list.findIndex((entry) => entry.key === key);
  }

  rowClass(entry) {
    return entryClass(entry);
  }
}
