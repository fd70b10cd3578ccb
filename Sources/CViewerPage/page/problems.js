// What in a session deserves a look: `{kind, icon, exchange | seq, time, text}`, gathered from its exchanges,
// its requests and its gaps and foreign lines.

import { duration, oneLine, size } from "./format.js";
import { isLongLived } from "./exchange-figures.js";
import { groupOf, longestOf, repeated, slowExchanges } from "./statistics.js";
import { stateOf } from "./status-mark.js";

const name = (exchange) => oneLine([exchange.method, exchange.name].filter(Boolean).join(" "), 120);

/** How a session ended, where that is wrong, and what is to be done: before all that was in it. */
export function ofSession(session) {
  const [state] = session.live ? [""] : stateOf(session);
  const { diagnosis } = session;
  // Gaps have rows of their own.
  if (state === "" && (!diagnosis || session.gaps)) return [];
  const [icon, ...words] = (state || "✕ trouble").split(" ");
  const kind = words.join(" ");
  const text = oneLine(diagnosis ?? `the session ended: ${kind}`, 1000);
  return [{ kind, icon, isEnd: true, time: -Infinity, text }];
}

/** Whether a call that waits for its answer does so longer than its kind takes: `{limit, median}`. */
function slowSoFar(exchange, exchanges, at) {
  const group = groupOf(exchange);
  const others = exchanges.filter((other) => other.duration_us !== undefined && groupOf(other) === group);
  return slowExchanges([...others, { ...exchange, duration_us: at - exchange.start_us }])
    .find((found) => found.exchange.exchange === (exchange.chain ?? exchange.exchange));
}

/**
 * Errors, tool errors, what was never or too late answered. `now` is the time of
 * a session that goes on: what is in flight there is a problem when it waits for longer than its kind takes.
 */
export function ofExchanges(exchanges, now, reasons = new Map()) {
  const found = [];
  const add = (kind, icon, exchange, text) =>
    found.push({ kind, icon, exchange: exchange.exchange, time: exchange.start_us, text });
  const newest = new Map(exchanges.filter((e) => e.chain !== undefined).map((e) => [e.chain, e.exchange]));
  for (const exchange of exchanges) {
    const { status, error } = exchange;
    if (status === "ok" && exchange.result_type === "input_required" && now === undefined
      && (newest.get(exchange.chain) ?? exchange.exchange) === exchange.exchange) {
      add("unanswered", "…", exchange, `${name(exchange)} asked for input, and nothing went on with it`);
    }
    if (status === "error") add("error", "✕", exchange,
        `${name(exchange)}: ${error ? oneLine(`${error.code ?? "no code"} ${error.message}`, 200) : ""}`);
    if (status === "tool_error") {
      const reason = oneLine(reasons.get(exchange.exchange) ?? "", 200);
      add("tool error", "⚠", exchange, `${name(exchange)}: ${reason || "it says that it failed"}`);
    }
    // A subscription needs no answer.
    const isOpen = status === "pending" && !isLongLived(exchange);
    const slow = isOpen && now !== undefined && slowSoFar(exchange, exchanges, now);
    if (slow) add("pending", "…", exchange, `${name(exchange)} waits for an answer for `
      + `${duration(now - exchange.start_us)}; its median is ${duration(slow.median)}`);
    else if (isOpen && now === undefined) {
      add("unanswered", "…", exchange, `${name(exchange)} never got an answer`);
    }
    if (status === "late") add("late", "◷", exchange,
        `${name(exchange)} was answered after it was cancelled`);
  }
  return found;
}

/**
 * What was slow: each operation that was so for its kind, and a row for each kind of which operations took
 * `least` or longer, at the longest of them. Without `least` nothing is slow by itself.
 */
export function ofSlowness(exchanges, least) {
  const row = (exchange, text) =>
    ({ kind: "slow", icon: "◔", exchange: exchange.exchange, time: exchange.start_us, text });
  const found = slowExchanges(exchanges);
  const told = new Set(found.map(({ exchange }) => exchange));
  const rows = found.map(({ exchange, took, limit, median }) => row(exchange,
    `${name(exchange)} took ${duration(took)}; `
      + `its own p95 is ${duration(limit)}, its median ${duration(median)}`));
  // A subscription lasts, and answers nobody.
  const timed = exchanges.filter((exchange) => !isLongLived(exchange));
  for (const members of least === undefined ? [] : longestOf(timed, least)) {
    if (members.every(({ exchange }) => told.has(exchange))) continue;
    const longest = members.reduce((one, other) => (other.took > one.took ? other : one));
    const which = members.slice(0, 12).map(({ exchange }) => `#${exchange.exchange}`).join(" ");
    rows.push(row(longest.exchange, `${name(longest.exchange)} took ${duration(least)} or longer `
      + (members.length === 1 ? `once: ${duration(longest.took)}`
        : `${members.length} times, ${duration(longest.took)} at most: ${which}`)
      + (members.length > 12 ? " …" : "")));
  }
  return rows;
}

/** Later rounds of an operation ask with the same arguments again, and are no other call. */
export function isFirstRound({ exchange, chain }) {
  return chain === undefined || chain === exchange;
}

/** `requests` are `[exchange, canonical text of the parameters]`. */
export function ofRepetition(requests) {
  const pairs = requests.map(([exchange, text]) => [`${groupOf(exchange)} ${text}`, exchange]);
  return repeated(pairs).map(({ first, again }) => ({
    kind: "repeated", icon: "⟳", exchange: first.exchange, time: first.start_us,
    text: `${name(first)} was asked ${again.length + 1} times with the same arguments: `
      + [first, ...again].slice(0, 12).map((exchange) => `#${exchange.exchange}`).join(" ")
        + (again.length > 11 ? " …" : ""),
  }));
}

/** Gaps, and lines that are not JSON-RPC. */
export function ofEntries(entries) {
  return entries.map((entry) => {
    if (entry.kind === "gap") {
      const bytes = (entry.c2s_bytes ?? 0) + (entry.s2c_bytes ?? 0) + (entry.stderr_bytes ?? 0);
      return { kind: "gap", icon: "▲", seq: entry.seq, time: entry.t_us,
        text: `the recording lacks ${size(bytes)}: ${oneLine(String(entry.reason), 80)}` };
    }
    const from = entry.dir === "c2s" ? "the client" : "the server";
    return { kind: "foreign line", icon: "¶", seq: entry.seq, time: entry.t_us,
      text: `${from} wrote what is not JSON-RPC: ${entry.preview}` };
  });
}

/** What only a comparison shows: ids in flight that were used again, headers beside their message. */
export function ofViolations(violations) {
  return violations.map(({ rule, exchange, seq, t_us: time, text }) => ({
    kind: oneLine(rule.replaceAll("_", " "), 40), icon: "⚑", exchange, seq, time, text: oneLine(text, 300),
  }));
}
