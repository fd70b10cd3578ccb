// A table of any length of which only the rows in sight exist. Rows are recycled, the scrollbar is scaled
// when the list is higher than an element can be, and columns give way when there is no room.

import { h, onFrame, replace, sharp, styled } from "./dom.js";
import { Extent } from "./extent.js";
import { remember, remembered } from "./theme.js";

export const ROW = 24;
/** Columns of this priority and above give way so that others have their wish. */
const WORTH = 4;
let grids = 0;

/**
 * `name` keeps the hidden columns apart; `label` is what the table is; `columns` are
 * `{key, title, width, wish, grow, priority, align, sort, fill(cell, row, index), paint(context, row, box)}`:
 * a column of priority 0 is always there, the highest gives way first. Where rows stand under others
 * `nest(row, index)` is `{level, isExpanded}`: how deep, from 1, and whether what is under it is shown.
 */
export class Grid {
  constructor({ name, label, columns, empty, onmove, onopen, onsort, nest }) {
    Object.assign(this, { name, columns, empty, onmove, onopen, onsort, nest });
    this.id = `grid${(grids += 1)}`;
    this.source = undefined;
    this.active = -1;
    this.position = 0;
    this.pool = [];
    this.isFollowing = false;
    this.hidden = new Set((remembered("hidden." + name) ?? "").split(",").filter(Boolean));
    this.head = h("div", { class: "grid-head", role: "row", "aria-rowindex": "1" });
    this.space = h("div", { class: "grid-space", role: "rowgroup" });
    this.scroller = h(
      "div",
      { class: "grid", role: nest ? "treegrid" : "grid", tabIndex: 0, "aria-label": label,
        "aria-rowcount": "1" },
      h("div", { role: "rowgroup", class: "grid-top" }, this.head), this.space);
    this.canvas = h("canvas", { class: "grid-canvas", "aria-hidden": "true", hidden: true });
    this.note = h("p", { class: "grid-note", hidden: true });
    this.element = h("div", { class: "grid-wrap" }, this.scroller, this.canvas, this.note,
      h("div", { class: "grid-focus" }));
    this.draw = onFrame(() => this.drawNow());
    this.listen();
  }

  listen() {
    const { scroller } = this;
    scroller.addEventListener("scroll", () => {
      // What we set ourselves comes back as an event, rounded.
      const isOwn = Math.abs(scroller.scrollTop - this.ownScrollTop) <= 1;
      if (!isOwn) this.position = this.extent().position(scroller.scrollTop);
      this.ownScrollTop = scroller.scrollTop;
      this.draw();
    });
    scroller.addEventListener("wheel", (event) => {
      const extent = this.extent();
      if (!extent.isScaled || event.ctrlKey) return;
      // A pixel of a scaled scrollbar is many rows; a notch of the wheel stays a few.
      event.preventDefault();
      this.moveTo(extent.clamp(this.position + event.deltaY * (event.deltaMode === 1 ? ROW : 1)));
    }, { passive: false });
    scroller.addEventListener("keydown", (event) => this.pressed(event));
    this.space.addEventListener("click", (event) => {
      const index = this.indexAt(event.target);
      if (index === undefined) return;
      this.select(index, { isClick: true });
    });
    this.space.addEventListener("dblclick", (event) => {
      if (this.indexAt(event.target) !== undefined) this.onopen?.(this.active);
    });
    this.observer = new ResizeObserver(() => this.layout());
    this.observer.observe(scroller);
  }

  close() {
    this.observer.disconnect();
  }

  setSource(source) {
    this.source = source;
    this.active = -1;
    this.activeKey = undefined;
    this.moveTo(0);
    this.update();
  }

  get count() {
    return this.source?.count ?? 0;
  }

  extent() {
    return new Extent(this.count, ROW, this.scroller.clientHeight - ROW);
  }

  /** The source has other rows, or more: the place and the selected row stay. */
  update() {
    const extent = this.extent();
    this.space.style.height = `${extent.height}px`;
    const isOpenEnded = this.source && this.source.isWhole === false;
    this.scroller.setAttribute("aria-rowcount", isOpenEnded ? "-1" : String(this.count + 1));
    if (this.activeKey !== undefined && this.source.key(this.active) !== this.activeKey) {
      this.active = this.source.indexOf?.(this.activeKey) ?? -1;
    }
    this.moveTo(this.isFollowing ? extent.end : extent.clamp(this.position));
    const text = this.count === 0 && !isOpenEnded ? this.empty?.() : undefined;
    this.note.hidden = !text;
    replace(this.note, text);
  }

