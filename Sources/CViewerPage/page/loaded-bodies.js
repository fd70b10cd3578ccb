// What the details show: an exchange or a message with its bodies, and the entries around it.

import { ownBody } from "./batch-members.js";
import { parseTree } from "./json-tree.js";

/** A body above this is fetched when it is asked for. */
const BODY_LIMIT = 8 << 20;
/** Around an exchange so many entries are searched for what belongs to it. */
const NEAR_LIMIT = 1000;

const utf8 = new TextDecoder();

/** The bytes of a message, as text, and as JSON when they are; undefined for one that never came. */
export async function loadBody(api, session, sequence, size, isWanted = false) {
  if (sequence === undefined) return undefined;
  if (size > BODY_LIMIT && !isWanted) return { sequence, size, isLarge: true };
  let bytes;
  try {
    bytes = await api.bytes(session, sequence);
  } catch (error) {
    // Recorded without payloads, or too large for a page: the rest is known all the same.
    if (error.status !== 404 && error.status !== 413) throw error;
    return { sequence, size, problem: error.message };
  }
  const text = utf8.decode(bytes);
  return { sequence, size, bytes, text, root: parseTree(text) };
}

/** The side of an exchange that was fetched: of a batch only its own message. */
async function loadSide(api, session, exchange, name) {
  const own = (body) => ownBody(body, exchange, name);
  const body = await loadBody(api, session, exchange[`${name}_seq`], exchange[`${name}_bytes`]);
  return body && { ...own(body), own };
}

/** An exchange with its bodies, of another session too; undefined when there is none. */
export async function loadExchange(page, number, session) {
  const { api } = page.app;
  const exchange = session === page.id ? await page.store.one(number)
    : (await api.of(session, "exchanges", { from: number, limit: 1 })).exchanges[0];
  if (exchange?.exchange !== number) return undefined;
  const [request, response] = await Promise.all([
    loadSide(api, session, exchange, "request"), loadSide(api, session, exchange, "response"),
  ]);
  return { exchange, sides: { request, response } };
}

/** A message with its body; undefined when there is none. */
export async function loadMessage(page, sequence) {
  const { api } = page.app;
  const { entries } = await api.of(page.id, "entries", { from: sequence, limit: 1 });
  const entry = entries[0];
  if (entry?.seq !== sequence) return undefined;
  const side = entry.kind === "gap" ? undefined : await loadBody(api, page.id, sequence, entry.bytes);
  return { entry, sides: { message: side } };
}

/** What else belongs to an exchange: progress, heads of HTTP, its own two messages. */
export async function entriesNear(page, exchange) {
  const isPending = exchange.response_seq === undefined;
  const span = isPending ? 50 : Math.min(NEAR_LIMIT, exchange.response_seq - exchange.request_seq + 24);
  const { items } = await page.app.api.all(page.id, "entries", {
    from: Math.max(1, exchange.request_seq - 8),
  }, span);
  const request = items.find((entry) => entry.seq === exchange.request_seq);
  // A batch is no exchange's, and has the messages of several.
  return items.filter((entry) => entry.exchange === exchange.exchange || entry === request
    || entry.seq === exchange.response_seq
    || (entry.http && entry.stream !== undefined && entry.stream === request?.stream));
}
