// A run: what one client did over all of its servers, on one time line and in one table.

import { h, loadStyle, replace, say, toast } from "./dom.js";
import { breakdown } from "./breakdown.js";
import { fillStatus, fillWhat, MEASURES, text } from "./exchange-cells.js";
import { isBadExchange } from "./exchange-order.js";
import { FilterBox, filterTo, tellFailure } from "./filter-box.js";
import * as format from "./format.js";
import { columnMenu, Grid } from "./grid.js";
import { oneAtATime } from "./live.js";
import { parseStretch } from "./route.js";
import { RunDetails } from "./run-details.js";
import { RunMap } from "./run-map.js";
import { RunPart, RunRows } from "./run-rows.js";
import { askedMethods, lineOf } from "./run-line.js";
import { Split } from "./split.js";
import { onTheme } from "./theme.js";
import { drawBar } from "./waterfall.js";

const line = (value, limit = 100) => format.oneLine(String(value ?? ""), limit);

export class RunPage {
  constructor(app, id) {
    this.app = app;
    this.id = id;
    this.rows = new RunRows([]);
    this.grid = new Grid({
      name: "run", label: "exchanges of the run", columns: this.columns(), empty: () => this.emptyText(),
      onmove: (index, isClick) => this.moved(index, isClick), onopen: () => this.open(),
      onsort: (key, order) => app.go({ o: order }, "replace"),
    });
    this.map = new RunMap({ onbrush: (stretch) => this.brush(stretch) });
    this.box = new FilterBox({
      label: "filter exchanges of the run", onchange: (words, isFinal) => filterTo(this, words, isFinal),
      names: () => this.names(), ondown: () => this.grid.focus(),
    });
    this.line = h("p", { class: "run-line" });
    this.top = h("div", { class: "run-top" });
    this.panel = h("div", { class: "view" },
      h("div", { class: "stack" }, this.map.element, this.grid.element));
    this.split = new Split(this.panel);
    this.details = new RunDetails(this, this.split);
    this.foot = h("footer", { class: "foot" });
    this.element = h("div", { class: "session run" },
      h("h1", { class: "unseen" }, "Run"), this.line, this.top,
      h("div", { class: "tools-line" }, this.box.element, columnMenu(this.grid)),
      this.split.element, this.foot);
    this.rows.onchange = () => {
      this.grid.update();
      this.describe();
    };
    this.touched = new Set();
    const update = oneAtATime(() => this.changed());
    this.endLive = app.live.listen((changed) => {
      for (const id of changed) this.touched.add(id);
      update();
    });
    this.endTheme = onTheme(() => this.grid.draw());
    this.load();
  }

  columns() {
    const start = (row, index) => {
      const { times } = this.app;
      if (times === "wall") return format.wallTime(this.began + row.start_us);
      if (times === "relative") return format.offset(row.start_us);
      const before = index > 0 ? this.rows.row(index - 1) : undefined;
      return before ? "+" + format.offset(Math.max(0, row.start_us - before.start_us)) : "";
    };
    return [
      { key: "server", title: "Server", width: 90, grow: 1, priority: 0, sort: true,
        fill: text((e) => e.server) },
      { key: "number", title: "#", hint: "number in its session", width: 48, priority: 8, align: "right",
        fill: text((e) => String(e.exchange)) },
      { key: "status", title: "Status", width: 96, priority: 0, sort: true, fill: fillStatus },
      { key: "method", title: "What", hint: "method and name", width: 110, grow: 3, priority: 0, sort: true,
        fill: fillWhat },
      { key: "start", title: "Start", width: 116, priority: 3, align: "right", sort: true,
        fill: (cell, row, index) => {
          cell.textContent = start(row, index);
        } },
      ...MEASURES,
      { key: "waterfall", title: "Time line", width: 170, grow: 4, priority: 7, fill: () => {},
        paint: (context, row, box) => drawBar(context, row, box, this.range(), this.end) },
    ];
  }

  range() {
    return this.rows.view?.stretch ?? { from: 0, to: this.end };
  }

  async load() {
    try {
      const [answer] = await Promise.all([this.app.api.run(this.id), loadStyle("run.css")]);
      if (this.isClosed) return;
      this.take(answer);
      this.grid.setSource(this.rows);
      this.app.bar.update();
      this.apply(this.app.state);
    } catch (error) {
      if (!this.isClosed) this.app.fail(error);
    }
  }

