// All sessions of the store, newest first, and what a client did over several servers as one run.

import { reason } from "./api.js";
import { age, wallDate } from "./dates.js";
import { h, replace, say, toast } from "./dom.js";
import { FilterBox, filterTo } from "./filter-box.js";
import * as format from "./format.js";
import { sorted } from "./exchange-order.js";
import { fixedRows } from "./fixed-rows.js";
import { columnMenu, Grid, ROW } from "./grid.js";
import { oneAtATime } from "./live.js";
import { arranged, rowKey } from "./run-groups.js";
import { stateOf } from "./status-mark.js";

const PAGE = 200;
const WHOLE_PAGE = 1000;
/** In another order than by age all of them are needed: so many at most. */
const SORTED_LIMIT = 20_000;
/** Sessions are shown without their runs when those are not there after so many milliseconds. */
const RUNS_WAIT = 150;
/** Sessions far down in the list that changed are asked for by so many. */
const AT_ONCE = 50;

const text = (value) => (cell, session) => {
  cell.textContent = value(session) ?? "";
};
const rest = (ms) => new Promise((resume) => setTimeout(resume, ms));
const line = (value) => format.oneLine(value ?? "", 200);
const peer = (info) => (info ? line([info.title ?? info.name, info.version].filter(Boolean).join(" ")) : "");
const sum = (tally) => tally.c2s + tally.s2c;

function fillState(cell, session) {
  const [text, look] = stateOf(session);
  cell.textContent = cell.title = text;
  cell.className = `cell ${look}`;
}

function fillName(cell, row) {
  const name = row.members ? format.counted(row.members.length, "session") : line(row.name);
  cell.textContent = row.members ? "▾ " + name : row.inRun ? "    " + name : name;
  cell.className = row.members ? "cell what" : "cell pre";
  cell.title = row.members ? `a run: what one client did over ${serverOf(row)}` : line(row.name);
}

const serverOf = (row) => (row.members ? row.servers.map(line).join(", ") : peer(row.server));
const bytesOf = (row) => (row.members ?? [row]).reduce((all, one) => all + sum(one.bytes), 0);

function fillErrors(cell, session) {
  const parts = [];
  if (session.errors) parts.push(`✕ ${format.count(session.errors)}`);
  if (session.tool_errors) parts.push(`⚠ ${format.count(session.tool_errors)}`);
  cell.textContent = parts.join("  ");
  const tools = format.counted(session.tool_errors ?? 0, "tool error");
  cell.title = `${format.counted(session.errors, "error")}, ${tools}`;
  cell.className = "cell right" + (parts.length > 0 ? " is-error" : "");
}

const errorsOf = (session) => session.errors + (session.tool_errors ?? 0);
const ORDERS = {
  name: (s) => s.name, id: (s) => s.session, state: (s) => (s.live ? 0 : 1), server: serverOf,
  client: (s) => peer(s.client), revision: (s) => s.revision, transport: (s) => s.transport,
  start: (s) => s.started, duration: (s) => s.duration_us, exchanges: (s) => s.exchanges, errors: errorsOf,
  gaps: (s) => s.gaps, bytes: bytesOf,
};

// A button for the mouse; the keyboard has a key.
function fillRemove(cell, row) {
  const isLive = row.members ? row.members.every((one) => one.live) : row.live;
  if (isLive) {
    cell.replaceChildren();
    return;
  }
  if (!cell.firstElementChild) {
    cell.replaceChildren(h("button", { type: "button", class: "row-act", tabIndex: -1 }, "✕"));
  }
  const what = row.members ? format.counted(row.members.length, "session") : line(row.name);
  cell.firstChild.title = `delete ${what} … (Delete)`;
  cell.firstChild.setAttribute("aria-label", `delete ${what}`);
}

const REMOVE = { key: "remove", title: "Del.", hint: "delete", width: 44, priority: 7, align: "centre",
  fill: fillRemove };

/** An age needs less room than a date. */
const startWidth = (times) => (times === "wall" ? 152 : 92);

