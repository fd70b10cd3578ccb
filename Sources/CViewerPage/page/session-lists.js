// The prompts and resources that a server offered in a session, as its newest lists have them.

import { ownMessage } from "./batch-members.js";
import { h } from "./dom.js";
import * as format from "./format.js";
import { member, parseTree, stringOf } from "./json-tree.js";

const LISTS = [
  ["prompts/list", "prompts", "prompts", "name"],
  ["resources/list", "resources", "resources", "uri"],
  ["resources/templates/list", "resource templates", "resourceTemplates", "uriTemplate"],
];
/** Answers that are read of each kind, and names that are shown. */
const ANSWERS = 50;
const SHOWN = 200;
const decoder = new TextDecoder();

async function namesOf(api, id, [method, title, key, name]) {
  const { items } = await api.all(id, "exchanges", { filter: `method:${method}` }, ANSWERS);
  const found = new Map();
  let isAnswered = false;
  for (const exchange of items) {
    if (exchange.response_seq === undefined || exchange.status !== "ok") continue;
    const bytes = await api.bytes(id, exchange.response_seq).catch(() => undefined);
    if (!bytes) continue;
    isAnswered = true;
    const root = ownMessage(parseTree(decoder.decode(bytes)), exchange, "response");
    for (const { node } of member(root, "result", key)?.children ?? []) {
      const text = (...path) => stringOf(member(node, ...path));
      const what = text(name);
      if (what !== undefined) found.set(what, text("description") ?? text("title") ?? text("name") ?? "");
    }
  }
  return isAnswered ? { title, names: [...found] } : undefined;
}

/** Elements that name them; nothing for what was never asked for. */
export async function sessionLists(api, id) {
  const lists = await Promise.all(LISTS.map((list) => namesOf(api, id, list)));
  return lists.filter(Boolean).map(({ title, names }) => h("section", { class: "listed" },
    h("h2", { class: "label" }, `${title} (${format.count(names.length)})`),
    h("ul", {}, names.slice(0, SHOWN).map(([name, about]) => h("li", {},
      h("strong", {}, format.oneLine(name, 200)), h("span", { class: "dim" },
        about && about !== name ? " " + format.oneLine(about, 200) : ""))),
    names.length > SHOWN ? h("li", { class: "dim" }, `and ${format.count(names.length - SHOWN)} more`)
      : undefined)));
}
