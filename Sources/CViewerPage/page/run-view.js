// The exchanges of a run: all of its sessions in one table, under the time line of all of its servers.

import { toast } from "./dom.js";
import { WHOLE_LIMIT } from "./exchange-store.js";
import { ExchangeTable } from "./exchange-table.js";
import * as format from "./format.js";
import { askedMethods, lineOf } from "./run-line.js";
import { RunMap } from "./run-map.js";
import { waitsIn } from "./waits.js";

export class RunView extends ExchangeTable {
  constructor(page) {
    super(page, { name: "run", label: "exchanges of the run", rows: page.rows, Strip: RunMap });
    // Its place is taken before the exchanges are there: nothing moves when they come.
    this.map.showRun(this.bands(), [], page.end);
  }

  get whatWidth() {
    return 110;
  }

  firstColumns() {
    return [
      { key: "server", title: "Server", width: 90, grow: 1, priority: 0, sort: true, fill: (cell, row) => {
        cell.textContent = row.server;
        this.addFold(cell, "", row.key, `${row.server}; `);
      } },
      { key: "number", title: "#", hint: "number in its session", width: 48, priority: 8, align: "right",
        sort: true, fill: (cell, row) => this.fillNumber(cell, row) },
    ];
  }

  keyOf({ s: session, i: number }) {
    return `${session}@${number}`;
  }

  shownAnew() {
    this.drawMap();
  }

  async drawMap(going) {
    await this.rows.strip?.counting;
    const asked = await askedMethods(this.rows);
    await going?.();
    if (this.isClosed) return;
    const { page: { end }, rows } = this;
    this.waits = waitsIn(this.rows.all, (row) => asked.get(row.key));
    this.grid.draw();
    this.map.showRun(this.bands(), rows.strip ? [] : lineOf(rows, end, asked), end);
  }

  bands() {
    return this.rows.parts.map((part) => ({
      name: part.name, title: `${part.name} ${part.id}`, from: part.start, to: part.end,
      rows: this.rows.strip?.bandOf(part) ?? this.rows.all.filter((row) => row.session === part.id),
    }));
  }

  async changed() {
    const { going } = this.rows;
    await this.rows.refresh();
    this.expanded?.refresh(going);
    await Promise.all([this.drawMap(going), this.lanes?.load(going)]);
  }

  sortBy(order) {
    if (!this.rows.isLong || !order || this.page.app.state.q) super.sortBy(order);
    else toast(`sorting is for runs of up to ${format.count(WHOLE_LIMIT)} exchanges: filter this one`);
  }

  emptyText() {
    return this.rows.isWhole ? super.emptyText() : "Loading…";
  }

  summary() {
    const lacking = this.lackingWords();
    if (lacking) return lacking;
    const { rows } = this;
    const { exchanges } = this.page.run;
    if (rows.count === exchanges || !rows.isWhole) return "";
    return `${format.count(rows.count)} of ${format.count(exchanges)} shown`
      + (rows.isCut ? " (of each session the first)" : "");
  }
}