  moveTo(position) {
    this.position = position;
    const top = this.extent().scrollTop(position);
    if (Math.abs(this.scroller.scrollTop - top) > 0.5) this.scroller.scrollTop = top;
    this.ownScrollTop = this.scroller.scrollTop;
    this.draw();
  }

  select(index, { isClick = false, quiet = false } = {}) {
    if (index < 0 || index >= this.count) return;
    this.active = index;
    this.activeKey = this.source.key(index);
    this.moveTo(this.extent().reveal(index, this.position));
    if (!quiet) this.onmove?.(index, isClick);
  }

  /** Selects the row that a link names, when it is there. */
  reveal(key) {
    if (key === undefined || (key === this.activeKey && this.active >= 0)) return;
    this.select(this.source.indexOf(key), { quiet: true });
  }

  /** Moves the selection; `by` may be ±Infinity for the ends. */
  step(by) {
    const from = this.active < 0 ? (by > 0 ? -1 : this.count) : this.active;
    const to = Math.max(0, Math.min(this.count - 1, by === -Infinity ? 0 : from + by));
    this.isFollowing = this.isFollowing && to === this.count - 1;
    this.select(to);
  }

  /** Keys that move in a table from anywhere on the page; false for others. */
  act(key) {
    const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1, g: -Infinity, G: Infinity }[key];
    if (step !== undefined) this.step(step);
    if (key === "Enter") {
      if (this.active < 0) this.step(1);
      this.onopen?.(this.active);
    }
    const isSort = (key === "o" || key === "O") && this.onsort !== undefined;
    if (isSort) import("./columns.js").then(({ sortByNext }) => sortByNext(this, key === "O"));
    return step !== undefined || key === "Enter" || isSort;
  }

  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(this.extent().viewport / ROW) - 1);
    const steps = {
      ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity,
    };
    if (event.key in steps) {
      event.preventDefault();
      this.step(steps[event.key]);
    } else if (event.key === "Enter" && event.target === this.scroller && this.active >= 0) {
      event.preventDefault();
      this.onopen?.(this.active);
    }
  }

  indexAt(target) {
    const row = target.closest?.("[data-index]");
    return row ? Number(row.dataset.index) : undefined;
  }

  focus() {
    this.scroller.focus({ preventScroll: true });
  }

  /** Which columns have room, and how wide each is. */
  layout() {
    const room = this.scroller.clientWidth;
    if (room === 0) return;
    let shown = this.columns.filter((column) => column.priority === 0 || !this.hidden.has(column.key));
    const wished = (column) => column.wish ?? column.width;
    const need = (columns, width = wished) => columns.reduce((sum, column) => sum + width(column), 0);
    // What is worth more gives way to a width only, not to a wish.
    for (const [width, least] of [[wished, WORTH], [(column) => column.width, 1]]) {
      while (need(shown, width) > room) {
        const last = Math.max(...shown.map((column) => column.priority));
        if (last < least) break;
        shown = shown.filter((column) => column.priority !== last);
      }
    }
    const widthOf = need(shown) > room ? (column) => column.width : wished;
    const spare = Math.max(0, room - need(shown, widthOf));
    const shares = shown.reduce((sum, column) => sum + (column.grow ?? 0), 0);
    let left = 0;
    this.placed = shown.map((column) => {
      const width = Math.floor(widthOf(column) + (shares ? (spare * (column.grow ?? 0)) / shares : 0));
      const place = { column, left, width };
      left += width;
      return place;
    });
    const template = this.placed.map(({ width }) => `${width}px`).join(" ");
    const changed = template !== this.template || this.placed.map((p) =>
      p.column.key).join() !== this.shownKeys;
    this.shownKeys = this.placed.map((p) => p.column.key).join();
    this.template = template;
    this.element.style.setProperty("--columns", template);
    if (changed) this.rebuild();
    // A table that gets lower keeps the selected row in sight.
    const top = this.active * ROW;
    const wasSeen = this.active >= 0 && top >= this.position && top + ROW <= this.position + (this.seen ?? 0);
    this.seen = this.scroller.clientHeight - ROW;
    this.update();
    if (wasSeen) this.moveTo(this.extent().reveal(this.active, this.position));
  }

  rebuild() {
    this.scroller.setAttribute("aria-colcount", String(this.columns.length));
    replace(this.head, this.placed.map(({ column }) => this.headCell(column)));
    this.space.replaceChildren();
    this.pool = [];
  }

  headCell(column) {
    const { order } = this;
    const isUp = order === column.key;
    const isDown = order === "-" + column.key;
    const facts = {
      class: `cell ${column.align ?? ""}`, role: "columnheader",
      "aria-colindex": String(this.columns.indexOf(column) + 1),
      "aria-sort": column.sort ? (isUp ? "ascending" : isDown ? "descending" : "none") : undefined,
    };
    if (!column.sort || !this.onsort) return h("div", facts, h("span", {}, column.title));
    const mark = isUp ? " ▲" : isDown ? " ▼" : "";
    const sort = () => this.onsort(column.key, isUp ? "-" + column.key : isDown ? undefined : column.key);
    return h("div", facts, h("button", {
      type: "button", class: "sort", tabIndex: -1, onclick: sort,
        title: `sort by ${column.hint ?? column.title}`,
    }, column.title + mark));
  }

  /** The head says how rows are sorted. */
  setOrder(order) {
    this.order = order;
    if (this.placed) replace(this.head, this.placed.map(({ column }) => this.headCell(column)));
  }

  setWidth(key, width) {
    const column = this.columns.find((one) => one.key === key);
    if (column.width === width) return;
    column.width = width;
    this.layout();
  }

  setHidden(key, isHidden) {
    if (isHidden) this.hidden.add(key);
    else this.hidden.delete(key);
    remember("hidden." + this.name, [...this.hidden].join(","));
    this.layout();
  }

  drawNow() {
    if (!this.source || !this.placed) return;
    const extent = this.extent();
    const { first, end } = extent.window(this.position);
    const capacity = Math.ceil(extent.viewport / ROW) + 6;
    while (this.pool.length < Math.min(capacity, this.count)) this.pool.push(this.newRow());
    if (this.pool.length > capacity) for (const row of this.pool.splice(capacity)) row.remove();
    const shift = this.scroller.scrollTop - this.position;
    const used = new Set();
    let lacks = false;
    for (let index = first; index < end; index += 1) {
      const row = this.pool[index % this.pool.length];
      used.add(row);
      if (!this.fillRow(row, index)) lacks = true;
      row.style.transform = `translateY(${index * ROW + shift}px)`;
      row.hidden = false;
    }
    for (const row of this.pool) if (!used.has(row)) row.hidden = true;
    if (lacks) this.source.ensure?.(first, end - 1);
    const isSeen = this.active >= first && this.active < end;
    if (isSeen) this.scroller.setAttribute("aria-activedescendant",
        this.pool[this.active % this.pool.length].id);
    else this.scroller.removeAttribute("aria-activedescendant");
    this.paint(first, end);
  }

  newRow() {
    const row = h("div", { class: "row", role: "row", id: `${this.id}-${this.pool.length}` });
    for (const { column } of this.placed) {
      row.append(h("div", {
        class: `cell ${column.align ?? ""}`, role: "gridcell",
        "aria-colindex": String(this.columns.indexOf(column) + 1),
      }));
    }
    this.space.append(row);
    return row;
  }

  fillRow(row, index) {
    const item = this.source.row(index);
    row.dataset.index = index;
    row.setAttribute("aria-rowindex", String(index + 2));
    row.setAttribute("aria-selected", String(index === this.active));
    if (this.nest) this.sayNest(row, item && this.nest(item, index));
    row.className = "row" + (index % 2 ? " odd" : "") + (item ? " " + (this.source.rowClass?.(item) ?? "")
      : " waiting");
    for (let at = 0; at < this.placed.length; at += 1) {
      const cell = row.children[at];
      if (item) this.placed[at].column.fill(cell, item, index, this.source);
      else cell.textContent = at === 0 ? "…" : "";
    }
    return item !== undefined;
  }

  sayNest(row, { level, isExpanded } = {}) {
    for (const [name, value] of [["aria-level", level], ["aria-expanded", isExpanded]]) {
      if (value === undefined) row.removeAttribute(name);
      else row.setAttribute(name, String(value));
    }
  }

  /** Columns that are drawn share one canvas over their place. */
  paint(first, end) {
    const place = this.placed.find(({ column }) => column.paint);
    this.canvas.hidden = !place;
    if (!place) return;
    this.canvas.style.left = `${place.left}px`;
    this.canvas.style.width = `${place.width}px`;
    const surface = sharp(this.canvas);
    if (!surface) return;
    for (let index = first; index < end; index += 1) {
      const item = this.source.row(index);
      if (!item) continue;
      const box = { top: index * ROW - this.position, width: surface.width, height: ROW };
      place.column.paint(surface.context, item, box);
    }
  }
}

/** The menu of columns that can be hidden; what is in it comes when it is opened. */
export function columnMenu(grid) {
  const box = h("div", { class: "menu-box", hidden: true });
  const fill = async () => (await styled("menus.css", import("./columns.js"))).fillMenu(box, grid);
  return h("details", { class: "menu", ontoggle: fill },
    h("summary", { title: "columns that are shown", "aria-label": "columns" }, "▥"), box);
}
