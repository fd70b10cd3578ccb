// What each instant of a run belongs to, out of the exchanges of its sessions.

import { stretchesOf, timeLine } from "./run-time.js";

/** Answers that are read for what they ask: beyond, the client is what is waited for. */
const READ_LIMIT = 100;
const utf8 = new TextDecoder();

/** For answers that are not complete, the method that they ask the client for: `key → method`. */
export async function askedMethods(rows) {
  rows.asked ??= new Map();
  const stores = new Map(rows.parts.map((part) => [part.id, part]));
  const unread = rows.all.filter((row) => row.result_type === "input_required" && !rows.asked.has(row.key));
  await Promise.all(unread.slice(0, READ_LIMIT).map(async (row) => {
    const part = stores.get(row.session);
    const bytes = await part.api.bytes(part.id, row.response_seq).catch(() => undefined);
    rows.asked.set(row.key, bytes && methodAsked(utf8.decode(bytes)));
  }));
  return rows.asked;
}

// A person comes before a model, which comes before all else.
function methodAsked(text) {
  const asked = Object.values(parsed(text)?.result?.inputRequests ?? {}).map((request) => request?.method);
  const first = ["elicitation/create", "sampling/createMessage"].find((method) => asked.includes(method));
  return first ?? asked[0];
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What each instant of `0…end` belongs to. */
export function lineOf(rows, end, asked) {
  const sessions = rows.parts.map((part) => {
    const own = rows.all.filter((row) => row.session === part.id).sort((a, b) => a.exchange - b.exchange);
    return stretchesOf(own, part.start, part.end, (row) => asked.get(row.key));
  });
  return timeLine(sessions, end);
}
