// What is wrong with a filter, where it is wrong.

import { h, replace } from "./dom.js";
import { problem } from "./filter-box.js";

/** `found` is `{start, end, message, hint}`. */
export function mark(box, found) {
  const { marks, note, text } = box;
  note.hidden = false;
  // A mark past the end still needs something to stand under.
  const end = Math.max(found.end ?? found.start + 1, found.start + 1);
  replace(marks, text.slice(0, found.start),
    h("span", { class: "wrong" }, text.slice(found.start, end) || "\u00a0"), text.slice(end));
  replace(note, `✕ ${found.message}`, found.hint ? h("span", { class: "dim" }, ` · ${found.hint}`) : "");
  box.follow();
}

/** The beginning of a word was searched for as a text, `told`, before it was wrong: that is no filter. */
export function takeBack(box, { text, wrong, told = "" }) {
  // Something else was asked for meanwhile.
  if ((box.told ?? "") !== told) return;
  const before = text.slice(0, wrong.start).trim();
  const isBegun = told.length > before.length && text.trimStart().startsWith(told);
  if (isBegun && !problem(before)) box.tell(before, false);
}
