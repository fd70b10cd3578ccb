// The table of exchanges with its waterfall, under the strip of the whole time.

import { button, h, replace, say, toast } from "./dom.js";
import { fillStatus, fillWhat, MEASURES, text } from "./exchange-cells.js";
import { isBadExchange } from "./exchange-order.js";
import { ExchangeRows } from "./exchange-rows.js";
import { WHOLE_LIMIT } from "./exchange-store.js";
import * as format from "./format.js";
import { columnMenu, Grid } from "./grid.js";
import { isMarked } from "./marked.js";
import { Minimap } from "./minimap.js";
import { parseStretch } from "./route.js";
import { onTheme, remember, remembered } from "./theme.js";
import { waitKey, waitsIn } from "./waits.js";
import { drawBar } from "./waterfall.js";

/** The strip of a session that is too large to load whole is counted anew when it grew by this share. */
const GROWTH = 0.01;
/** So wide is the sign before a number that unfolds its row. */
const FOLD = 24;

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
      () => this.toggleLanes(), { class: "tool wordy", "aria-pressed": "false" });
    this.searchButton = button("■ stop", "", () => this.stopOrGoOn(), { class: "tool wordy", hidden: true });
    this.extra = [this.searchButton, this.follow, this.lanesButton, columnMenu(this.grid)];
    this.lanesPlace = h("div", { hidden: true });
    this.element = h("div", { class: "stack" }, this.minimap.element, this.lanesPlace, this.grid.element);
    this.source = this.rows;
    this.rows.onchange = () => {
      this.expanded?.layout();
      this.grid.update();
      this.page.describe();
    };
    this.rows.onprogress = () => this.progressed();
    this.store.onload = () => this.grid.update();
    this.grid.setSource(this.rows);
    // The sign before a number unfolds its row; the rest of the row opens it.
    this.grid.space.addEventListener("click", (event) => {
      const cell = event.target.closest(".has-fold");
      if (!cell || event.clientX > cell.getBoundingClientRect().left + FOLD) return;
      event.stopPropagation();
      const number = this.source.key(this.grid.indexAt(event.target));
      this.setFold(number, !this.expanded?.isOpen(number));
    }, true);
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
    const columns = [
      { key: "number", title: "#", hint: "number", width: Math.max(60,
        40 + 8 * String(this.store.count).length), priority: 0, align: "right", sort: true,
        fill: (cell, exchange) => this.fillNumber(cell, exchange) },
      { key: "status", title: "Status", width: 96, priority: 0, sort: true, fill: fillStatus },
      { key: "method", title: "What", hint: "method and name", width: 130, grow: 3, priority: 0, sort: true,
        fill: fillWhat },
      { key: "start", title: "Start", width: 116, priority: 3, align: "right", sort: true,
        fill: (cell, exchange, index, source) => {
          cell.textContent = start(exchange, index, source);
        } },
      ...MEASURES,
      { key: "waterfall", title: "Time line", width: 170, grow: 4, priority: 7, fill: () => {},
        paint: (context, row, box) => (row.entry
          ? this.expanded.paintMessage(context, row, box, this.range())
          : drawBar(context, row, box, this.range(), this.end, this.waits?.get(waitKey(row)))) },
    ];
    return columns.map((column) => ({ ...column, fill: (cell, row, ...place) => {
      if (row.entry) return this.expanded.fillMessage(cell, column, row);
      // A message may have had this row before.
      if (this.expanded) cell.className = `cell ${column.align ?? ""}`;
      return column.fill(cell, row, ...place);
    } }));
  }

  fillNumber(cell, { exchange }) {
    cell.textContent = (isMarked(this.page.id, exchange) ? "◆ " : "") + exchange;
    cell.className = `cell right has-fold${this.expanded?.isOpen(exchange) ? " is-open" : ""}`;
    cell.title = "its messages: → ←, or a click on the sign";
  }

  selectedExchange() {
    const { active } = this.grid;
    return active < 0 ? undefined : this.source.row(active)?.of ?? this.source.key(active);
  }

  // -- messages of an exchange in place

  /** Unfolds or folds an exchange; the list of those that are open is in the address. */
  setFold(number, isOpen) {
    if (!number) return;
    const others = (this.page.app.state.e ?? "").split(",").filter((each) => each && each !== String(number));
    this.page.app.go({ e: [...others, ...(isOpen ? [number] : [])].join(",") || undefined }, "replace");
    if (!isOpen) this.grid.select(this.source.indexOf(number), { quiet: true });
  }

  async unfold(list) {
    if (list === this.unfolded) return;
    this.unfolded = list;
    const { ExpandedRows, parseFolds } = await import("./expanded-rows.js");
    if (this.isClosed || list !== this.unfolded) return;
    this.expanded ??= new ExpandedRows(this.rows, this.page, () => {
      this.grid.update();
      this.revealMessage();
    });
    this.grid.source = this.source = this.expanded;
    this.expanded.show(parseFolds(list));
  }

  revealMessage() {
    const { m } = this.page.app.state;
    const key = `m${m}`;
    const index = m && this.grid.activeKey !== key ? this.source.indexOf(key) : -1;
    if (index >= 0) this.grid.select(index, { quiet: true });
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

  /** The strip shows a small session out of its exchanges; those of a large one are counted elsewhere. */
  async overview() {
    const { store, minimap } = this;
    try {
      if (!store.isSmall) await this.count();
      else {
        const all = await store.all();
        minimap.show(all, this.end);
        await this.findWaits(all);
      }
    } catch (error) {
      minimap.showCounted(this.counted, this.end);
      this.page.failed(error);
    }
  }

  /** When exchanges waited for whom, for the time line. */
  async findWaits(all) {
    const { id, app } = this.page;
    this.waits = waitsIn(all);
    this.grid.draw();
    if (!all.some((exchange) => exchange.result_type === "input_required")) return;
    const { askedMethods } = await import("./run-line.js");
    this.asking ??= { parts: [{ id, api: app.api }] };
    this.asking.all = all.map((exchange) => ({ ...exchange, session: id, key: waitKey(exchange) }));
    const asked = await askedMethods(this.asking);
    this.waits = waitsIn(all, (exchange) => asked.get(waitKey(exchange)));
    this.grid.draw();
  }

  async count() {
    const { store, minimap } = this;
    if (this.isCounting) return;
    if (store.count < (1 + GROWTH) * (this.countOf ?? 0)) {
      minimap.showCounted(this.counted, this.end);
      return;
    }
    this.isCounting = true;
    this.countOf = store.count;
    minimap.showCounted(this.counted, this.end, !this.counted);
    try {
      // It takes the server longer than the rows in sight, which come first.
      await store.one(1);
      this.counted = await this.page.app.api.of(store.id, "density");
      minimap.showCounted(this.counted, this.end);
    } finally {
      this.isCounting = false;
    }
  }

  async apply(state) {
    this.setLanes((state.l ?? remembered("lanes")) === "on");
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
    this.unfold(this.page.app.state.e);
    if (this.page.app.state.i) this.reveal(Number(this.page.app.state.i));
    else this.revealMessage();
  }

  async reveal(number) {
    if (this.grid.activeKey === number && this.grid.active >= 0) return;
    const index = this.source.indexOf(number);
    if (index < 0) return;
    this.grid.select(index, { quiet: true });
    this.minimap.setCursor(await this.store.one(number).catch(() => undefined));
  }

  summary() {
    const { rows, store } = this;
    if ((rows.list === undefined || rows.isGrouped) && !rows.view?.stretch) return "";
    return `${format.count(rows.count)} of ${format.count(store.count)} shown`
      + (rows.isWhole ? "" : " so far") + (rows.searched === undefined ? ""
      : `, ${Math.floor(100 * rows.searched)} % searched`);
  }

  // -- a search through payloads, which comes by and by

  progressed() {
    const { rows, searchButton } = this;
    const isOver = rows.next === null || !rows.view?.filter;
    searchButton.hidden = isOver || (rows.isSearching && rows.next === 1);
    searchButton.textContent = rows.isSearching ? "■ stop" : "▶ go on";
    searchButton.title = rows.isSearching ? "end the search; what was found stays (Esc)" : "search the rest";
    this.page.describe();
  }

  stopOrGoOn() {
    if (this.rows.isSearching) this.rows.stop();
    else this.rows.goOn().catch((error) => this.page.failed(error));
  }

  /** Ends a search that is under way; false when there is none. */
  stopSearch() {
    if (!this.rows.isSearching) return false;
    this.rows.stop();
    return true;
  }

  emptyText() {
    const { q, t } = this.page.app.state;
    if (q || t) return `Nothing ${q ? "matches the filter" : "began in this stretch"}.`;
    return "No request was recorded in this session; see Messages for what was said.";
  }

  moved(index, isClick) {
    const row = this.source.row(index);
    if (!row?.entry) this.minimap.setCursor(row);
    const { i, m } = this.page.app.state;
    const isOpen = Boolean(i ?? m);
    if (isClick) this.grid.focus();
    if (isClick) this.show(index, isOpen ? "replace" : "push");
    else if (isOpen) this.show(index, "soon");
  }

  show(index, how) {
    const row = this.source.row(index);
    if (row?.entry) this.page.openMessage(row.entry.seq, how);
    else this.page.openExchange(this.source.key(index), how);
  }

  open() {
    if (this.grid.active < 0) this.grid.step(1);
    if (this.source.key(this.grid.active) !== undefined) this.show(this.grid.active);
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
    const exchange = this.rows.row(this.rows.indexOf(this.selectedExchange()));
    if (!exchange) return toast("select an exchange to zoom to");
    const length = Math.max(1000, exchange.duration_us ?? this.end - exchange.start_us);
    this.brush({
      from: Math.max(0, Math.floor(exchange.start_us - length)),
      to: Math.min(this.end + 1, Math.ceil(exchange.start_us + 2 * length)),
    });
  }

  async seek(step, wanted, none) {
    const from = this.grid.active < 0 ? (step > 0 ? -1 : this.source.count) : this.grid.active;
    const index = await this.source.search(from, step, wanted)
      .catch((error) => this.page.failed(error) ?? -1);
    if (index < 0) say(none);
    if (index < 0) toast(none);
    else this.grid.select(index);
  }

  /** The next or previous exchange of the same method and name. */
  sameKind(step) {
    const now = this.rows.row(this.rows.indexOf(this.selectedExchange()));
    if (!now) return;
    const isSame = (other) => other.method === now.method && other.name === now.name
      && other.asker === now.asker;
    this.seek(step, isSame, `no ${step > 0 ? "later" : "earlier"} call of ${now.name ?? now.method}`);
  }

  toggleLanes() {
    remember("lanes", this.hasLanes ? "" : "on");
    this.page.app.go({ l: this.hasLanes ? "off" : "on" }, "replace");
  }

  async setLanes(hasLanes) {
    this.hasLanes = hasLanes;
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

  pressed(key, event) {
    // In the details the arrows are theirs.
    const isHere = !event?.target.closest?.(".details");
    const act = {
      ArrowRight: isHere && (() => this.setFold(this.selectedExchange(), true)),
      ArrowLeft: isHere && (() => this.setFold(this.selectedExchange(), false)),
      n: () => this.seek(1, isBadExchange, "no later error"),
      p: () => this.seek(-1, isBadExchange, "no earlier error"),
      ",": () => this.sameKind(-1),
      ".": () => this.sameKind(1),
      f: () => this.setFollowing(!this.grid.isFollowing),
      l: () => this.toggleLanes(),
      z: () => this.zoom(),
    }[key];
    if (!act) return this.grid.act(key);
    act();
    return true;
  }

  async changed() {
    await this.rows.refresh().catch((error) => this.page.failed(error));
    this.overview();
    this.expanded?.refresh();
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
