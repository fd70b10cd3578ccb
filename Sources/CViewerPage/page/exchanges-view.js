// The table of exchanges with its waterfall, under the strip of the whole time.

import { button, h, replace, say, toast } from "./dom.js";
import { fillStatus, fillWhat, MEASURES, text } from "./exchange-cells.js";
import { ExchangeRows, isBadExchange } from "./exchange-rows.js";
import { WHOLE_LIMIT } from "./exchange-store.js";
import * as format from "./format.js";
import { columnMenu, Grid } from "./grid.js";
import { Minimap } from "./minimap.js";
import { parseStretch } from "./route.js";
import { onTheme, remember, remembered } from "./theme.js";
import { drawBar } from "./waterfall.js";

/** So many points stand for a session that is too large to load whole. */
const SAMPLES = 150;

export class ExchangesView {
  constructor(page) {
    this.page = page;
    this.store = page.store;
    this.rows = new ExchangeRows(this.store);
    this.rows.rowClass = (exchange) => (isBadExchange(exchange) ? "has-error" : "");
    this.grid = new Grid({
      name: "exchanges", label: "exchanges", columns: this.columns(), empty: () => this.emptyText(),
      onmove: (index, isClick) => this.moved(index, isClick),
      onopen: () => this.open(),
      onsort: (key, order) => this.sortBy(order),
    });
    this.minimap = new Minimap({ onbrush: (stretch) => this.brush(stretch) });
    this.minimap.show([], this.end);
    this.follow = button("⤓ follow", "follow the newest (f)", () => this.setFollowing(!this.grid.isFollowing),
      {
      class: "tool wordy", "aria-pressed": "false",
    });
    this.lanesButton = button("≋ lanes", "notifications and standard error on the time line (l)",
      () => this.setLanes(!this.hasLanes), { class: "tool wordy", "aria-pressed": "false" });
    this.extra = [this.follow, this.lanesButton, columnMenu(this.grid)];
    this.lanesPlace = h("div", { hidden: true });
    this.element = h("div", { class: "stack" }, this.minimap.element, this.lanesPlace, this.grid.element);
    if (remembered("lanes")) this.setLanes(true);
    this.rows.onchange = () => {
      this.grid.update();
      this.page.describe();
    };
    this.store.onload = () => this.grid.update();
    this.grid.setSource(this.rows);
    this.endTheme = onTheme(() => this.grid.draw());
    this.setFollowing(false);
    this.overview();
  }

  columns() {
    const start = (exchange, index, source) => {
      const { times } = this.page.app;
      if (times === "wall") return format.wallTime(this.startedAt + exchange.start_us);
      if (times === "relative") return format.offset(exchange.start_us);
      const before = index > 0 ? source.row(index - 1) : undefined;
      return before ? "+" + format.offset(exchange.start_us - before.start_us) : "";
    };
    return [
      { key: "number", title: "#", hint: "number", width: Math.max(44,
        22 + 8 * String(this.store.count).length), priority: 0, align: "right", sort: true,
        fill: text((e) => (this.isMarked(e) ? "◆ " : "") + e.exchange) },
      { key: "status", title: "Status", width: 96, priority: 0, sort: true, fill: fillStatus },
      { key: "method", title: "What", hint: "method and name", width: 130, grow: 3, priority: 0, sort: true,
        fill: fillWhat },
      { key: "start", title: "Start", width: 116, priority: 3, align: "right", sort: true,
        fill: (cell, exchange, index, source) => {
          cell.textContent = start(exchange, index, source);
        } },
      ...MEASURES,
      { key: "waterfall", title: "Time line", width: 170, grow: 4, priority: 7, fill: () => {},
        paint: (context, exchange, box) => drawBar(context, exchange, box, this.range(), this.end) },
    ];
  }

  isMarked({ exchange }) {
    const { marked } = this.page.app;
    return marked?.number === exchange && marked.session === this.page.id;
  }

  selectedExchange() {
    return this.rows.key(this.grid.active);
  }

  get startedAt() {
    return format.instant(this.page.session.started);
  }

  get end() {
    return Math.max(1, this.page.session.duration_us);
  }

  range() {
    return this.rows.view?.stretch ?? { from: 0, to: this.end };
  }

  /** The strip shows a small session whole, a large one by samples. */
  async overview() {
    const { store } = this;
    try {
      const show = (exchanges) => this.minimap.show(exchanges, this.end, { isSample: !store.isSmall });
      if (store.isSmall) show(await store.all());
      else await store.sample(SAMPLES, show);
    } catch (error) {
      this.page.failed(error);
    }
  }

  async apply(state) {
    const stretch = parseStretch(state.t);
    const wanted = JSON.stringify([state.q, state.t, state.o]);
    if (wanted !== this.shown) {
      this.shown = wanted;
      this.minimap.setStretch(stretch);
      this.grid.setOrder(state.o);
      try {
        this.grid.active = -1;
        await this.rows.show({ filter: state.q, stretch, order: state.o });
      } catch (error) {
        this.page.failed(error);
        return;
      }
      if (!state.i) this.grid.moveTo(0);
    }
    if (this.page.app.state.i) this.reveal(Number(this.page.app.state.i));
  }

