// The list under the box for filter words: what could come next, and earlier filters.

import { completions } from "./completions.js";
import { h, replace } from "./dom.js";
import { remember, remembered } from "./theme.js";

/** Earlier filters under one that is begun. */
const EARLIER = 3;

const HISTORY_LIMIT = 20;

/** The filters of before, newest first. */
function history() {
  try {
    const list = JSON.parse(remembered("filters") ?? "[]");
    return Array.isArray(list) ? list.filter((text) => typeof text === "string") : [];
  } catch {
    return [];
  }
}

/** Remembers a filter that was used. */
export function keep(text) {
  const list = [text, ...history().filter((earlier) => earlier !== text)].slice(0, HISTORY_LIMIT);
  remember("filters", JSON.stringify(list));
}

export class FilterList {
  constructor(box) {
    this.box = box;
    this.items = [];
    this.chosen = -1;
  }

  /** `isAsked`: all words, where none is begun too. */
  show(isAsked) {
    const { input, text, list, id } = this.box;
    const cursor = input.selectionStart ?? text.length;
    const found = completions(text, cursor, this.box.names(), isAsked);
    // Earlier filters that begin as this one: all of them for an empty box.
    if (cursor === text.length) {
      const earlier = history().filter((each) => each.startsWith(text) && each !== text)
        .slice(0, text === "" ? undefined : EARLIER).map((each) => ({ text: each, note: "earlier" }));
      found.items = text === "" ? [...earlier, ...found.items] : [...found.items, ...earlier];
    }
    this.place = found;
    this.items = found.items;
    this.chosen = -1;
    replace(list, found.items.map((item, index) => h("div", {
      class: "filter-item", role: "option", id: `${id}-${index}`, "aria-selected": "false",
      onmousedown: (event) => {
        event.preventDefault();
        this.take(index);
      },
    }, h("span", {}, item.text), h("span", { class: "dim" }, item.note))));
    this.box.setOpen(found.items.length > 0 && document.activeElement === input);
  }

  leave() {
    this.chosen = -1;
  }

  /** To the next one, 1, or the one before, -1. */
  step(by) {
    const { list, input } = this.box;
    list.children[this.chosen]?.setAttribute("aria-selected", "false");
    const { length } = this.items;
    this.chosen = ((this.chosen < 0 && by < 0 ? 0 : this.chosen) + by + length) % length;
    const item = list.children[this.chosen];
    item.setAttribute("aria-selected", "true");
    item.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", item.id);
  }

  take(index) {
    const { box } = this;
    const { input, text } = box;
    const item = this.items[index];
    if (!item || item.text === "") return;
    const isWhole = item.note === "earlier";
    const { from, to } = isWhole ? { from: 0, to: text.length } : this.place;
    input.value = text.slice(0, from) + item.text + text.slice(to);
    input.setSelectionRange(from + item.text.length, from + item.text.length);
    box.closeList();
    if (isWhole) box.finish();
    else box.typed();
  }
}
