// The messages of a session in the order of the wire, fetched while they are scrolled to. Payloads are not
// kept: of each only what a row shows.

import { oneLine } from "./format.js";

const BATCH = 500;
/** Rows that are kept; who wants more of a long session filters, or begins later. */
export const ROW_LIMIT = 200_000;
const PREVIEW = 240;
/** A search for so many more rows does not stop at a page with fewer. */
const LEAST = 60;

function previewOf(entry) {
  if (entry.kind === "gap") {
    return `${entry.reason}: ${entry.c2s_bytes ?? 0} B asked, ${entry.s2c_bytes ?? 0} B answered`;
  }
  if (entry.http) return httpPreview(entry.http);
  if (entry.text !== undefined) return entry.text;
  if (entry.raw_b64 !== undefined) return "(bytes that are not UTF-8)";
  if (entry.in_parts) return "(a long message: open it)";
  const message = entry.msg;
  if (message === undefined) return "";
  if (Array.isArray(message)) return JSON.stringify(message);
  if (message.error !== undefined) return "error " + JSON.stringify(message.error);
  return JSON.stringify(message.params ?? message.result ?? message);
}

function httpPreview(http) {
  if (http.request) return `${http.request.method} ${http.request.target}`;
  if (http.response) return `${http.response.status} ${http.response.reason ?? ""}`;
  return JSON.stringify(http);
}

/** What a row needs of an entry. */
export function summaryOf(entry) {
  const { msg, text, raw_b64: raw, http, ...facts } = entry;
  const preview = oneLine(previewOf(entry).slice(0, 4 * PREVIEW), PREVIEW);
  const isToolError = msg?.result?.isError === true;
  return { ...facts, preview, isToolError, isError: isToolError || msg?.error !== undefined };
}

export function entryClass(entry) {
  return entry.isError || entry.kind === "gap" ? "has-error" : entry.kind === "stderr" ? "is-aside" : "";
}

export class EntryRows {
  constructor(api, id) {
    this.api = api;
    this.id = id;
    this.list = [];
    this.next = null;
    this.isWhole = false;
    this.turn = 0;
    this.onchange = () => {};
    this.onfail = () => {};
    /** Settles when what is new may be shown. */
    this.going = () => {};
  }

  /** Begins anew with a filter, at a sequence number. */
  async show(filter, from = 1) {
    this.turn += 1;
    Object.assign(this, { filter, from, list: [], next: from, isWhole: false, task: undefined,
      isStopped: false });
    await this.more();
  }

  more(going) {
    if (this.next === null || this.list.length >= ROW_LIMIT) return Promise.resolve();
    this.task ??= this.fetchMore(this.turn, going).catch((error) => {
      this.task = undefined;
      this.next = null;
      this.onfail(error);
    });
    return this.task;
  }

  async fetchMore(turn, going) {
    const query = { from: this.next, limit: BATCH, filter: this.filter };
    const shown = this.list.length;
    const page = await this.api.of(this.id, "entries", query);
    if (going) {
      // Held, it is no search, and in nobody's way.
      this.task = undefined;
      this.next = null;
      await going();
    }
    if (turn !== this.turn) return;
    this.list.push(...page.entries.map(summaryOf));
    this.last = this.list.at(-1)?.seq ?? 0;
    this.next = page.next ?? null;
    this.isWhole = this.next === null;
    this.task = undefined;
    this.onchange();
    // A page of a filter may be empty: the search goes on until there is something to scroll.
    const isShort = this.list.length - shown < LEAST;
    if (this.filter && isShort && this.next !== null && !this.isStopped) await this.more(going);
  }

  get isSearching() {
    return this.task !== undefined && Boolean(this.filter) && this.next !== null;
  }

  /** Ends a search; what was found stays. */
  stop() {
    this.isStopped = true;
  }

  goOn() {
    this.isStopped = false;
    return this.more();
  }

  /** The session grew: what came after the last one that is here. */
  async refresh() {
    if (!this.isWhole) return;
    this.next = this.list.length > 0 ? this.last + 1 : this.from;
    await this.more(this.going);
  }

  /** Loads until a sequence number is here; false when it is not among the rows. */
  async reach(sequence) {
    while ((this.last ?? 0) < sequence && this.next !== null
        && this.list.length < ROW_LIMIT) await this.more();
    return this.indexOf(sequence) >= 0;
  }

  get count() {
    return this.list.length;
  }

  row(index) {
    if (index >= this.list.length - 60 && this.next !== null) this.more();
    return this.list[index];
  }

  key(index) {
    return this.list[index]?.seq;
  }

  indexOf(sequence) {
    let [low, high] = [0, this.list.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.list[middle].seq < sequence) low = middle + 1;
      else high = middle;
    }
    return this.list[low]?.seq === sequence ? low : -1;
  }

  /** How many messages were looked at. */
  get looked() {
    return (this.next ?? (this.last ?? 0) + 1) - 1;
  }

  /** What the address names. */
  keyOf({ m: sequence }) {
    return Number(sequence ?? 0);
  }

  rowClass(entry) {
    return entryClass(entry);
  }
}