function columns(app) {
  const start = (session) => {
    const us = format.instant(session.started);
    return app.times === "wall" ? wallDate(us) : age(Date.now() * 1000 - us);
  };
  const all = [
    { key: "name", title: "Server", width: 100, wish: 150, grow: 3, priority: 0, fill: fillName },
    { key: "id", title: "Session", width: 116, priority: 8,
      fill: text((s) => line(s.members ? s.run : s.session)) },
    { key: "state", title: "State", width: 104, priority: 1, fill: fillState },
    { key: "server", title: "Says it is", width: 130, grow: 2, priority: 5, fill: (cell, row) => {
      cell.textContent = cell.title = serverOf(row);
    } },
    { key: "client", title: "Client", width: 120, grow: 2, priority: 6,
      fill: text((s) => (s.members ? line(s.client) : peer(s.client))) },
    { key: "revision", title: "Revision", width: 88, priority: 9, fill: text((s) => line(s.revision)) },
    { key: "transport", title: "Over", width: 52, priority: 10, fill: text((s) => line(s.transport)) },
    { key: "start", title: "Started", width: startWidth(app.times), priority: 2, align: "right",
      fill: text(start) },
    { key: "duration", title: "Lasted", width: 78, priority: 4, align: "right",
      fill: text((s) => format.duration(s.duration_us)) },
    { key: "exchanges", title: "Exch.", hint: "Exchanges", width: 82, priority: 3, align: "right",
      fill: text((s) => format.count(s.exchanges)) },
    { key: "errors", title: "Errors", width: 82, priority: 0, align: "right", fill: fillErrors },
    { key: "gaps", title: "Gaps", width: 50, priority: 11, align: "right",
      fill: text((s) => (s.gaps ? `▲ ${format.count(s.gaps)}` : "")) },
    { key: "bytes", title: "Size", width: 76, priority: 7, align: "right",
      fill: text((s) => format.size(bytesOf(s))) },
  ];
  return all.map((column) => ({ ...column, sort: true }));
}

export class SessionsPage {
  constructor(app) {
    this.app = app;
    this.id = "";
    this.filter = undefined;
    this.grid = new Grid({
      name: "sessions", label: "sessions", columns: columns(app), empty: () => this.emptyText(),
      onmove: (index, isClick) => isClick && this.open(index),
      onopen: (index) => this.open(index),
      onsort: (key, order) => app.go({ y: order }, "replace"),
      // What a client did over several servers is always unfolded.
      nest: ({ members, inRun }) => ({ level: inRun ? 2 : 1, isExpanded: members && true }),
    });
    this.sessions = [];
    this.runs = [];
    this.source = fixedRows([], rowKey);
    this.source.rowClass = (row) => (row.members ? "is-run" : "");
    this.source.isWhole = false;
    // Looking at the end asks for more.
    const row = this.source.row.bind(this.source);
    this.source.row = (index) => {
      if (index >= this.source.rows.length - 40) this.more();
      return row(index);
    };
    this.grid.setSource(this.source);
    this.grid.space.addEventListener("click", (event) => {
      if (!event.target.closest(".row-act")) return;
      event.stopPropagation();
      this.remove(this.grid.indexAt(event.target));
    }, true);
    this.box = new FilterBox({
      label: "filter sessions", onchange: (words, isFinal) => filterTo(this, words, isFinal),
      names: () => this.names(), ondown: () => this.grid.focus(),
    });
    this.foot = h("footer", { class: "foot" });
    this.element = h("div", { class: "sessions" },
      h("div", { class: "tools-line" }, h("h1", { class: "unseen" }, "Sessions"), this.box.element,
        columnMenu(this.grid)),
      this.grid.element, this.foot);
    this.waiting = new Set();
    this.update = oneAtATime(() => this.changed());
    this.endLive = app.live.listen((changed) => {
      for (const id of changed) this.waiting.add(id);
      this.update();
    });
    this.wanted = history.state?.place ?? app.listPlace;
    this.ticking = setInterval(() => app.live.isPaused || this.grid.draw(), 10_000);
  }

  close() {
    this.isClosed = true;
    this.app.listPlace = this.place();
    this.endLive();
    clearInterval(this.ticking);
    this.abort?.abort();
    this.grid.close();
  }

  redraw() {
    this.grid.setWidth("start", startWidth(this.app.times));
    this.grid.draw();
  }

  apply(state) {
    const filter = this.box.show(state.q ?? "") ?? "";
    if (state.y !== this.order) {
      this.order = state.y;
      this.grid.setOrder(state.y);
      if (this.isLoaded) this.updated();
    }
    if (filter !== this.filter) this.load(filter);
  }