  /** What the API says of the run now. */
  take({ run, time, sessions }) {
    Object.assign(this, { run, time });
    const stretches = new Map((run.parts ?? []).map((part) => [part.session, part]));
    this.began = Math.min(...sessions.map((session) => format.instant(session.started)
      + (stretches.get(session.session)?.from_us ?? 0)));
    const known = new Map(this.rows.parts.map((part) => [part.id, part]));
    this.rows.parts = sessions.map((session) => {
      const stretch = stretches.get(session.session);
      const part = known.get(session.session) ?? new RunPart(this.app.api, session, this.began, stretch);
      part.take(session, stretch);
      return part;
    });
    this.end = Math.max(1, run.duration_us, ...this.rows.parts.map((part) => part.end));
    const joined = (run.joined_by ?? []).map(({ text: said }) => said).join("; ");
    replace(this.line, h("strong", {}, line(run.client ?? "a client that has not said who it is", 40)), " → ",
      this.rows.parts.map((part, index) => [index > 0 ? ", " : "", h("a", {
        href: this.app.link({ r: undefined, s: part.id, i: undefined, m: undefined, q: undefined,
          t: undefined, d: undefined, o: undefined }), title: part.name,
      }, line(part.name, 30)), part.session.live ? h("span", { class: "is-live" }, " ●") : ""]),
      joined ? h("span", { class: "dim" }, ` · joined by ${line(joined, 300)}`) : "");
    replace(this.top, breakdown(time));
    // Its place is taken before the exchanges are there: nothing moves when they come.
    if (this.map.bands.length !== this.rows.parts.length) this.map.showRun(this.bands(), [], this.end);
  }

  close() {
    this.isClosed = true;
    this.endLive();
    this.endTheme();
    clearTimeout(this.typing);
    clearTimeout(this.recount);
    this.map.close();
    this.grid.close();
  }

  title() {
    return [h("span", { class: "here" }, `run of ${line(this.run?.client ?? "a client", 60)}`),
      h("span", { class: "dim" }, line(this.id, 40)),
      this.run?.live ? h("span", { class: "is-live" }, "● live") : undefined];
  }

  plainTitle() {
    return `run of ${line(this.run?.client ?? "a client", 60)}`;
  }

  // -- what is shown

  async apply(state) {
    this.box.show(state.q ?? "");
    if (!this.run) return;
    const wanted = JSON.stringify([state.q, state.t, state.o]);
    if (wanted !== this.shown) {
      this.shown = wanted;
      const stretch = parseStretch(state.t);
      this.map.setStretch(stretch);
      this.grid.setOrder(state.o);
      try {
        await this.rows.show({ filter: state.q, stretch, order: state.o });
      } catch (error) {
        this.failed(error);
        this.grid.update();
      }
      await this.drawMap();
    }
    this.applyDetails(this.app.state);
  }

  async drawMap() {
    const asked = await askedMethods(this.rows);
    if (this.isClosed) return;
    this.map.showRun(this.bands(), lineOf(this.rows, this.end, asked), this.end);
  }

  bands() {
    return this.rows.parts.map((part) => ({
      name: part.name, title: `${part.name} ${part.id}`, from: part.start, to: part.end,
      rows: this.rows.all.filter((row) => row.session === part.id),
    }));
  }

  async applyDetails({ s: session, i: number, d: part }) {
    const index = number ? this.rows.indexOf(`${session} ${number}`) : -1;
    if (index >= 0) {
      this.grid.select(index, { quiet: true });
      this.map.setCursor(this.rows.row(index));
    }
    await this.details.show(this.rows.parts.find(({ id }) => id === session), number, part);
  }

  moved(index, isClick) {
    this.map.setCursor(this.rows.row(index));
    const isOpen = Boolean(this.app.state.i);
    if (isClick) this.grid.focus();
    if (isClick || isOpen) this.go(index, isClick ? (isOpen ? "replace" : "push") : "soon");
  }

  open() {
    if (this.grid.active < 0) this.grid.step(1);
    this.go(this.grid.active, "push");
  }

  go(index, how) {
    const row = this.rows.row(index);
    if (row) this.app.go({ s: row.session, i: row.exchange, m: undefined }, how);
  }

  brush(stretch) {
    this.app.go({ t: stretch ? `${stretch.from}-${Math.max(stretch.from + 1, stretch.to)}` : undefined });
  }

  zoom() {
    if (this.app.state.t) return this.brush(undefined);
    const row = this.rows.row(this.grid.active);
    if (!row) return toast("select an exchange to zoom to");
    const length = Math.max(1000, row.duration_us ?? this.end - row.start_us);
    this.brush({ from: Math.max(0, Math.floor(row.start_us - length)),
      to: Math.min(this.end + 1, Math.ceil(row.start_us + 2 * length)) });
  }

  seek(step, wanted, none) {
    const from = this.grid.active < 0 ? (step > 0 ? -1 : this.rows.count) : this.grid.active;
    const index = this.rows.search(from, step, wanted);
    if (index < 0) toast(none);
    else this.grid.select(index);
  }

