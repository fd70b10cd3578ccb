// The exchanges of a run: all of its sessions in one table, under the time line of all of its servers.

import { button, h, toast } from "./dom.js";
import { fillStatus, fillWhat, MEASURES, text } from "./exchange-cells.js";
import { isBadExchange } from "./exchange-order.js";
import * as format from "./format.js";
import { columnMenu, Grid } from "./grid.js";
import { parseStretch } from "./route.js";
import { askedMethods, lineOf } from "./run-line.js";
import { RunMap } from "./run-map.js";
import { onTheme } from "./theme.js";
import { waitKey, waitsIn } from "./waits.js";
import { drawBar } from "./waterfall.js";

export class RunView {
  constructor(page) {
    this.page = page;
    this.rows = page.rows;
    this.grid = new Grid({
      name: "run", label: "exchanges of the run", columns: this.columns(), empty: () => this.emptyText(),
      onmove: (index, isClick) => this.moved(index, isClick), onopen: () => this.open(),
      onsort: (key, order) => page.app.go({ o: order }, "replace"),
    });
    this.map = new RunMap({ onbrush: (stretch) => this.brush(stretch) });
    this.follow = button("⤓ follow", "follow the newest (f)", () => this.setFollowing(!this.grid.isFollowing),
      { class: "tool wordy", "aria-pressed": "false" });
    this.extra = [this.follow, columnMenu(this.grid)];
    this.element = h("div", { class: "stack" }, this.map.element, this.grid.element);
    this.rows.onchange = () => {
      this.grid.update();
      page.describe();
    };
    this.endTheme = onTheme(() => this.grid.draw());
    // Its place is taken before the exchanges are there: nothing moves when they come.
    this.map.showRun(this.bands(), [], page.end);
    this.grid.setSource(this.rows);
  }

  close() {
    this.isClosed = true;
    this.endTheme();
    this.map.close();
    this.grid.close();
  }

  columns() {
    const start = (row, index) => {
      const { times } = this.page.app;
      if (times === "wall") return format.wallTime(this.page.began + row.start_us);
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
        paint: (context, row, box) => drawBar(context, row, box, this.range(), this.page.end,
          this.waits?.get(waitKey(row))) },
    ];
  }

  range() {
    return this.rows.view?.stretch ?? { from: 0, to: this.page.end };
  }

  async apply(state) {
    const wanted = JSON.stringify([state.q, state.t, state.o]);
    if (wanted !== this.shown) {
      this.shown = wanted;
      const stretch = parseStretch(state.t);
      this.map.setStretch(stretch);
      this.grid.setOrder(state.o);
      try {
        await this.rows.show({ filter: state.q, stretch, order: state.o });
      } catch (error) {
        this.page.failed(error);
        this.grid.update();
      }
      await this.drawMap();
    }
    this.reveal(this.page.app.state);
  }

  reveal({ s: session, i: number }) {
    const index = number ? this.rows.indexOf(`${session} ${number}`) : -1;
    if (index < 0) return;
    this.grid.select(index, { quiet: true });
    this.map.setCursor(this.rows.row(index));
  }

  async drawMap() {
    const asked = await askedMethods(this.rows);
    if (this.isClosed) return;
    const { end } = this.page;
    this.waits = waitsIn(this.rows.all, (row) => asked.get(row.key));
    this.grid.draw();
    this.map.showRun(this.bands(), lineOf(this.rows, end, asked), end);
  }

  bands() {
    return this.rows.parts.map((part) => ({
      name: part.name, title: `${part.name} ${part.id}`, from: part.start, to: part.end,
      rows: this.rows.all.filter((row) => row.session === part.id),
    }));
  }

  async changed() {
    await this.rows.refresh();
    await this.drawMap();
  }

  // -- acting

  moved(index, isClick) {
    this.map.setCursor(this.rows.row(index));
    const isOpen = Boolean(this.page.app.state.i);
    if (isClick) this.grid.focus();
    if (isClick || isOpen) this.go(index, isClick ? (isOpen ? "replace" : "push") : "soon");
  }

  open() {
    if (this.grid.active < 0) this.grid.step(1);
    this.go(this.grid.active, "push");
  }

  go(index, how) {
    const row = this.rows.row(index);
    if (row) this.page.openRow(row, how);
  }

  selectedRow() {
    return this.rows.row(this.grid.active);
  }

  brush(stretch) {
    this.page.app.go({ t: stretch ? `${stretch.from}-${Math.max(stretch.from + 1, stretch.to)}`
      : undefined });
  }

  zoom() {
    if (this.page.app.state.t) return this.brush(undefined);
    const row = this.selectedRow();
    if (!row) return toast("select an exchange to zoom to");
    const { end } = this.page;
    const length = Math.max(1000, row.duration_us ?? end - row.start_us);
    this.brush({ from: Math.max(0, Math.floor(row.start_us - length)),
      to: Math.min(end + 1, Math.ceil(row.start_us + 2 * length)) });
  }

  setFollowing(isFollowing) {
    this.grid.isFollowing = isFollowing;
    this.follow.setAttribute("aria-pressed", String(isFollowing));
    if (isFollowing) this.grid.update();
  }

  seek(step, wanted, none) {
    const from = this.grid.active < 0 ? (step > 0 ? -1 : this.rows.count) : this.grid.active;
    const index = this.rows.search(from, step, wanted);
    if (index < 0) toast(none);
    else this.grid.select(index);
  }

  sameKind(step) {
    const now = this.selectedRow();
    if (!now) return;
    const isSame = (other) => other.session === now.session && other.method === now.method
      && other.name === now.name && other.asker === now.asker;
    const name = format.oneLine(String(now.name ?? now.method), 100);
    this.seek(step, isSame, `no ${step > 0 ? "later" : "earlier"} call of ${name}`);
  }

  emptyText() {
    if (!this.rows.isWhole) return "Loading…";
    const { q, t } = this.page.app.state;
    if (q || t) return `Nothing ${q ? "matches the filter" : "began in this stretch"}.`;
    return "No request was recorded in this run.";
  }

  summary() {
    const { rows } = this;
    const { exchanges } = this.page.run;
    if (rows.count === exchanges || !rows.isWhole) return "";
    return `${format.count(rows.count)} of ${format.count(exchanges)} shown`
      + (rows.isCut ? " (of long sessions only their beginning)" : "");
  }

  pressed(key) {
    const act = {
      n: () => this.seek(1, isBadExchange, "no later error"),
      p: () => this.seek(-1, isBadExchange, "no earlier error"),
      ",": () => this.sameKind(-1),
      ".": () => this.sameKind(1),
      f: () => this.setFollowing(!this.grid.isFollowing),
      z: () => this.zoom(),
    }[key];
    if (!act) return this.grid.act(key);
    act();
    return true;
  }

  redraw() {
    this.grid.draw();
  }

  focus() {
    this.grid.focus();
  }
}
