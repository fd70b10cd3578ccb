// What deserves a look in a session or a run, in the order of time; a row opens what it is about.

import { isMessageOf } from "./batch-members.js";
import { h } from "./dom.js";
import { summaryOf } from "./entry-rows.js";
import { WHOLE_LIMIT } from "./exchange-store.js";
import * as format from "./format.js";
import { fixedRows } from "./fixed-rows.js";
import { columnMenu, Grid } from "./grid.js";
import { canonical, parseTree } from "./json-tree.js";
import { Paced } from "./paced.js";
import {
  isFirstRound, ofEntries, ofExchanges, ofRepetition, ofSession, ofSlowness, ofViolations,
} from "./problems.js";

/** Requests whose arguments are compared, and lines and gaps that are listed. */
const COMPARED = 2000;
const LISTED = 2000;
const VIOLATIONS = 1000;
/** So many messages of a session the server looks at for them. */
const COMPARED_MESSAGES = 20_000;

const text = (value) => (cell, row) => {
  cell.textContent = value(row) ?? "";
};

/** The time of a session that goes on, in the time of the view; undefined: it has ended. */
function nowOf({ session, offset }, { isExported }) {
  if (!session.live) return undefined;
  if (isExported) return session.duration_us + offset;
  return Math.max(session.duration_us, Date.now() * 1000 - format.instant(session.started)) + offset;
}

export class ProblemsView {
  constructor(page) {
    this.page = page;
    const { live } = page.app;
    this.pace = new Paced(() => this.again(() => live.going()), { isHeld: () => live.isPaused });
    this.isUnfiltered = this.keepsRow = true;
    /** What was not looked at as a whole, each with how much of it was. */
    this.cut = new Set();
    this.grid = new Grid({
      name: "problems", label: "problems", empty: () => (this.isLoaded ? "✓ Nothing looks wrong."
        : "Looking…"),
      columns: [
        ...(page.isRun ? [{ key: "server", title: "Server", width: 90, grow: 0, priority: 1,
          fill: text((row) => row.server) }] : []),
        { key: "kind", title: "Problem", width: 122, priority: 0,
          fill: (cell, row) => {
            cell.textContent = `${row.icon} ${row.kind}`;
            const isError = row.icon === "✕" || ["tool error", "gap"].includes(row.kind);
            cell.className = `cell ${isError ? "is-error" : "is-warn"}`;
          } },
        { key: "where", title: "Where", width: 72, priority: 0, align: "right",
          fill: text((row) => (row.isEnd ? "end" : row.exchange ? `#${row.exchange}` : `seq ${row.seq}`)) },
        { key: "time", title: "Time", width: 116, priority: 1, align: "right",
          fill: text((row) => (row.isEnd ? "" : format.offset(row.time))) },
        { key: "text", title: "What", width: 140, grow: 1, priority: 0,
          fill: (cell, row) => {
            cell.textContent = row.text;
            cell.title = row.text;
          } },
      ],
      onmove: (index, isClick) => this.moved(index, isClick),
      onopen: (index) => this.open(index),
    });
    this.source = fixedRows([], (row) => row.key);
    this.extra = columnMenu(this.grid);
    this.element = h("div", { class: "stack" }, this.grid.element);
    this.grid.setSource(this.source);
    this.loading = this.load();
  }

  get isOpen() {
    return Boolean(this.page.app.state.i ?? this.page.app.state.m);
  }

  /** `going` settles when what is found may be shown. */
  async load(going) {
    const { page } = this;
    const found = page.parts.map(() => []);
    try {
      await Promise.all(page.parts.map((part, index) => this.look(part, (rows) => {
        // Which of its sessions a row is of.
        const facts = { session: part.id, server: part.name };
        found[index].push(...rows.map((row) => ({ ...row, ...facts })));
        // Looked for again, nothing goes and comes back.
        if (!this.isLoaded) this.draw(found.flat(), true);
      })));
      await going?.();
      const isFirst = !this.isLoaded;
      this.isLoaded = true;
      this.draw(found.flat(), isFirst);
    } catch (error) {
      page.failed(error);
    }
  }

  /** What is wrong in one session, handed to `add` as it is found. */
  async look(part, add) {
    const { api } = this.page.app;
    if (part.holds(part.session.duration_us)) add(ofSession(await this.told(part)));
    const { items: exchanges, next } = await part.exchanges(WHOLE_LIMIT);
    if (next !== null) this.cut.add(format.counted(WHOLE_LIMIT, "exchange"));
    add(ofExchanges(exchanges, nowOf(part, api), await this.reasons(part, exchanges)));
    add(ofSlowness(exchanges, (await this.page.app.told).slow_us));
    const { items, next: rest } = await api.all(part.id, "entries", { filter: "kind:foreign,gap" }, LISTED);
    if (rest !== null) this.cut.add(`${format.count(LISTED)} lines and gaps`);
    add(ofEntries(items.filter(({ t_us: at }) => part.holds(at)).map(summaryOf))
      .map((row) => ({ ...row, time: row.time + part.offset })));
    const { violations, is_whole: isWhole } = await api.of(part.id, "violations", { limit: VIOLATIONS });
    if (!isWhole) this.cut.add(violations.length < VIOLATIONS ? format.counted(COMPARED_MESSAGES, "message")
      : format.counted(VIOLATIONS, "violation"));
    add(ofViolations(violations.filter(({ t_us: at }) => part.holds(at)))
      .map((row) => ({ ...row, time: row.time + part.offset })));
    add(ofRepetition(await this.requests(part, exchanges)));
  }