  sameKind(step) {
    const now = this.rows.row(this.grid.active);
    if (!now) return;
    const isSame = (other) => other.session === now.session && other.method === now.method
      && other.name === now.name && other.asker === now.asker;
    this.seek(step, isSame, `no ${step > 0 ? "later" : "earlier"} call of ${line(now.name ?? now.method)}`);
  }

  failed(error) {
    tellFailure(this, error);
  }

  names() {
    const of = (value) => [...new Set(this.rows.all.map(value).filter(Boolean))].sort();
    return { method: of((row) => row.method), server: this.rows.parts.map((part) => part.session.name).sort(),
      tool: of((row) => (row.method === "tools/call" ? row.name : undefined)) };
  }

  emptyText() {
    if (!this.rows.isWhole) return "Loading…";
    const { q, t } = this.app.state;
    if (q || t) return `Nothing ${q ? "matches the filter" : "began in this stretch"}.`;
    return "No request was recorded in this run.";
  }

  describe() {
    if (!this.run) return;
    const { run, rows } = this;
    const isPart = rows.count !== run.exchanges;
    const shown = !isPart || !rows.isWhole ? ""
      : `${format.count(rows.count)} of ${format.count(run.exchanges)} shown`
        + (rows.isCut ? " (of long sessions only their beginning)" : "");
    const words = [
      format.counted(run.exchanges, "exchange"), format.counted(rows.parts.length, "session"),
      run.pending ? `… ${format.count(run.pending)} pending` : undefined, format.duration(run.duration_us),
      run.gaps ? `▲ ${format.counted(run.gaps, "gap")}` : undefined,
    ].filter(Boolean);
    replace(this.foot, shown ? h("strong", {}, shown + " · ") : "",
      run.errors ? h("span", { class: "is-error" }, `✕ ${format.counted(run.errors, "error")} · `) : "",
      words.join(" · "));
    if (shown) say(shown);
  }

  /** What is new in its sessions is shown at once, what the run is and where its time went less often. */
  async changed() {
    const { touched } = this;
    this.touched = new Set();
    const parts = this.rows.parts.filter((part) => touched.has(part.id));
    // A session that begins now may be one of this run's, and then the run is live.
    if (!this.run || (parts.length === 0 && !this.run.live)) return;
    try {
      await Promise.all(parts.map(async (part) => {
        part.take(await this.app.api.session(part.id));
        await part.store.refresh(part.session.exchanges);
      }));
      if (this.isClosed) return;
      if (parts.length > 0) await this.showAgain();
      this.recount ??= setTimeout(() => this.reload(), Math.max(500, 5 * (this.took ?? 0)));
    } catch (error) {
      this.failed(error);
    }
  }

  async showAgain() {
    this.end = Math.max(1, ...this.rows.parts.map((part) => part.end));
    await this.rows.refresh();
    await this.drawMap();
    this.details.pane?.changed();
  }

  // The server reads every session of the run for this: it is asked again after five times as long.
  async reload() {
    const began = performance.now();
    try {
      const answer = await this.app.api.run(this.id);
      if (this.isClosed) return;
      this.take(answer);
      await Promise.all(this.rows.parts.map((part) => part.store.refresh(part.session.exchanges)));
      await this.showAgain();
      this.app.bar.update();
    } catch (error) {
      this.failed(error);
    } finally {
      this.took = performance.now() - began;
      this.recount = undefined;
    }
  }

  redraw() {
    this.grid.draw();
  }

  // -- keys

  pressed(key) {
    if (!this.run) return false;
    const act = {
      "/": () => this.box.focus(),
      u: () => this.app.goHome(),
      r: () => this.openSession(),
      n: () => this.seek(1, isBadExchange, "no later error"),
      p: () => this.seek(-1, isBadExchange, "no earlier error"),
      ",": () => this.sameKind(-1),
      ".": () => this.sameKind(1),
      z: () => this.zoom(),
      Escape: () => this.leave(),
    }[key];
    if (act) {
      act();
      return true;
    }
    if (this.split.isOpen && this.details.pane?.pressed(key)) return true;
    return this.grid.act(key);
  }

  /** From the run to the session of the selected exchange. */
  openSession() {
    const row = this.rows.row(Math.max(0, this.grid.active));
    if (row) this.app.go({ r: undefined, s: row.session, i: row.exchange, q: undefined, t: undefined });
  }

  leave() {
    if (this.app.state.i) {
      this.app.go({ s: undefined, i: undefined, d: undefined, c: undefined, f: undefined });
    } else if (this.app.state.t) this.app.go({ t: undefined });
    this.grid.focus();
  }
}
