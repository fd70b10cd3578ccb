// A JSON text as a tree that folds; values, paths and rules for replay can be copied, and text found in it.

import { copy } from "./clipboard.js";
import { button, h, replace, say, toast } from "./dom.js";
import * as format from "./format.js";
import { parseTree, pathText, placesAround, visibleRows, written } from "./json-tree.js";
import { rulesFor } from "./rule-words.js";
import { block } from "./text-block.js";

/** Longer strings, and those of many lines, are unfolded like an object. */
const LINE = 160;
/** Elements for one tree; the rest is in Raw. */
const ROW_LIMIT = 800;
const STRING_LIMIT = 200_000;
const FOUND_LIMIT = 5000;

const views = new WeakMap();

/** The tree that an element shows; undefined for other elements. */
export function viewOf(element) {
  return views.get(element);
}

function isLong(node) {
  return node?.kind === "string" && (node.value.length > LINE || node.value.includes("\n"));
}

export class JsonView {
  /**
   * `depth` levels are open at first. `side` (`request` or `response`) and `base`, the path of the root in
   * that message, make rules out of places; `exchange` is what they are for. `isPart` of a place that
   * brings its own box to find in it.
   */
  constructor(text, { label = "JSON", depth = 3, side, base = [], exchange, isPart = false } = {}) {
    Object.assign(this, { depth, side, base, exchange });
    this.root = typeof text === "string" ? parseTree(text) : text;
    this.toggled = new Map();
    /** Places that are open only so that what was found is seen. */
    this.opened = new Set();
    this.found = new Set();
    this.at = 0;
    this.tree = h("div", { class: "tree", role: "tree", "aria-label": label, tabIndex: 0,
      onkeydown: (event) => this.pressed(event), onclick: (event) => this.clicked(event) });
    this.path = h("code", { class: "path" });
    this.box = h("input", { class: "find", type: "text", placeholder: "find",
      "aria-label": `find in ${label}`, oninput: () => this.boxTyped(),
      onkeydown: (event) => this.boxPressed(event) });
    this.count = h("span", { class: "dim" });
    this.element = this.root
      ? h("div", { class: "json" }, h("div", { class: "json-tools" },
        this.path, h("span", { class: "spring" }), isPart ? undefined : [this.box, this.count],
        button("copy value", "copy the value (c)", () => this.copyValue(), { class: "tool wordy" }),
        button("copy path", "copy the path (C)", () => this.copyPath(), { class: "tool wordy" }),
        side ? button("copy rule", "copy the rule that leaves this value out of comparison (r)",
          () => this.copyRule("ignore"), { class: "tool wordy" }) : undefined), this.tree)
      : h("pre", { class: "text", tabIndex: 0 }, block(String(text).slice(0, STRING_LIMIT)));
    if (!this.root) return;
    views.set(this.element, this);
    this.draw();
  }

  isOpen(place, depth, node) {
    if (this.toggled.has(place)) return this.toggled.get(place);
    if (this.opened.has(place)) return true;
    if (!node || isLong(node)) return false;
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
    const { node, key, depth, count, place, stretch } = row;
    const long = !stretch && isLong(node);
    const isOpen = long ? this.isOpen(place, depth, node) : row.isOpen;
    const element = h("div", {
      class: "tree-row" + (this.found.has(place) ? " found" : ""), role: "treeitem",
        id: `${this.treeId()}-${index}`,
      "data-index": String(index), "aria-level": String(depth + 1), "aria-selected": "false",
      "aria-expanded": count > 0 || long ? String(isOpen) : undefined,
    },
    count > 0 || long ? h("span", { class: "fold", "aria-hidden": "true" }, isOpen ? "▾" : "▸") : undefined,
    key === undefined ? undefined : [
      h("span", { class: typeof key === "number" ? "index" : "key" }, format.oneLine(String(key), 200)
        || '""'), ": ",
      row.isRepeated ? h("span", { class: "is-warn" }, row.isRepeated === "last"
        ? "⚠ again, this one counts " : "⚠ occurs again below ") : undefined],
    stretch ? this.stretchElement(node, stretch) : this.valueElement(node, isOpen));
    element.style.setProperty("--depth", String(depth));
    return element;
  }

  treeId() {
    this.identity ??= `tree${Math.random().toString(36).slice(2, 8)}`;
    return this.identity;
  }

