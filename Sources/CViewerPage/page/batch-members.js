// Which message of a batch is an exchange's: a batch is one line, and each exchange has a member of it.

import { member } from "./json-tree.js";

/** Whether a message, as it is parsed, is `side` (`request` or `response`) of an exchange. */
export function isMessageOf(message, exchange, side) {
  if (message?.id !== exchange.id) return false;
  return side === "request" ? message.method === exchange.method : message.method === undefined;
}

function plain(node) {
  return node?.kind === "number" ? Number(node.text) : node?.value;
}

/**
 * Of the array `root` the member that is the exchange's: `{node, at, count}`; undefined for what is no
 * batch, or one without it.
 */
export function ownMember(root, exchange, side) {
  if (root?.kind !== "array") return undefined;
  const at = root.children.findIndex(({ node }) => isMessageOf(
    { id: plain(member(node, "id")), method: plain(member(node, "method")) }, exchange, side));
  return at < 0 ? undefined : { node: root.children[at].node, at, count: root.children.length };
}

/** What an exchange's request or response is: the message, or the member of a batch that is its own. */
export function ownMessage(root, exchange, side) {
  return ownMember(root, exchange, side)?.node ?? root;
}

/** A body reduced to what is the exchange's own; `batch` says `{at, count, size}` of the whole. */
export function ownBody(body, exchange, side) {
  const own = ownMember(body?.root, exchange, side);
  if (!own) return body;
  const { node, at, count } = own;
  const text = body.text.slice(node.from, node.to);
  // Bytes that are no UTF-8 stand in the text for others: then the whole batch is what is exact.
  const bytes = body.text.includes("\ufffd") ? body.bytes : new TextEncoder().encode(text);
  return { ...body, root: node, text, bytes, size: bytes.length,
    batch: { at, count, size: body.bytes.length } };
}

/** `one of 3 in a batch` as a label's end; empty for a message that came alone. */
export function batchNote(side) {
  return side?.batch ? ` \u00b7 one of ${side.batch.count} in a batch` : "";
}
