// A table of exchanges with their time line, under a strip of the whole time: what the table of a session
// and the one of a run have alike.

import { button, h, replace, styled, toast } from "./dom.js";
import { fillStatus, fillWhat, MEASURES } from "./exchange-cells.js";
import { isBadExchange } from "./exchange-order.js";
import { Follow } from "./follow.js";
import * as format from "./format.js";
import { columnMenu, Grid } from "./grid.js";
import { isMarked } from "./marked.js";
import { parseStretch } from "./route.js";
import { onTheme, remember, remembered } from "./theme.js";
import { waitKey } from "./waits.js";
import { drawBar } from "./waterfall.js";

/** So wide is the sign at the beginning of a row that unfolds it. */
const FOLD = 24;

export class ExchangeTable {
  /**
   * `rows` are the exchanges, `Strip` the class of what stands above them. Where rows of several sessions are
   * in one table each has its `session`, and its key is `SESSION@NUMBER` instead of its number.
   */
  constructor(page, { rows, Strip, ...facts }) {
    Object.assign(this, { page, rows, source: rows, keepsRow: true });
    this.rows.going = () => page.app.live.going();
    this.rows.rowClass = (exchange) => (isBadExchange(exchange) ? "has-error" : "");
    this.grid = new Grid({
      ...facts, columns: this.columns(), empty: () => this.emptyText(), onopen: () => this.open(),
      onmove: (index, isClick) => this.moved(index, isClick), onsort: (key, order) => this.sortBy(order),
      nest: (row, index) => this.nest(row, index),
    });
    this.map = new Strip({ onbrush: (stretch) => this.brush(stretch) });
    this.follow = new Follow(this.grid);
    this.lanesButton = button("≋ lanes", "notifications and standard error on the time line (l)",
      () => this.toggleLanes(), { class: "tool wordy", "aria-pressed": "false" });
    this.extra = [this.follow.element, this.lanesButton, columnMenu(this.grid)];
    this.lanesPlace = h("div", { hidden: true });
    this.element = h("div", { class: "stack" }, this.map.element, this.lanesPlace, this.grid.element);
    this.rows.onchange = () => {
      this.expanded?.layout();
      this.grid.update();
      page.describe();
    };
    this.grid.setSource(rows);
    // The sign at its beginning unfolds a row; the rest of the row opens it.
    this.grid.space.addEventListener("click", (event) => {
      const cell = event.target.closest(".has-fold");
      if (!cell || event.clientX > cell.getBoundingClientRect().left + FOLD) return;
      event.stopPropagation();
      const key = this.source.key(this.grid.indexAt(event.target));
      this.setFold(key, !this.expanded?.isOpen(key));
    }, true);
    this.endTheme = onTheme(() => this.grid.draw());
  }

  close() {
    this.isClosed = true;
    this.map.close();
    this.lanes?.close();
    this.grid.close();
    this.endTheme();
  }

  // -- what is shown

  columns() {
    const start = (exchange, index, source) => {
      const { times } = this.page.app;
      if (times === "wall") return format.wallTime(this.page.began + exchange.start_us);
      if (times === "relative") return format.offset(exchange.start_us);
      const before = index > 0 ? source.row(index - 1) : undefined;
      return before ? "+" + format.offset(exchange.start_us - before.start_us) : "";
    };
    return [
      ...this.firstColumns(),
      { key: "status", title: "Status", width: 96, priority: 0, sort: true, fill: fillStatus },
      { key: "method", title: "What", hint: "method and name", width: this.whatWidth,
        wish: this.whatWidth + 110, grow: 3, priority: 0, sort: true, fill: fillWhat },
      { key: "start", title: "Start", width: format.timeWidth(this.page.app.times), priority: 3,
        align: "right", sort: true, fill: (cell, exchange, index, source) => {
          cell.textContent = start(exchange, index, source);
        } },
      ...MEASURES,
      { key: "waterfall", title: "Time line", width: 170, grow: 4, priority: 7, fill: () => {},
        paint: (context, row, box) => (row.entry
          ? this.expanded.paintMessage(context, row, box, this.range())
          : drawBar(context, row, box, this.range(), this.end, this.waits?.get(waitKey(row)))) },
    ].map((column) => ({ ...column, fill: (cell, row, ...place) => {
      if (row.entry) return this.expanded.fillMessage(cell, column, row);
      // A message may have had this row before.
      if (this.expanded) cell.className = `cell ${column.align ?? ""}`;
      return column.fill(cell, row, ...place);
    } }));
  }

