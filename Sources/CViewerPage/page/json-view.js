// A JSON text as a tree that folds; values and paths can be copied, and text found in it.

import { button, copy, h, replace, say } from "./dom.js";
import * as format from "./format.js";
import { parseTree, pathText, visibleRows, written } from "./json-tree.js";

/** Longer strings, and those of many lines, are unfolded like an object. */
const LINE = 160;
/** Elements for one tree; the rest is in Raw. */
const ROW_LIMIT = 800;
const STRING_LIMIT = 200_000;
const FOUND_LIMIT = 500;

function isLong(node) {
  return node.kind === "string" && (node.value.length > LINE || node.value.includes("\n"));
}

export class JsonView {
  /** `depth` levels are open at first. */
  constructor(text, { label = "JSON", depth = 3 } = {}) {
    this.root = typeof text === "string" ? parseTree(text) : text;
    this.depth = depth;
    this.toggled = new Map();
    this.found = new Set();
    this.at = 0;
    this.tree = h("div", { class: "tree", role: "tree", "aria-label": label, tabIndex: 0,
      onkeydown: (event) => this.pressed(event), onclick: (event) => this.clicked(event) });
    this.path = h("code", { class: "path" });
    this.search = h("input", { class: "find", type: "text", placeholder: "find",
      "aria-label": `find in ${label}`,
      oninput: () => this.find(), onkeydown: (event) => this.searchPressed(event) });
    this.count = h("span", { class: "dim" });
    this.element = this.root
      ? h("div", { class: "json" }, h("div", { class: "json-tools" },
        this.path, h("span", { class: "spring" }), this.search, this.count,
        button("copy value", "copy the value (c)", () => this.copyValue(), { class: "tool wordy" }),
        button("copy path", "copy the path (C)", () => this.copyPath(), { class: "tool wordy" })), this.tree)
      : h("pre", { class: "text", tabIndex: 0 }, format.block(String(text).slice(0, STRING_LIMIT)));
    if (this.root) this.draw();
  }

  isOpen(path, depth, node) {
    if (this.toggled.has(path)) return this.toggled.get(path);
    if (isLong(node)) return false;
    return depth < this.depth && (node.children?.length ?? 0) <= 60;
  }

  draw() {
    const { rows, rest } = visibleRows(this.root, (...facts) => this.isOpen(...facts), ROW_LIMIT);
    this.rows = rows;
    this.at = Math.min(this.at, rows.length - 1);
    replace(this.tree, rows.map((row, index) => this.rowElement(row, index)),
      rest > 0 ? h("div", { class: "dim" }, `${format.count(rest)} more: fold something, or see Raw`)
        : undefined);
    this.mark(this.at, false);
  }

  rowElement(row, index) {
    const { node, key, depth, count } = row;
    const path = pathText(row.path);
    const long = isLong(node);
    const isOpen = long ? this.isOpen(path, depth, node) : row.isOpen;
    const element = h("div", {
      class: "tree-row" + (this.found.has(path) ? " found" : ""), role: "treeitem",
        id: `${this.treeId()}-${index}`,
      "data-index": String(index), "aria-level": String(depth + 1), "aria-selected": "false",
      "aria-expanded": count > 0 || long ? String(isOpen) : undefined,
    },
    h("span", { class: "fold", "aria-hidden": "true" }, count > 0 || long ? (isOpen ? "▾" : "▸") : ""),
    key === undefined ? undefined : [
      h("span", { class: typeof key === "number" ? "index" : "key" }, format.oneLine(String(key), 200)),
        ": "],
    this.valueElement(node, isOpen));
    element.style.setProperty("--depth", String(depth));
    return element;
  }

  treeId() {
    this.identity ??= `tree${Math.random().toString(36).slice(2, 8)}`;
    return this.identity;
  }

  valueElement(node, isOpen) {
    if (node.kind === "string") {
      if (isLong(node) && isOpen) return h("pre", { class: "string" },
          format.block(node.value.slice(0, STRING_LIMIT)));
      const shown = format.oneLine(node.value, LINE);
      const note = isLong(node) ? h("span", { class: "dim" },
        ` ${format.count(node.value.length)} characters`) : "";
      return [h("span", { class: "string" }, `"${shown}"`), note];
    }
    if (node.text !== undefined) return h("span", { class: node.kind }, node.text);
    const [open, close, what] = node.kind === "object" ? ["{", "}", "member"] : ["[", "]", "item"];
    if (node.children.length === 0) return open + close;
    return h("span", { class: "dim" },
      isOpen ? open : `${open} ${format.counted(node.children.length, what)} ${close}`);
  }