  async load(filter) {
    this.filter = filter;
    this.next = this.nextRun = undefined;
    this.isLoading = false;
    this.abort?.abort();
    this.abort = new AbortController();
    this.isFresh = true;
    await this.more();
  }

  async more() {
    if (this.isLoading || this.next === null) return;
    this.isLoading = true;
    const { filter, abort } = this;
    try {
      const runs = this.moreRuns(abort, this.isFresh);
      const limit = this.order ? WHOLE_PAGE : PAGE;
      const page = await this.app.api.sessions({ limit, before: this.next, filter }, abort.signal);
      await Promise.race([runs, rest(RUNS_WAIT)]);
      if (abort !== this.abort) return;
      // Where the last one was deleted, those that began with it are told again.
      const known = new Set(this.isFresh ? [] : this.sessions.map(({ session }) => session));
      const more = page.sessions.filter(({ session }) => !known.has(session));
      this.sessions = this.isFresh ? more : [...this.sessions, ...more];
      this.isFresh = false;
      this.next = page.next ?? null;
      this.source.isWhole = this.next === null;
      this.isLoading = false;
      this.updated();
    } catch (error) {
      if (abort !== this.abort || error.name === "AbortError") return;
      this.isLoading = false;
      this.next = null;
      // What is drawn stays while nobody answers.
      if (error.status === 0 && this.isLoaded) toast(reason(error));
      else if (error.status !== 400) this.app.fail(error);
      else this.box.showProblem({ start: (error.column ?? 1) - 1, message: error.message });
    }
  }

  /** The next page of runs: as many pages of them cover as many pages of sessions. */
  async moreRuns(abort, isFresh) {
    if (this.nextRun === null) return;
    const query = { limit: PAGE, before: this.nextRun, filter: this.filter };
    // Without them the sessions are there all the same, and what is wrong with a filter they say too.
    const page = await this.app.api.runs(query, abort.signal).catch(() => undefined);
    if (abort !== this.abort) return;
    this.runs = isFresh ? page?.runs ?? [] : [...this.runs, ...page?.runs ?? []];
    this.nextRun = page?.next ?? null;
    if (this.isLoaded && !this.isLoading) this.updated();
  }

  updated() {
    this.isLoaded = true;
    const { order, sessions } = this;
    this.source.rows = order ? sorted(sessions, ORDERS, order) : arranged(sessions, this.runs);
    this.grid.update();
    this.describe();
    this.restore();
    if (sessions.length < (order ? SORTED_LIMIT : 40) && this.next !== null) this.more();
  }

  /** Which row is selected, and how far the list is scrolled. */
  place() {
    const { grid } = this;
    return this.wanted ?? { key: grid.active < 0 ? undefined : grid.activeKey, position: grid.position };
  }

  /** Who comes back finds the list as it was left, when so much of it is there. */
  restore() {
    const { wanted, grid } = this;
    if (!wanted || grid.active >= 0) {
      this.wanted = undefined;
      return;
    }
    const { key, position } = wanted;
    const index = this.source.indexOf(key);
    const isReached = index >= 0 || grid.count * ROW > position + 2 * grid.element.clientHeight;
    if (!isReached && this.next !== null) {
      this.more();
      return;
    }
    this.wanted = undefined;
    grid.moveTo(grid.extent().clamp(position));
    grid.select(index, { quiet: true });
  }

  describe() {
    if (this.app.canDelete && !this.grid.columns.includes(REMOVE)) {
      this.grid.columns.push(REMOVE);
      this.grid.layout();
    }
    if (!this.isLoaded) return;
    const rows = this.sessions;
    const runs = this.source.rows.filter((row) => row.members).length;
    const live = rows.filter((session) => session.live).length;
    const words = format.counted(rows.length, "session") + (this.source.isWhole ? "" : " so far")
      + (runs > 0 ? `, ${format.counted(runs, "run")} of several servers` : "");
    const store = format.oneLine(this.app.status?.store ?? "", 200);
    replace(this.foot, words, live > 0 ? ` · ${live} live` : "", h("span", { class: "dim store" }, store));
    say(words);
  }

  emptyText() {
    if (!this.isLoaded || this.next !== null) return "Loading…";
    if (this.filter) return "No session matches the filter.";
    return "Nothing is recorded yet: put `mcptape record --` before a server's command, "
      + "or try `mcptape demo`.";
  }

