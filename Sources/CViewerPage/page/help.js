// The list of keys, in a dialog.

import { h } from "./dom.js";

const EVERYWHERE = [
  ["j  k  ↓  ↑", "next, previous row"],
  ["g  G", "first, last row"],
  ["Enter", "open"],
  ["/", "filter"],
  ["o  O", "sort by the next column; the other way round"],
  ["D  Delete", "delete a session, or those of a run, after a question"],
  ["t", "times: since the start, of the day, since the row before"],
  ["x", "pause, go on"],
  ["T", "theme: system, light, dark"],
  ["?", "this list"],
];

const SESSION = [
  ["n  p", "next, previous error"],
  ["Esc", "close the details"],
  ["[  ]", "previous, next tab"],
  ["1 … 8", "part of the details"],
  ["m  d", "mark an exchange; compare with it, or with the call before"],
  ["s  N  P", "search inside the details; next, previous match"],
  ["→  ←", "unfold an exchange into its messages, fold it"],
  [",  .", "previous, next call of the same tool"],
  ["f", "follow the newest"],
  ["z", "zoom to the exchange; the whole time again"],
  ["l", "notifications and standard error on the time line"],
  ["h", "head: who takes part, what they can"],
  ["c  y", "copy as a JSON-RPC line; the menu of what can be copied"],
  ["r", "from a session to its run, and back"],
  ["u", "all sessions"],
];

const TREE = [
  ["→  ←", "unfold, fold"],
  ["c", "copy the value"],
  ["C", "copy the path"],
  ["r  b", "copy a rule: leave the value out; carry it over"],
];

function rows(title, keys) {
  return h("section", {}, h("h2", {}, title), h("dl", {}, keys.map(([key, what]) => [
    h("dt", {}, key.split("  ").map((one) => h("kbd", {}, one))), h("dd", {}, what),
  ])));
}

/** Whether a page can do what is said. */
function offers(app, what) {
  if (what.startsWith("delete")) return app?.canDelete;
  return !(app?.api.isExported && (what.startsWith("pause") || what.startsWith("follow")));
}

/** Opens the list of keys, or closes it. */
export function toggleHelp(page) {
  const open = document.querySelector("dialog.help");
  if (open) {
    open.close();
    return;
  }
  const dialog = h("dialog", { class: "help", "aria-label": "keys" },
    h("form", { method: "dialog" }, h("button", { class: "tool", title: "close (Esc)",
      "aria-label": "close" }, "✕")),
    h("div", { class: "keys" },
      h("div", {}, rows("Everywhere", EVERYWHERE.filter(([, what]) => offers(page?.app, what))),
      page?.id ? rows("In a tree of JSON", TREE) : undefined),
      page?.id ? rows("In a session or a run", SESSION.filter(([, what]) => offers(page.app, what)))
        : undefined),
    h("p", { class: "dim" },
      "Filter words: method: tool: status: duration: size: kind: dir: id: since: server: ",
      "client: session: and free text. A space is AND; OR, NOT, - and ( ) as usual."));
  dialog.addEventListener("close", () => dialog.remove());
  // A click beside the dialog is a click on its backdrop.
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
}