  mark(index, isRevealed = true) {
    this.tree.children[this.at]?.setAttribute("aria-selected", "false");
    this.at = Math.max(0, Math.min(this.rows.length - 1, index));
    const element = this.tree.children[this.at];
    element.setAttribute("aria-selected", "true");
    this.tree.setAttribute("aria-activedescendant", element.id);
    if (isRevealed) element.scrollIntoView({ block: "nearest" });
    this.path.textContent = format.oneLine(pathText(this.rows[this.at].path), 200);
    this.path.title = this.path.textContent;
  }

  fold(index, isOpen) {
    const row = this.rows[index];
    if (row.count === 0 && !isLong(row.node)) return;
    this.toggled.set(pathText(row.path), isOpen);
    this.draw();
    this.mark(index);
  }

  isOpenRow(row) {
    return isLong(row.node) ? this.isOpen(pathText(row.path), row.depth, row.node) : row.isOpen;
  }

  clicked(event) {
    const element = event.target.closest("[data-index]");
    if (!element || getSelection()?.toString()) return;
    const index = Number(element.dataset.index);
    this.mark(index);
    // The text of an open string can be selected; only its head folds it.
    if (!event.target.closest("pre")) this.fold(index, !this.isOpenRow(this.rows[index]));
  }

  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const row = this.rows[this.at];
    const parent = () => {
      for (let index = this.at - 1; index >= 0; index -= 1) {
        if (this.rows[index].depth < row.depth) return index;
      }
      return 0;
    };
    const act = {
      ArrowDown: () => this.mark(this.at + 1),
      ArrowUp: () => this.mark(this.at - 1),
      ArrowRight: () => (this.isOpenRow(row) ? this.mark(this.at + 1) : this.fold(this.at, true)),
      ArrowLeft: () => (this.isOpenRow(row) ? this.fold(this.at, false) : this.mark(parent())),
      Enter: () => this.fold(this.at, !this.isOpenRow(row)),
      c: () => this.copyValue(),
      C: () => this.copyPath(),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  copyValue() {
    const { node } = this.rows[this.at];
    copy(node.kind === "string" ? node.value : written(node), "the value");
  }

  copyPath() {
    copy(pathText(this.rows[this.at].path), "the path");
  }

  // -- finding

  find() {
    const wanted = this.search.value.toLowerCase();
    this.found.clear();
    this.hits = [];
    if (wanted !== "") this.look(this.root, undefined, [], wanted);
    this.draw();
    const more = this.hits.length >= FOUND_LIMIT ? "+" : "";
    this.count.textContent = wanted === "" ? "" : `${this.hits.length}${more} found`;
    say(this.count.textContent);
    this.turn = -1;
  }

  look(node, key, path, wanted) {
    if (this.hits.length >= FOUND_LIMIT) return;
    const value = node.value ?? node.text ?? "";
    const isHit = String(key ?? "").toLowerCase().includes(wanted) || value.toLowerCase().includes(wanted);
    if (isHit) {
      const text = pathText(path);
      this.found.add(text);
      this.hits.push(text);
      for (let length = 0; length < path.length; length += 1) this.toggled.set(pathText(path.slice(0,
          length)), true);
    }
    for (const child of node.children ?? []) this.look(child.node, child.key, [...path, child.key], wanted);
  }

  searchPressed(event) {
    event.stopPropagation();
    if (event.key === "Escape") {
      this.search.value = "";
      this.find();
      this.tree.focus();
    }
    if (event.key !== "Enter" || !this.hits?.length) return;
    this.turn = (this.turn + (event.shiftKey ? -1 : 1) + this.hits.length) % this.hits.length;
    const index = this.rows.findIndex((row) => pathText(row.path) === this.hits[this.turn]);
    if (index >= 0) this.mark(index);
    this.count.textContent = `${this.turn + 1} of ${this.hits.length}`;
  }
}
