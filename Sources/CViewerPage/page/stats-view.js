// Figures for each method and tool, and two pictures of their durations.

import { h } from "./dom.js";
import { Histogram, Scatter } from "./charts.js";
import { WHOLE_LIMIT } from "./exchange-store.js";
import { quoted } from "./filter.js";
import * as format from "./format.js";
import { sorted } from "./exchange-order.js";
import { figuresOf } from "./figures.js";
import { fixedRows } from "./fixed-rows.js";
import { columnMenu, Grid } from "./grid.js";
import { Paced } from "./paced.js";

const ORDERS = {
  server: (row) => row.server, what: (row) => `${row.method} ${row.name ?? ""}`, count: (row) => row.count,
  errors: (row) => row.errors,
  p50: (row) => row.p50_us, p90: (row) => row.p90_us, p95: (row) => row.p95_us, p99: (row) => row.p99_us,
  max: (row) => row.max_us,
  asked: (row) => row.request_bytes, answered: (row) => row.response_bytes,
};

const text = (value) => (cell, row) => {
  cell.textContent = value(row) ?? "";
};

function nameOf(row) {
  if (row.method === undefined) return "all";
  return format.oneLine([row.asker === "server" ? "←" : "", row.method, row.name].filter(Boolean).join(" "),
    200);
}

function column(key, title, width, priority, value, hint) {
  return { key, title, width, priority, hint, align: "right", sort: true, fill: text(value) };
}

/** The filter that finds what a row counts; of a run with its server. */
export function filterOf(row, isRun) {
  const words = row.method === "tools/call" && row.name !== undefined
    ? [`tool:${quoted(row.name)}`]
    : [`method:${quoted(row.method)}`];
  if (isRun && row.server !== undefined) words.unshift(`server:${quoted(row.server)}`);
  if (row.asker === "server") words.push("dir:s2c");
  return words.join(" ");
}

export class StatsView {
  constructor(page) {
    this.page = page;
    this.keepsRow = true;
    // Of a session that is being recorded they change many times a second.
    const { live } = page.app;
    this.pace = new Paced(() => this.load(() => live.going()), { isHeld: () => live.isPaused });
    this.grid = new Grid({
      name: "stats", label: "figures for each method and tool",
        empty: () => (this.isLoaded ? "Nothing was asked." : "Loading…"),
      columns: [
        ...(page.isRun ? [{ key: "server", title: "Server", width: 90, grow: 1, priority: 0, sort: true,
          fill: text((row) => format.oneLine(row.server ?? "", 100)) }] : []),
        { key: "what", title: "Method and tool", width: 150, grow: 3, priority: 0, sort: true,
          fill: text(nameOf) },
        column("count", "Count", 70, 0, (r) => format.count(r.count)),
        { key: "errors", title: "Errors", width: 96, priority: 1, align: "right", sort: true,
          fill: (cell, row) => {
            const share = row.count > 0 ? ` ${Math.round((100 * row.errors) / row.count)} %` : "";
            cell.textContent = row.errors ? `✕ ${format.count(row.errors)}${share}` : "";
            cell.className = row.errors ? "cell right is-error" : "cell right";
          } },
        column("p50", "p50", 76, 0, (r) => format.duration(r.p50_us), "median"),
        column("p90", "p90", 76, 5, (r) => format.duration(r.p90_us)),
        column("p95", "p95", 76, 4, (r) => format.duration(r.p95_us)),
        column("p99", "p99", 76, 2, (r) => format.duration(r.p99_us)),
        column("max", "Max", 76, 3, (r) => format.duration(r.max_us)),
        column("asked", "Asked", 76, 7, (r) => format.size(r.request_bytes)),
        column("answered", "Answered", 80, 6, (r) => format.size(r.response_bytes)),
      ],
      onmove: (index, isClick) => this.moved(index, isClick), onopen: (index) => this.open(index),
      onsort: (key, order) => page.app.go({ y: order }, "replace"),
    });
    this.source = fixedRows([], (row) => [page.isRun && row.server, nameOf(row)].filter(Boolean).join(" "));
    this.histogram = new Histogram(({ from, to }) => {
      const end = to === Infinity ? "" : `${Math.floor(to) - 1}us`;
      this.page.showFiltered(`duration:${Math.ceil(from)}us..${end}`);
    });
    this.scatter = new Scatter((exchange) => this.page.showExchange(exchange));
    this.element = h("div", { class: "stats" }, this.grid.element,
      h("div", { class: "charts" }, this.histogram.element, this.scatter.element));
    this.extra = columnMenu(this.grid);
    this.grid.setSource(this.source);
  }

  apply(state) {
    if (this.order !== state.y) this.sortBy(state.y);
    if (this.filter !== (state.q ?? "")) {
      this.filter = state.q ?? "";
      this.load();
    }
    this.grid.reveal(state.a);
  }

  /** `going` settles when the figures may be shown. */
  async load(going) {
    const { filter, page } = this;
    try {
      const stats = await figuresOf(page, filter);
      await going?.();
      if (filter !== this.filter) return;
      this.rows = stats.rows;
      this.total = stats.total;
      this.isLoaded = true;
      this.sortBy(this.order);
      const found = await page.found(filter, WHOLE_LIMIT);
      await going?.();
      if (filter !== this.filter) return;
      this.isPart = found.next !== null;
      this.histogram.show(found.items);
      this.scatter.show(found.items, this.isPart ? found.items.at(-1).start_us : page.duration);
      page.describe();
    } catch (error) {
      page.failed(error);
    }
  }

  summary() {
    if (!this.total) return "";
    const part = this.isPart ? `, pictures of the first ${format.count(WHOLE_LIMIT)}` : "";
    const { count, exchanges, p50_us: p50, p99_us: p99 } = this.total;
    // An operation of several rounds counts once in the table; pictures show each exchange.
    const rounds = exchanges > count ? ` (${format.counted(exchanges, "exchange")})` : "";
    const figures = [["p50", p50], ["p99", p99]].map(([word, us]) => `${word} ${format.duration(us) || "–"}`);
    return [format.counted(count, "operation") + rounds, ...figures].join(", ") + part;
  }

  sortBy(order) {
    this.order = order;
    const rows = sorted(this.rows ?? [], ORDERS, order);
    this.source.rows = this.total ? [...rows, this.total] : rows;
    this.grid.setOrder(order);
    this.grid.update();
    this.grid.reveal(this.page.app.state.a);
  }

  /** The selected row is in the address, whatever the details show. */
  moved(index, isClick) {
    this.page.app.go({ a: this.source.key(index) }, "soon");
    if (isClick) this.open(index);
  }

  open(index) {
    const row = this.source.rows[index];
    if (row?.method !== undefined) this.page.showFiltered(filterOf(row, this.page.isRun));
  }

  pressed(key) {
    return this.grid.act(key);
  }

  focus() {
    this.grid.focus();
  }

  changed() {
    this.pace.ask();
  }

  close() {
    this.pace.close();
    this.grid.close();
    this.histogram.close();
    this.scatter.close();
  }
}