  names() {
    const of = (value) => [...new Set(this.sessions.map(value).filter(Boolean))].sort();
    return { server: of((s) => s.name), client: of((s) => s.client?.name), session: of((s) => s.session) };
  }

  async changed() {
    if (this.isLoading) return;
    const ids = this.waiting;
    this.waiting = new Set();
    const { filter, abort } = this;
    const page = await this.app.api.sessions({ limit: PAGE, filter }).catch(() => undefined);
    if (!page || abort !== this.abort) return;
    const fresh = new Map(page.sessions.map((session) => [session.session, session]));
    const known = new Set(this.sessions.map((session) => session.session));
    const added = page.sessions.filter((session) => !known.has(session.session));
    const last = this.sessions.findLast(({ session }) => fresh.has(session))?.session;
    // How far the answer reaches in the list: what stood there and does not any more was deleted, or the
    // filter finds it no longer.
    const reach = () => (page.next === null ? Infinity
      : this.sessions.findIndex(({ session }) => session === last));
    const older = this.sessions.slice(reach() + 1).filter(({ session }) => ids.has(session));
    for (const { session } of older.splice(AT_ONCE)) this.waiting.add(session);
    const gone = new Set();
    await Promise.all(older.map(({ session: id }) => this.app.api.session(id).then(
      (session) => fresh.set(id, session), (error) => error.status === 404 && gone.add(id))));
    await this.app.live.going();
    if (abort !== this.abort) return;
    const end = reach();
    const isKept = ({ session }, index) => fresh.has(session) || (index > end && !gone.has(session));
    const kept = this.sessions.filter(isKept);
    const left = new Set(kept.map(({ session }) => session));
    const lost = new Set([...known].filter((id) => !left.has(id)));
    this.sessions = [...added, ...kept.map((session) => fresh.get(session.session) ?? session)];
    this.runs = this.runs.filter((run) => !run.sessions.some((id) => lost.has(id)));
    // Only what is new or gone can make a run another one; what a row of a run says is its sessions'.
    if (added.length > 0 || lost.size > 0) await this.joinRuns(filter, abort, () => this.app.live.going());
    if (abort !== this.abort) return;
    this.updated();
    if (this.waiting.size > 0) this.update();
  }

  async joinRuns(filter, abort, going) {
    const page = await this.app.api.runs({ limit: PAGE, filter }).catch(() => undefined);
    await going?.();
    if (!page || abort !== this.abort) return;
    const again = new Set(page.runs.map(({ run }) => run));
    this.runs = [...page.runs, ...this.runs.filter(({ run }) => !again.has(run))];
  }

  open(index) {
    const row = this.source.rows[index];
    if (!row) return;
    const place = row.members ? { r: row.run, s: undefined } : { s: row.session };
    this.app.go({ ...place, q: undefined, v: undefined, i: undefined, y: undefined });
  }

  // -- deleting

  /** Of a run, the sessions that stand under it. */
  async remove(index) {
    const row = this.source.rows[index];
    // One question at a time, however fast a key repeats.
    if (!row || !this.app.canDelete || this.isAsking) return;
    this.isAsking = true;
    const gone = await import("./removal.js").then(({ remove }) =>
      remove(this.app, row.members ?? [row], { parts: row.members && row.parts }))
      .finally(() => {
        this.isAsking = false;
      });
    if (this.isClosed) return;
    // Else the button that was pressed would have the next Enter, and stand in another row by then.
    this.grid.focus();
    if (gone.length > 0) await this.drop(new Set(gone));
  }

  /** What is gone leaves the list where it was. */
  async drop(gone) {
    const { filter, abort } = this;
    const at = this.grid.active;
    this.sessions = this.sessions.filter(({ session }) => !gone.has(session));
    const isTouched = (run) => run.sessions.some((id) => gone.has(id));
    const hadRuns = this.runs.some(isTouched);
    // A run is named for its first session: without it, it is another one.
    this.runs = this.runs.filter((run) => !isTouched(run));
    if (hadRuns) await this.joinRuns(filter, abort);
    if (abort !== this.abort) return;
    this.updated();
    const { grid } = this;
    if (at >= 0 && grid.active < 0) grid.select(Math.min(at, grid.count - 1), { quiet: true });
  }

  pressed(key) {
    if (key === "/") this.box.focus();
    else if (key === "Delete" || key === "D") this.remove(this.grid.active);
    else return this.grid.act(key);
    return true;
  }
}
