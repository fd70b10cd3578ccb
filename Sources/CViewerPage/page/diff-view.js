// Two exchanges side by side: what was asked, and what was answered. A sign and a word tell what each row is;
// colour only repeats it.

import { button, h, loadStyle, replace, say } from "./dom.js";
import * as format from "./format.js";
import { differences, tally, wordParts } from "./json-diff.js";
import { member, parseTree, written } from "./json-tree.js";
import { block } from "./text-block.js";

const SIGNS = { added: "+", removed: "−", changed: "≠", moved: "↕", same: "=", open: "", lines: "≠" };
const WORDS = { added: "added", removed: "removed", changed: "changed", moved: "moved", same: "equal",
  open: "", lines: "changed" };
/** Characters of one value; the rest is in Raw. */
const VALUE_LIMIT = 4000;
/** Above this a changed text is not compared word by word. */
const WORD_LIMIT = 2000;
/** Rows that are drawn at first; each time more are asked for, as many as there are. */
const ROW_STEP = 100;

/** Which exchange `c` of the address names: `{session, number}`; undefined when it names none. */
export function parseOther(text, session) {
  const match = /^(?:([\w-]{1,64})@)?(\d{1,15})$/.exec(text ?? "");
  return match ? { session: match[1] ?? session, number: Number(match[2]) } : undefined;
}

/** The same as text; the session is left out when it is the one in sight. */
export function otherText({ session, number }, here) {
  return session === here ? String(number) : `${session}@${number}`;
}

/** The exchange before this one that asked the same, by its number; undefined when there is none near. */
export async function earlierCall(store, exchange, reach = 5000) {
  for (let number = exchange.exchange - 1; number >= Math.max(1, exchange.exchange - reach); number -= 1) {
    const other = await store.one(number);
    if (other && other.method === exchange.method && other.name === exchange.name
      && other.asker === exchange.asker) return number;
  }
  return undefined;
}

export class DiffView {
  /** `pane` holds the exchange that is open and fetches another one; `ondraw` is called when it is drawn. */
  constructor(pane, ondraw) {
    this.pane = pane;
    this.page = pane.page;
    this.place = h("div", { class: "diff-place" }, h("p", { class: "dim" }, "Loading…"));
    this.element = h("div", { class: "diff" }, this.place);
    this.fill().catch((error) => replace(this.place, h("p", { class: "notice" }, error.message)))
      .then(ondraw);
  }

  async fill() {
    await loadStyle("diff.css");
    const { item, page } = this.pane;
    const here = { session: page.id, number: item.exchange.exchange };
    let other = parseOther(page.app.state.c, page.id);
    this.isDefault = !other;
    if (!other) {
      const number = await earlierCall(page.store, item.exchange);
      other = number && { session: page.id, number };
    }
    if (!other) {
      replace(this.place, this.head(here, undefined), h("p", { class: "notice" },
        "Nothing earlier asked the same. Mark an exchange with m and press d here, or type a number."));
      return;
    }
    const found = await this.pane.loadExchange(other.number, other.session);
    if (!found) {
      replace(this.place, this.head(here, other), h("p", { class: "notice" },
        `There is no exchange ${this.nameOf(other)} to compare with.`));
      return;
    }
    this.draw(here, other, found);
  }

  nameOf({ session, number }) {
    return session === this.page.id ? `#${number}` : `${format.oneLine(session, 64)} #${number}`;
  }

