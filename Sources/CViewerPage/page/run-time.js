// What a run's time went to, instant by instant, by the rules of `mcptape stats`: an instant belongs to the
// first of these that holds.

import { waitOf } from "./waits.js";

/** In the order in which they hold. */
export const KINDS = ["servers", "person", "model", "client", "startup", "outside"];

const HANDSHAKES = new Set(["initialize", "server/discover"]);
const endOf = (row, last) => (row.duration_us === undefined ? last : row.start_us + row.duration_us);

/**
 * The stretches of one session: `{servers, person, model, client, startup}`, each `[{from, to}]`. `rows` are
 * its exchanges by number with times of the run; `begin` and `end` are the session's; `asked(row)` is the
 * method that an answer asks the client for, where its result is not complete.
 */
export function stretchesOf(rows, begin, end, asked = () => undefined) {
  const found = { servers: [], person: [], model: [], client: [], startup: [] };
  const waits = new Map();
  for (const row of rows) {
    if (row.asker !== "server") continue;
    const stretch = { from: row.start_us, to: endOf(row, end) };
    // Without a parent nobody knows which operation waits, so none does.
    if (row.parent === undefined || !waitOf(row.method)) continue;
    found[waitOf(row.method)].push(stretch);
    waits.set(row.parent, [...(waits.get(row.parent) ?? []), stretch]);
  }
  let ready;
  let isBeginning = true;
  const rounds = new Map();
  for (const row of rows) {
    if (row.asker !== "client") continue;
    if (HANDSHAKES.has(row.method)) {
      if (isBeginning) ready = endOf(row, end);
      continue;
    }
    if (isBeginning) ready ??= row.start_us;
    isBeginning = false;
    if (row.method === "subscriptions/listen") continue;
    const round = row.chain === undefined ? undefined : rounds.get(row.chain);
    if (round) found[waitOf(asked(round)) ?? "client"].push({ from: endOf(round, end), to: row.start_us });
    if (row.chain !== undefined) rounds.set(row.chain, row);
    const whole = { from: row.start_us, to: endOf(row, end) };
    found.servers.push(...without(whole, waits.get(row.exchange) ?? []));
  }
  found.startup.push({ from: begin, to: ready ?? end });
  return found;
}

/** What is left of a stretch without others. */
export function without(whole, others) {
  const left = [];
  let from = whole.from;
  for (const other of [...others].sort((a, b) => a.from - b.from)) {
    if (other.from > from) left.push({ from, to: Math.min(other.from, whole.to) });
    from = Math.max(from, other.to);
  }
  if (from < whole.to) left.push({ from, to: whole.to });
  return left.filter(({ from: a, to: b }) => b > a);
}

/** What each instant of `0…end` belongs to: `[{from, to, kind}]` without gaps. `sessions` as above. */
export function timeLine(sessions, end) {
  const edges = [];
  for (const stretches of sessions) {
    for (const kind of KINDS.slice(0, -1)) {
      for (const { from, to } of stretches[kind]) {
        if (to <= from) continue;
        edges.push({ at: Math.max(0, from), kind, by: 1 }, { at: Math.min(end, to), kind, by: -1 });
      }
    }
  }
  edges.sort((a, b) => a.at - b.at);
  const open = Object.fromEntries(KINDS.map((kind) => [kind, 0]));
  const line = [];
  let from = 0;
  const close = (to) => {
    if (to <= from) return;
    const kind = KINDS.find((one) => open[one] > 0) ?? "outside";
    const last = line.at(-1);
    if (last?.kind === kind) last.to = to;
    else line.push({ from, to, kind });
    from = to;
  };
  for (const edge of edges) {
    close(edge.at);
    open[edge.kind] += edge.by;
  }
  close(end);
  return line;
}
