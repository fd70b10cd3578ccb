// What can be done with the columns of a table: to hide them, and to sort by the next one.

import { h, replace } from "./dom.js";

/** A box to tick for each column that may be hidden. */
export function fillMenu(box, grid) {
  if (!box.hidden) return;
  box.hidden = false;
  replace(box, grid.columns.filter((column) => column.priority > 0).map((column) => {
    const tick = h("input", {
      type: "checkbox", checked: !grid.hidden.has(column.key),
      onchange: () => grid.setHidden(column.key, !tick.checked),
    });
    return h("label", { class: "choice" }, tick, column.hint ?? column.title);
  }));
}

/** By the next column, or the other way round. */
export function sortByNext(grid, isTurned) {
  const order = grid.order ?? "";
  const key = order.replace(/^-/, "");
  const keys = (grid.placed ?? []).map(({ column }) => column).filter(({ sort }) => sort).map((c) => c.key);
  const next = keys[keys.indexOf(key) + 1];
  if (isTurned) grid.onsort(key || keys[0], order.startsWith("-") ? key : `-${key || keys[0]}`);
  else grid.onsort(next ?? keys[0], next);
}