  fillNumber(cell, { session, exchange }) {
    cell.textContent = (isMarked(session ?? this.page.id, exchange) ? "◆ " : "") + exchange;
  }

  /** Makes a cell that begins a row hold the sign that unfolds it. */
  addFold(cell, align, key, title) {
    cell.className = `cell ${align} has-fold${this.expanded?.isOpen(key) ? " is-open" : ""}`;
    cell.title = `${title}its messages: → ←, or a click on the sign`;
  }

  /** For who does not see how far in a row begins, nor its sign. */
  nest(row, index) {
    const { rows, expanded } = this;
    const level = (exchange) => 1 + ((!rows.isFlat && exchange && rows.place(exchange)?.depth) || 0);
    if (row.entry) return { level: level(rows.row(expanded.at(index).index)) + row.depth };
    return { level: level(row), isExpanded: expanded?.isOpen(row.key ?? row.exchange) ?? false };
  }

  get end() {
    return Math.max(1, this.page.duration);
  }

  range() {
    return this.rows.view?.stretch ?? { from: 0, to: this.end };
  }

  async apply(state) {
    this.setLanes((state.l ?? remembered("lanes")) === "on");
    const wanted = JSON.stringify([state.q, state.t, state.o]);
    if (wanted !== this.shown) {
      this.shown = wanted;
      const stretch = parseStretch(state.t);
      this.map.setStretch(stretch);
      this.grid.setOrder(state.o);
      this.grid.active = -1;
      try {
        await this.rows.show({ filter: state.q, stretch, order: state.o });
      } catch (error) {
        this.page.failed(error);
        this.grid.update();
        return;
      } finally {
        this.shownAnew();
      }
      if (!state.i) this.grid.moveTo(0);
    }
    const now = this.page.app.state;
    this.unfold(now.e);
    if (!now.i) this.setLacking();
    if (now.i || (now.a && !now.m)) this.reveal(this.wantedKey());
    else this.revealMessage();
  }

  /** What the address says is open or selected. */
  wantedKey() {
    const { state } = this.page.app;
    return state.i ? this.keyOf(state) : Number(state.a) || state.a;
  }

  /** The exchange of the details, when it is not among the rows. */
  setLacking(key) {
    if (this.lacking === key) return;
    this.lacking = key;
    this.page.describe();
  }

  lackingWords() {
    if (this.lacking === undefined || this.rows.indexOf(this.lacking) >= 0) return undefined;
    return `#${this.page.app.state.i} is not among the ${format.counted(this.rows.count, "row")} shown`;
  }

  async reveal(key) {
    if (this.grid.activeKey === key && this.grid.active >= 0) return this.setLacking();
    if (this.source.indexOf(key) < 0) await this.rows.locate?.(key);
    const index = this.source.indexOf(key);
    if (this.wantedKey() !== key) return undefined;
    this.setLacking(index < 0 && this.page.app.state.i ? key : undefined);
    if (index < 0) return undefined;
    this.grid.select(index, { quiet: true });
    this.map.setCursor(this.source.row(index) ?? (await this.page.store?.one(key).catch(() => undefined)));
    return undefined;
  }

  /** What a table without rows says is loaded for one. */
  emptyText() {
    if (this.empty) return this.empty(this.page);
    import("./empty-text.js").then(({ noExchanges }) => {
      this.empty = noExchanges;
      this.grid.update();
    });
    return undefined;
  }

  redraw() {
    this.grid.setWidth("start", format.timeWidth(this.page.app.times));
    this.grid.draw();
  }

  focus() {
    this.grid.focus();
  }

