// The exchange that others are compared with, of whatever session. It is kept for this tab, over a reload.

import { toast } from "./dom.js";

const KEY = "mcptape.marked";
let marked = kept();

function kept() {
  try {
    const found = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
    return typeof found?.session === "string" && Number.isInteger(found.number) ? found : undefined;
  } catch {
    return undefined;
  }
}

function keep() {
  try {
    if (marked) sessionStorage.setItem(KEY, JSON.stringify(marked));
    else sessionStorage.removeItem(KEY);
  } catch {
    // Without a store it is kept until the page is left.
  }
}

export function isMarked(session, number) {
  return marked?.session === session && marked.number === number;
}

/** Marks an exchange, or takes the mark away; undefined: none is selected. */
export function toggleMark(session, number) {
  if (!number) return toast("select an exchange to mark");
  const was = isMarked(session, number);
  marked = was ? undefined : { session, number };
  keep();
  return toast(was ? `#${number} is no longer marked` : `marked #${number}: d on another one compares`);
}

/** The state that compares an exchange with the marked one, or without one with the call before. */
export function comparing(session, number) {
  const isOther = marked && !isMarked(session, number);
  const other = marked?.session === session ? String(marked.number) : `${marked?.session}@${marked?.number}`;
  return { i: number, m: undefined, d: "diff", c: isOther ? other : undefined };
}