  async reveal(number) {
    if (this.grid.activeKey === number && this.grid.active >= 0) return;
    const index = this.rows.indexOf(number);
    if (index < 0) return;
    this.grid.select(index, { quiet: true });
    this.minimap.setCursor(await this.store.one(number).catch(() => undefined));
  }

  summary() {
    const { rows, store } = this;
    if ((rows.list === undefined || rows.isGrouped) && !rows.view?.stretch) return "";
    return `${format.count(rows.count)} of ${format.count(store.count)} shown`
      + (rows.isWhole ? "" : " so far");
  }

  emptyText() {
    const { q, t } = this.page.app.state;
    if (q || t) return `Nothing ${q ? "matches the filter" : "began in this stretch"}.`;
    return "No request was recorded in this session; see Messages for what was said.";
  }

  moved(index, isClick) {
    const number = this.rows.key(index);
    this.minimap.setCursor(this.rows.row(index));
    const isOpen = Boolean(this.page.app.state.i);
    if (isClick) {
      this.grid.focus();
      this.page.openExchange(number, isOpen ? "replace" : "push");
    } else if (isOpen) {
      this.page.openExchange(number, "soon");
    }
  }

  open() {
    if (this.grid.active < 0) this.grid.step(1);
    const number = this.rows.key(this.grid.active);
    if (number !== undefined) this.page.openExchange(number);
  }

  sortBy(order) {
    if (!this.store.isSmall && order && order !== "number") {
      toast(`sorting is for sessions of up to ${format.count(WHOLE_LIMIT)} exchanges: filter this one`);
      return;
    }
    this.page.app.go({ o: order }, "replace");
  }

  brush(stretch) {
    this.page.app.go({ t: stretch ? `${stretch.from}-${Math.max(stretch.from + 1, stretch.to)}`
      : undefined });
  }

  /** To the selected exchange with as much time on either side, or back to the whole. */
  zoom() {
    if (this.page.app.state.t) return this.brush(undefined);
    const exchange = this.rows.row(this.grid.active);
    if (!exchange) return toast("select an exchange to zoom to");
    const length = Math.max(1000, exchange.duration_us ?? this.end - exchange.start_us);
    this.brush({
      from: Math.max(0, Math.floor(exchange.start_us - length)),
      to: Math.min(this.end + 1, Math.ceil(exchange.start_us + 2 * length)),
    });
  }

  async seek(step, wanted, none) {
    const from = this.grid.active < 0 ? (step > 0 ? -1 : this.rows.count) : this.grid.active;
    const index = await this.rows.search(from, step, wanted).catch((error) => this.page.failed(error) ?? -1);
    if (index < 0) say(none);
    if (index < 0) toast(none);
    else this.grid.select(index);
  }

  /** The next or previous exchange of the same method and name. */
  sameKind(step) {
    const now = this.rows.row(this.grid.active);
    if (!now) return;
    const isSame = (other) => other.method === now.method && other.name === now.name
      && other.asker === now.asker;
    this.seek(step, isSame, `no ${step > 0 ? "later" : "earlier"} call of ${now.name ?? now.method}`);
  }

  async setLanes(hasLanes) {
    this.hasLanes = hasLanes;
    remember("lanes", hasLanes ? "on" : "");
    this.lanesButton.setAttribute("aria-pressed", String(hasLanes));
    this.lanesPlace.hidden = !hasLanes;
    if (!hasLanes || this.lanes) return;
    const { Lanes } = await import("./lanes.js");
    if (this.lanes || this.isClosed) return;
    this.lanes = new Lanes(this.page);
    replace(this.lanesPlace, this.lanes.element);
  }

  setFollowing(isFollowing) {
    this.grid.isFollowing = isFollowing;
    this.follow.setAttribute("aria-pressed", String(isFollowing));
    if (isFollowing) this.grid.update();
  }

  pressed(key) {
    const act = {
      n: () => this.seek(1, isBadExchange, "no later error"),
      p: () => this.seek(-1, isBadExchange, "no earlier error"),
      ",": () => this.sameKind(-1),
      ".": () => this.sameKind(1),
      f: () => this.setFollowing(!this.grid.isFollowing),
      l: () => this.setLanes(!this.hasLanes),
      z: () => this.zoom(),
    }[key];
    if (!act) return this.grid.act(key);
    act();
    return true;
  }

  async changed() {
    await this.rows.refresh().catch((error) => this.page.failed(error));
    // The strip of a large session is not sampled again at every message.
    if (this.store.isSmall) await this.overview();
    await this.lanes?.load();
  }

  redraw() {
    this.grid.draw();
  }

  focus() {
    this.grid.focus();
  }

  close() {
    this.isClosed = true;
    this.minimap.close();
    this.lanes?.close();
    this.grid.close();
    this.endTheme();
  }
}