  /** A session with its diagnosis, which lists of sessions lack. */
  async told({ id, session }) {
    if (!this.page.isRun || session.live) return session;
    return this.page.app.api.session(id).catch(() => session);
  }

  /** What failed tools said, by the exchange whose answer it is. */
  async reasons(part, exchanges) {
    const filter = "status:tool_error kind:response";
    const found = await this.messages(part, exchanges, "response", filter, LISTED);
    return new Map(found.items.map(([exchange, message]) =>
      [exchange.exchange, String(message?.result?.content?.[0]?.text ?? "")]));
  }

  /** Calls of tools with their arguments in one form. */
  async requests(part, exchanges) {
    const filter = "method:tools/call kind:request";
    const { items, next } = await this.messages(part, exchanges, "request", filter, COMPARED);
    if (next !== null) this.cut.add(format.counted(COMPARED, "call"));
    const pairs = [];
    for (const [exchange, message] of items) {
      const asked = message?.params?.arguments;
      if (exchange.method !== "tools/call" || !isFirstRound(exchange) || asked === undefined) continue;
      pairs.push([exchange, canonical(parseTree(JSON.stringify(asked)) ?? { text: "" })]);
    }
    return pairs.sort(([one], [other]) => one.exchange - other.exchange);
  }

  /**
   * `{items: [[exchange, message]], next}`: the messages that a filter finds and those of batches, which no
   * filter looks into, each with the exchange of which it is `side`.
   */
  async messages(part, exchanges, side, filter, limit) {
    const { api } = this.page.app;
    const of = new Map();
    for (const exchange of exchanges) {
      const sequence = exchange[`${side}_seq`];
      of.set(sequence, [...(of.get(sequence) ?? []), exchange]);
    }
    const [found, batches] = await Promise.all([filter, "kind:batch"].map((words) =>
      api.all(part.id, "entries", { filter: words }, limit)));
    const items = found.items.flatMap(({ seq, msg }) => (of.get(seq) ?? []).map((one) => [one, msg]));
    for (const { seq, msg } of batches.items) {
      for (const exchange of Array.isArray(msg) ? of.get(seq) ?? [] : []) {
        items.push([exchange, msg.find((message) => isMessageOf(message, exchange, side))]);
      }
    }
    return { items, next: found.next ?? batches.next };
  }

  draw(found, isFirst) {
    const rows = [...found].sort((a, b) => (a.time < b.time ? -1 : Number(a.time > b.time)));
    const known = new Map();
    // Two of one kind may be about the same exchange.
    this.source.rows = rows.map((row) => {
      const key = this.keyOf(row);
      const number = (known.get(key) ?? 0) + 1;
      known.set(key, number);
      return { ...row, key: number > 1 ? `${key} ${number}` : key };
    });
    this.grid.update();
    // What is found after it may stand before it.
    if (isFirst) this.grid.active = -1;
    this.reveal();
    this.page.describe();
  }

  /** What names a row in the address: several may be about one exchange. */
  keyOf({ kind, session, exchange, seq, isEnd }) {
    const what = isEnd ? "end" : [exchange && `i${exchange}`, seq && `m${seq}`].filter(Boolean).join(" ");
    return `${kind} ${this.page.isRun ? `${session}@` : ""}${what}`;
  }

  /** Selects what the address names: a row, or without one the first about what is open. */
  reveal() {
    const { a: key, s: session, i: number, m: sequence } = this.page.app.state;
    if (key !== undefined || !this.isOpen) {
      this.grid.reveal(key);
      return;
    }
    const isWanted = (row) => !row.isEnd && (!this.page.isRun || row.session === session)
      && String(number ? row.exchange : row.exchange ? undefined : row.seq) === String(number ?? sequence);
    const row = this.source.rows[this.grid.active];
    if (row && isWanted(row)) return;
    this.grid.select(this.source.rows.findIndex(isWanted), { quiet: true });
  }

  summary() {
    const kinds = new Map();
    const { rows } = this.source;
    for (const { kind, isEnd } of rows) if (!isEnd) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    const ends = new Set(rows.filter(({ isEnd }) => isEnd).map(({ kind }) => kind));
    const parts = [...ends, ...[...kinds].map(([kind, number]) => `${kind} ${format.count(number)}`)];
    const part = this.cut.size > 0 ? ` in the first ${[...this.cut].join(", ")}` : "";
    return (parts.join(", ") || (this.isLoaded ? "no problem" : "looking…")) + part;
  }

  moved(index, isClick) {
    const { isOpen } = this;
    if (isClick) this.open(index, isOpen ? "replace" : "push");
    else if (isOpen && !this.source.rows[index].isEnd) this.open(index, "soon");
    else this.page.app.go({ a: this.source.key(index) }, "soon");
  }

  open(index, how = "push") {
    const row = this.source.rows[index];
    // What was said last is why a session ended as it did.
    if (row?.isEnd) this.page.app.go({ v: "messages", q: undefined });
    else if (row) this.page.openRow({ ...row, a: this.source.key(index) }, how);
  }

  apply() {
    this.reveal();
    this.grid.draw();
  }

  pressed(key) {
    const act = {
      n: () => this.grid.step(1),
      p: () => this.grid.step(-1),
    }[key];
    if (!act) return this.grid.act(key);
    act();
    return true;
  }

  focus() {
    this.grid.focus();
  }

  // All of it is looked for again, with what the server compares for it.
  changed() {
    this.pace.ask();
  }

  async again(going) {
    await this.loading;
    await this.load(going);
  }

  close() {
    this.pace.close();
    this.grid.close();
  }
}