  // -- messages of an exchange in place

  /** Unfolds or folds an exchange; the list of those that are open is in the address. */
  setFold(key, isOpen) {
    if (!key) return;
    const others = (this.page.app.state.e ?? "").split(",").filter((each) => each && each !== String(key));
    this.page.app.go({ e: [...others, ...(isOpen ? [key] : [])].join(",") || undefined }, "replace");
    if (!isOpen) this.grid.select(this.source.indexOf(key), { quiet: true });
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
    const key = m && this.expanded?.messageKey(this.page.app.state);
    const index = key && this.grid.activeKey !== key ? this.source.indexOf(key) : -1;
    if (index >= 0) this.grid.select(index, { quiet: true });
  }

  // -- acting

  /** The key of the selected exchange, also where one of its messages is selected. */
  selectedKey() {
    const { active } = this.grid;
    return active < 0 ? undefined : this.source.row(active)?.of ?? this.source.key(active);
  }

  selectedRow() {
    const index = this.rows.indexOf(this.selectedKey());
    return index < 0 ? undefined : this.rows.row(index);
  }

  moved(index, isClick) {
    const row = this.source.row(index);
    if (!row?.entry) this.map.setCursor(row);
    const { i, m } = this.page.app.state;
    const isOpen = Boolean(i ?? m);
    if (isClick) this.grid.focus();
    if (isClick) this.show(index, isOpen ? "replace" : "push");
    else if (isOpen) this.show(index, "soon");
    else this.page.app.go({ a: this.source.key(index) }, "soon");
  }

  async show(index, how) {
    if (this.page.isRun) {
      // A row of a run that is not here yet has no name.
      await this.source.ensure(index, index);
      if (index !== this.grid.active) return;
    }
    const row = this.source.row(index) ?? { exchange: this.source.key(index) };
    if (row.entry) this.page.openRow({ session: row.session, seq: row.entry.seq }, how);
    else if (row.exchange) this.page.openRow(row, how);
  }

  open() {
    if (this.grid.active < 0) this.grid.step(1);
    if (this.grid.active >= 0) this.show(this.grid.active);
  }

  sortBy(order) {
    this.page.app.go({ o: order }, "replace");
  }

  brush(stretch) {
    this.page.app.go({ t: stretch ? `${stretch.from}-${Math.max(stretch.from + 1, stretch.to)}`
      : undefined });
  }

  /** To the selected exchange with its time around it, or back to the whole. */
  async zoom() {
    if (this.page.app.state.t) return this.brush(undefined);
    return (await import("./selected-moves.js")).zoom(this);
  }

  /** The next or previous exchange of the same method and name. */
  async sameKind(step) {
    (await import("./selected-moves.js")).sameKind(this, step);
  }

  async seek(step, wanted, none) {
    const from = this.grid.active < 0 ? (step > 0 ? -1 : this.source.count) : this.grid.active;
    const index = await Promise.resolve(this.source.search(from, step, wanted))
      .catch((error) => this.page.failed(error) ?? -1);
    if (index < 0) toast(none);
    else this.grid.select(index);
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
    const { Lanes } = await styled("lanes.css", import("./lanes.js"));
    if (this.lanes || this.isClosed) return;
    this.lanes = new Lanes(this.page);
    replace(this.lanesPlace, this.lanes.element);
  }

  pressed(key, event) {
    // In the details the arrows are theirs.
    const isHere = !event?.target.closest?.(".details");
    const act = {
      ArrowRight: isHere && (() => this.setFold(this.selectedKey(), true)),
      ArrowLeft: isHere && (() => this.setFold(this.selectedKey(), false)),
      n: () => this.seek(1, isBadExchange, "no later error"),
      p: () => this.seek(-1, isBadExchange, "no earlier error"),
      ",": () => this.sameKind(-1),
      ".": () => this.sameKind(1),
      f: () => this.follow.toggle(),
      l: () => this.toggleLanes(),
      z: () => this.zoom(),
    }[key];
    if (!act) return this.grid.act(key);
    act();
    return true;
  }
}
