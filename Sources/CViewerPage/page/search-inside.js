// Finds a text in the part of the details that is in sight, folded and not yet drawn places too. Hits are
// coloured by the browser (custom highlights), so that nothing of the part is changed.

import { button, h, replace, say } from "./dom.js";
import * as format from "./format.js";
import { viewOf } from "./json-view.js";
import { searchOf, textPlaces } from "./raw-view.js";

const LIMIT = 5000;
/** Hits that are coloured at once, beside the one that is chosen. */
const COLOURED = 1000;

/** A range over `[from, to)` of an element's text, which may be several text nodes. */
function rangeOf(element, from, to) {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const range = new Range();
  let passed = 0;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const end = passed + node.data.length;
    if (from >= passed && from < end) range.setStart(node, from - passed);
    if (to > passed && to <= end) {
      range.setEnd(node, to - passed);
      return range;
    }
    passed = end;
  }
  return undefined;
}

function colour(name, ranges) {
  // A browser without them still goes to the hit.
  if (typeof Highlight === "undefined" || !CSS.highlights) return;
  if (ranges.length > 0) CSS.highlights.set(name, new Highlight(...ranges));
  else CSS.highlights.delete(name);
}

export class SearchInside {
  /** `body` is where hits are looked for; `onchange(text)` keeps what is typed. */
  constructor(body, text, onchange) {
    Object.assign(this, { body, onchange });
    this.input = h("input", { class: "find", type: "text", value: text, placeholder: "search inside",
      "aria-label": "search inside this part", oninput: () => this.typed(),
      onkeydown: (event) => this.pressed(event) });
    this.count = h("span", { class: "dim search-count" });
    this.element = h("div", { class: "search-inside", role: "search" }, this.input, this.count,
      button("↑", "previous match (P)", () => this.step(-1), { class: "tool" }),
      button("↓", "next match (N)", () => this.step(1), { class: "tool" }),
      button("✕", "end the search (Esc)", () => this.end(), { class: "tool" }));
  }

  focus() {
    this.input.focus();
    this.input.select();
  }

  typed() {
    this.onchange(this.input.value);
    this.run();
    if (this.hits.length > 0) this.step(1);
  }

  pressed(event) {
    event.stopPropagation();
    if (event.key === "Escape") this.end();
    if (event.key !== "Enter") return;
    event.preventDefault();
    this.step(event.shiftKey ? -1 : 1);
  }

  end() {
    this.input.value = "";
    this.run();
    this.onchange("");
    this.body.focus({ preventScroll: true });
  }

  close() {
    colour("found", []);
    colour("chosen", []);
  }

  /** Looks again: the text or the part is another one. */
  run() {
    const wanted = this.input.value;
    this.hits = [];
    this.at = -1;
    if (wanted !== "") this.unfold();
    for (const place of this.body.querySelectorAll(".json, pre, p, th, td, dd, .near-row")) {
      const view = viewOf(place);
      if (!view && place.closest(".json")) continue;
      const left = LIMIT - this.hits.length;
      if (view) {
        for (const hit of view.find(wanted.toLowerCase()).slice(0, left)) this.hits.push({ view, hit });
      } else {
        const places = searchOf(place)?.find(wanted, left) ?? textPlaces(place.textContent, wanted, left);
        for (const [from, to] of places) this.hits.push({ place, from, to });
      }
    }
    this.paint();
    this.tell();
  }

  /** What a comparison keeps folded or has not drawn is drawn: it is text in the page, no model behind it. */
  unfold() {
    for (let rest = this.rest(); rest; rest = this.rest()) rest.click();
    for (let equal = this.equal(); equal; equal = this.equal()) equal.click();
  }

  equal() {
    return this.body.querySelector(".equal");
  }

  rest() {
    return this.body.querySelector(".diff-rest");
  }

  paint() {
    const ranges = [];
    for (const { place, from, to } of this.hits.slice(0, COLOURED)) {
      const range = place && rangeOf(place, from, to);
      if (range) ranges.push(range);
    }
    colour("found", ranges);
    colour("chosen", []);
  }

  tell() {
    const all = `${format.count(this.hits.length)}${this.hits.length >= LIMIT ? "+" : ""}`;
    const told = this.input.value === "" ? "" : this.hits.length === 0 ? "nothing found"
      : this.at < 0 ? `${all} found` : `${format.count(this.at + 1)} of ${all}`;
    replace(this.count, told);
    say(told);
  }

  /** To the next match or the one before, round the ends. */
  step(by) {
    if (!this.hits?.length) return;
    this.at = this.at < 0 ? (by > 0 ? 0 : this.hits.length - 1)
      : (this.at + by + this.hits.length) % this.hits.length;
    const { view, hit, place, from, to } = this.hits[this.at];
    this.tell();
    if (view) {
      const row = view.reveal(hit);
      const within = row && textPlaces(row.textContent, this.input.value, 1)[0];
      const range = within && rangeOf(row, ...within);
      colour("chosen", range ? [range] : []);
      range?.startContainer.parentElement.scrollIntoView({ block: "nearest" });
      return;
    }
    searchOf(place)?.reach(to);
    const range = rangeOf(place, from, to);
    if (!range) return;
    colour("chosen", [range]);
    this.show(range, place);
  }

  // A long text scrolls within its own block.
  show(range, place) {
    place.scrollIntoView({ block: "nearest" });
    for (const scroller of [place, this.body]) {
      const box = scroller.getBoundingClientRect();
      const hit = range.getBoundingClientRect();
      if (hit.top < box.top || hit.bottom > box.bottom) {
        scroller.scrollTop += hit.top - box.top - box.height / 3;
      }
    }
  }
}
