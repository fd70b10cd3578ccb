// The tools that a session's server offered, and what is different from the session before.

import { ownMessage } from "./batch-members.js";
import { quoted } from "./filter.js";
import { differences } from "./json-diff.js";
import { canonical, member, parseTree, pathText, stringOf, written } from "./json-tree.js";

/** Lists that are read: a client that asks again and again has the same ones. */
const LISTS = 200;
/** So many earlier sessions of the server are looked at for one in which tools were listed. */
const SESSIONS_TRIED = 4;
/** Differences of one tool that are listed. */
const DIFFERENCE_LIMIT = 40;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * `{tools, isWhole}`: by name, in the order in which they came, `{name, node, key, bytes, exchange, changed,
 * before}`; whether the client read the newest list to its end.
 */
export async function offeredTools(api, id) {
  const lists = await api.all(id, "exchanges", { filter: "method:tools/list" }, LISTS);
  const tools = new Map();
  let isWhole = false;
  for (const exchange of lists.items) {
    if (exchange.response_seq === undefined) continue;
    const text = decoder.decode(await api.bytes(id, exchange.response_seq));
    const root = ownMessage(parseTree(text), exchange, "response");
    take(root, exchange, tools);
    isWhole = stringOf(member(root, "result", "nextCursor")) === undefined;
  }
  return { tools, isWhole };
}

// The newest definition counts; another one before it is a change.
function take(root, exchange, tools) {
  for (const { node } of member(root, "result", "tools")?.children ?? []) {
    const name = stringOf(member(node, "name"));
    if (name === undefined) continue;
    const before = tools.get(name);
    const key = canonical(node);
    const isOther = before && before.key !== key;
    tools.set(name, {
      name, node, key, exchange: exchange.exchange,
      bytes: encoder.encode(written(node, "", "").replace(/\n/g, "")).length,
      description: stringOf(member(node, "description")) ?? stringOf(member(node, "title")),
      changed: isOther ? exchange.exchange : before?.changed, before: isOther ? before.node : before?.before,
    });
  }
}

/** The newest session before this one of the same server that listed tools: `{session, tools, isWhole}`. */
export async function toolsBefore(api, session) {
  const query = { filter: `server:${quoted(session.name)}`, before: session.session, limit: SESSIONS_TRIED };
  const { sessions } = await api.sessions(query);
  for (const earlier of sessions) {
    if (earlier.name !== session.name) continue;
    const offered = await offeredTools(api, earlier.session);
    if (offered.tools.size > 0) return { session: earlier, ...offered };
  }
  return undefined;
}

/**
 * By name `{kind, changes}`: `added`, `removed` or `changed`, and what is different. Of a list that was not
 * read to its end nobody knows what it lacks.
 */
export function compareTools(before, now) {
  const found = new Map();
  for (const [name, tool] of now.tools) {
    const old = before.tools.get(name);
    if (!old && before.isWhole) {
      found.set(name, { kind: "added", changes: [] });
    } else if (old && old.key !== tool.key) {
      found.set(name, { kind: "changed", changes: changesBetween(old.node, tool.node) });
    }
  }
  if (!now.isWhole) return found;
  for (const name of before.tools.keys()) {
    if (!now.tools.has(name)) found.set(name, { kind: "removed", changes: [] });
  }
  return found;
}

/**
 * Where two values differ: `[{path, before, after}]` as text; what is absent on one side is undefined. Of
 * what only stands elsewhere, the places.
 */
export function changesBetween(before, after) {
  const found = [];
  const text = (node) => (node ? written(node, "", "").replace(/\n/g, "") : undefined);
  const path = [];
  for (const { depth, key, kind, left, right, elsewhere } of differences(before, after)) {
    path.length = depth;
    path[depth] = key;
    if (kind === "open" || kind === "same") continue;
    // The root has no name, and what moved within a list of texts has a row on either side.
    const at = pathText(path.slice(1));
    if (kind === "moved" && left) found.push({ path: at, before: `at ${key}`, after: `at ${elsewhere}` });
    else if (kind !== "moved") found.push({ path: at, before: text(left), after: text(right) });
    if (found.length >= DIFFERENCE_LIMIT) break;
  }
  return found;
}