  head(here, other) {
    const box = h("input", { class: "find", type: "text", inputmode: "numeric", "aria-label":
      "number of the exchange to compare with", placeholder: "#", onkeydown: (event) => {
      event.stopPropagation();
      const typed = parseOther(box.value.trim().replace(/^#/, ""), this.page.id);
      if (event.key === "Enter" && typed) this.against(typed);
      if (event.key === "Escape") this.pane.body.focus();
    } });
    const go = (step) => () => this.step(step);
    return h("div", { class: "diff-head" },
      other ? [h("strong", {}, this.nameOf(other)), h("span", { class: "dim" }, this.isDefault
        ? " the call before · " : " · "), h("strong", {}, this.nameOf(here)), " this one"]
        : h("strong", {}, this.nameOf(here)),
      h("span", { class: "spring" }), h("label", { class: "dim" }, "against ", box),
      other && other.session === this.page.id ? [
        button("‹", "compare with the call before that one", go(-1), { class: "tool wordy" }),
        button("›", "compare with the call after that one", go(1), { class: "tool wordy" }),
        button("⇄", "the other way round", () => this.page.app.go({ i: other.number, m: undefined,
          c: String(here.number) }), { class: "tool wordy" })] : undefined);
  }

  against(other) {
    this.page.app.go({ c: otherText(other, this.page.id) }, "replace");
  }

  /** To the neighbour of the other side that asked the same; this exchange itself is stepped over. */
  async step(by) {
    const { exchange } = this.pane.item;
    const { store } = this.page;
    for (let number = this.other.number + by; number >= 1 && number <= store.count; number += by) {
      if (number === exchange.exchange) continue;
      const next = await store.one(number);
      if (next?.method === exchange.method && next.name === exchange.name) {
        this.against({ session: this.page.id, number });
        return;
      }
    }
    say("no other call of the same kind");
  }

  draw(here, other, found) {
    this.other = other;
    const { item } = this.pane;
    const parts = [["asked", "request", ["method", "params"]], ["answered", "response", ["result", "error"]]];
    const sum = { added: 0, removed: 0, changed: 0, moved: 0 };
    const sections = parts.map(([title, side, names]) => {
      const [left, right] = [found, item].map(({ sides }) => picked(sides[side], names));
      if (!left || !right) return [h("h3", { class: "label" }, title),
        h("p", { class: "dim" }, lack(left, right))];
      const rows = differences(left, right);
      const counts = tally(rows);
      for (const kind of Object.keys(sum)) sum[kind] += counts[kind];
      return [h("h3", { class: "label" }, title), this.table(rows.slice(1), title, other, here, rows[0])];
    });
    const words = Object.entries(sum).filter(([, count]) => count > 0)
      .map(([kind, count]) => `${SIGNS[kind]} ${format.count(count)} ${WORDS[kind]}`);
    const told = words.length > 0 ? words.join(", ") : "= nothing differs";
    replace(this.place, this.head(here, other), h("p", { class: "diff-sum" }, told,
      h("span", { class: "dim" }, ` · took ${format.duration(found.exchange.duration_us) || "no answer"}, `
        + `now ${format.duration(item.exchange.duration_us) || "no answer"}`)), sections);
    say(told);
  }

  table(rows, title, other, here, root) {
    if (root.kind === "same") return h("p", { class: "dim" }, `= equal in both`);
    const body = h("tbody", {});
    const more = h("div", {});
    const pieces = rows.flatMap((row) => (row.kind === "lines" ? linePieces(row) : [() => rowElement(row)]));
    let shown = 0;
    const grow = () => {
      const next = pieces.slice(shown, shown + Math.max(ROW_STEP, shown));
      shown += next.length;
      body.append(...next.map((piece) => piece()));
      const left = pieces.length - shown;
      replace(more, left > 0 ? button(`${format.count(left)} more rows`, "show more", grow,
        { class: "tool wordy diff-rest" }) : undefined);
    };
    grow();
    return [h("table", { class: "diff-table", "aria-label": `${title}, side by side` },
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "member"),
        h("th", { scope: "col" }, this.nameOf(other)), h("th", { scope: "col" }, this.nameOf(here)))),
      body), more];
  }
}

/** Those members of a message that are compared; undefined when it is not there or no JSON. */
function picked(side, names) {
  const root = side?.root ?? (side?.text === undefined ? undefined : parseTree(side.text));
  if (root?.kind !== "object") return undefined;
  const children = names.map((key) => ({ key, node: member(root, key) })).filter(({ node }) => node);
  return { kind: "object", children };
}

function lack(left, right) {
  if (!left && !right) return "Neither side has a body to compare.";
  return `The ${left ? "right" : "left"} side has no body to compare: no answer, no payload, or a large one `
    + "that is not loaded.";
}

function shortened(text) {
  if (text.length <= VALUE_LIMIT) return text;
  return `${text.slice(0, VALUE_LIMIT)}… (${format.count(text.length)} characters)`;
}

function valueText(node) {
  return block(shortened(node.kind === "string" ? JSON.stringify(node.value) : written(node)));
}

function keyElement({ key, kind, elsewhere, depth, isText }) {
  const shown = key === undefined ? "" : typeof key === "number" ? `[${key}]`
    : format.oneLine(key, 80) || '""';
  const note = kind === "moved" ? ` moved ${typeof elsewhere === "number" ? `[${elsewhere}]` : elsewhere}`
    : isText ? " JSON in a text" : "";
  const cell = h("th", { scope: "row" },
    h("span", { class: "sign", title: WORDS[kind] || undefined }, SIGNS[kind]),
    h("span", { class: "key" }, shown), note ? h("span", { class: "dim" }, note) : undefined,
    WORDS[kind] ? h("span", { class: "unseen" }, `, ${WORDS[kind]}`) : undefined);
  cell.style.setProperty("--depth", String(depth));
  return cell;
}