  stretchElement(node, [from, to]) {
    const name = (at) => (node.kind === "array" ? format.count(at)
      : format.oneLine(String(node.children[at].key), 40));
    return h("span", { class: "index" }, `${name(from)} … ${name(to - 1)}`);
  }

  valueElement(node, isOpen) {
    if (node.kind === "string") {
      if (isLong(node) && isOpen) {
        const left = node.value.length - STRING_LIMIT;
        return [h("pre", { class: "string" }, block(node.value.slice(0, STRING_LIMIT))),
          left > 0 ? h("span", { class: "dim" }, `${format.count(left)} more characters: see Raw`)
            : undefined];
      }
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

  /** The path of the value under the cursor, from the message's root. */
  messagePath() {
    return [...this.base, ...this.rows[this.at].path];
  }

  fold(index, isOpen) {
    const row = this.rows[index];
    if (row.count === 0 && !isLong(row.node)) return;
    this.toggled.set(row.place, isOpen);
    this.draw();
    this.mark(index);
  }

  isOpenRow(row) {
    return !row.stretch && isLong(row.node) ? this.isOpen(row.place, row.depth, row.node) : row.isOpen;
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
      r: () => this.copyRule("ignore"),
      b: () => this.copyRule("bind"),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  copyValue() {
    const { node, stretch } = this.rows[this.at];
    if (stretch) copy(written({ ...node, children: node.children.slice(...stretch) }), "these values");
    else copy(node.kind === "string" ? node.value : written(node), "the value");
  }

  copyPath() {
    copy(pathText(this.rows[this.at].path), "the path");
  }

  copyRule(kind) {
    const rule = this.side && rulesFor(this.side, this.messagePath(), this.exchange)
      .find(({ text }) => text.startsWith(`--${kind}`));
    if (rule) copy(rule.text, `${rule.text} (${rule.note})`);
    else toast(kind === "bind" ? "only a value of an answer can be bound" : "no rule can name this value");
  }

  // -- finding

  /** Looks for a text in names and values, folded ones too: hits for `reveal`, in order. */
  find(wanted) {
    const hits = [];
    const visit = (node, key, path, open) => {
      if (hits.length >= FOUND_LIMIT) return;
      const value = node.value ?? node.text ?? "";
      if (String(key ?? "").toLowerCase().includes(wanted) || value.toLowerCase().includes(wanted)) {
        hits.push({ place: pathText(path), open, isLong: isLong(node) });
      }
      const count = node.children?.length ?? 0;
      for (let at = 0; at < count; at += 1) {
        const child = node.children[at];
        visit(child.node, child.key, [...path, child.key], { path, at, count, above: open });
      }
    };
    this.found.clear();
    this.opened.clear();
    if (wanted !== "") visit(this.root, undefined, [], undefined);
    for (const { place } of hits) this.found.add(place);
    this.draw();
    return hits;
  }

  /** Unfolds what hides a hit and puts the cursor there; its element. */
  reveal({ place, open, isLong: long }) {
    this.opened = new Set(long ? [place] : []);
    for (let step = open; step; step = step.above) {
      for (const each of placesAround(step.path, step.at, step.count)) this.opened.add(each);
    }
    for (const each of this.opened) if (this.toggled.get(each) === false) this.toggled.delete(each);
    this.draw();
    const index = this.rows.findIndex((row) => row.place === place && !row.stretch);
    if (index < 0) say("further down than this tree shows: fold something above");
    else this.mark(index);
    return this.tree.children[index];
  }
  boxTyped() {
    this.hits = this.find(this.box.value.toLowerCase());
    this.turn = -1;
    this.count.textContent = this.box.value === "" ? "" : `${format.count(this.hits.length)} found`;
    say(this.count.textContent);
  }

  boxPressed(event) {
    event.stopPropagation();
    if (event.key === "Escape") {
      this.box.value = "";
      this.boxTyped();
      this.tree.focus();
    }
    if (event.key !== "Enter" || !this.hits?.length) return;
    this.turn = (Math.max(this.turn, event.shiftKey ? 0 : -1) + (event.shiftKey ? -1 : 1) + this.hits.length)
      % this.hits.length;
    this.reveal(this.hits[this.turn]);
    this.count.textContent = `${this.turn + 1} of ${this.hits.length}`;
  }
}