function cell(side, ...content) {
  return h("td", { class: content.flat().length > 0 ? side : `${side} void` }, content);
}

function rowElement(row) {
  if (row.kind === "same") return equalRow(row);
  if (row.kind === "open") {
    const sides = [row.left, row.right].map(({ kind, children }) => `${kind === "object" ? "{" : "["} `
      + `${format.counted(children?.length ?? 0, kind === "object" ? "member" : "item")}`);
    return h("tr", { class: "open" }, keyElement(row), cell("left", h("span", { class: "dim" }, sides[0])),
      cell("right", h("span", { class: "dim" }, sides[1])));
  }
  const words = row.kind === "changed" && row.left.kind === "string" && row.right.kind === "string"
    && row.left.value.length + row.right.value.length < WORD_LIMIT;
  const [one, two] = words ? [row.left, row.right].map(({ value }) => JSON.stringify(value)) : [];
  const parts = words ? wordParts(one, two) : undefined;
  return h("tr", { class: row.kind }, keyElement(row),
    cell("left", row.left ? parts ? marked(parts.left, "del") : valueText(row.left) : []),
    cell("right", row.right ? parts ? marked(parts.right, "ins") : valueText(row.right) : []));
}

// What is one side's own is underlined or struck as well as coloured.
function marked(parts, name) {
  return parts.map(({ text, isOwn }) => (isOwn ? h(name, {}, block(text)) : block(text)));
}

/** Equal neighbours are one row that unfolds. */
function equalRow(row) {
  const names = row.equal.map(({ key }) => (typeof key === "number" ? `[${key}]` : String(key ?? "")));
  const text = format.oneLine(names.slice(0, 12).join(", "), 120);
  const unfold = h("button", { type: "button", class: "tool equal", "aria-expanded": "false",
    onclick: () => {
      const tr = unfold.closest("tr");
      const rest = row.equal.slice(ROW_STEP);
      tr.replaceWith(...row.equal.slice(0, ROW_STEP).map((each) => h("tr", { class: "same" },
        keyElement({ ...each, kind: "same" }), cell("left", valueText(each.left)),
        cell("right", valueText(each.right)))),
      ...(rest.length > 0 ? [equalRow({ ...row, equal: rest })] : []));
    } }, `▸ ${format.counted(row.equal.length, "equal", "equal")}`);
  return h("tr", { class: "same" }, keyElement({ ...row, key: undefined }),
    h("td", { class: "both", colspan: "2" }, unfold, h("span", { class: "dim" }, ` ${text}`)));
}

/** A text of many lines: what makes a row of each, equal stretches cut to their ends. */
function linePieces(row) {
  const [left, right] = [row.left, row.right].map(({ value }) => value.split("\n"));
  const pieces = [() => h("tr", { class: "open" }, keyElement(row),
    cell("left", h("span", { class: "dim" }, format.counted(left.length, "line"))),
    cell("right", h("span", { class: "dim" }, format.counted(right.length, "line"))))];
  const { lines } = row;
  const isFar = (at) => lines.slice(Math.max(0, at - 2), at + 3).every(({ kind }) => kind === "same");
  let skipped = 0;
  const note = () => {
    const count = skipped;
    if (count > 0) {
      pieces.push(() => h("tr", { class: "same" }, keyElement({ depth: row.depth + 1, kind: "same" }),
        h("td", { class: "both dim", colspan: "2" }, format.counted(count, "equal line"))));
    }
    skipped = 0;
  };
  lines.slice(0, 5000).forEach((line, at) => {
    if (line.kind === "same" && isFar(at)) {
      skipped += 1;
      return;
    }
    note();
    pieces.push(() => lineRow(line, left, right, row.depth + 1));
  });
  note();
  if (lines.length > 5000) pieces.push(() => h("tr", {}, h("td", { colspan: "3", class: "dim" },
    `${format.count(lines.length - 5000)} more lines: see Raw`)));
  return pieces;
}

function lineRow({ kind, from, to, elsewhere }, left, right, depth) {
  const show = (list, at) => (at === undefined ? [] : block(shortened(list[at])) || "\u00a0");
  const key = from ?? to;
  return h("tr", { class: kind }, keyElement({ depth, kind, key: String(key + 1),
    elsewhere: kind === "moved" ? `to line ${elsewhere + 1}` : undefined }),
  cell("left", show(left, from)), cell("right", show(right, to)));
}
