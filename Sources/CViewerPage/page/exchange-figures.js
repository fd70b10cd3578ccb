// Figures for each method and name over some exchanges, as `stats --json` has them, where no server counts.

import { quantile } from "./statistics.js";

/** Open as long as its asker wants: without an answer, or cancelled, it ended as it should. */
export function isLongLived({ method }) {
  return method === "subscriptions/listen";
}

/** What else counts an outcome; errors of tools are errors too. */
const COUNTED = { error: ["errors"], tool_error: ["errors", "tool_errors"], cancelled: ["cancelled"],
  late: ["late"], pending: ["pending", "never_answered"] };

/**
 * `{rows, total}` over the operations of which an exchange is found; `all`: `{session, exchange, isFound}`,
 * in order within each session. An operation is an exchange or all rounds of a chain: named for its first,
 * ended by its last.
 */
export function operationFigures(all) {
  const operations = new Map();
  for (const { session, exchange, isFound } of all) {
    const key = `${session.session} ${exchange.chain ?? exchange.exchange}`;
    const operation = operations.get(key);
    if (operation) {
      operation.rounds.push(exchange);
      operation.isFound ||= isFound;
    } else {
      operations.set(key, { session, rounds: [exchange], isFound });
    }
  }
  const groups = new Map();
  const found = [...operations.values()].filter((operation) => operation.isFound);
  for (const operation of found) {
    const first = operation.rounds[0];
    const key = JSON.stringify([operation.session.name, first.asker, first.method, first.name]);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(operation);
  }
  const rows = [...groups.values()].map((members) => {
    const { session, rounds: [{ asker, method, name }] } = members[0];
    const tool = method === "tools/call" ? name : undefined;
    return { row: "group", server: session.name, method, name, tool, asker, ...figures(members) };
  });
  rows.sort((a, b) => b.count - a.count);
  return { rows, total: { row: "total", ...figures(found) } };
}

function figures(operations) {
  const row = { count: operations.length, exchanges: 0, errors: 0, tool_errors: 0, cancelled: 0, late: 0,
    pending: 0, never_answered: 0, answered: 0, exact: true, request_bytes: 0, response_bytes: 0 };
  const durations = [];
  const firsts = [];
  for (const { rounds } of operations) {
    const [first, last] = [rounds[0], rounds.at(-1)];
    row.exchanges += rounds.length;
    // Its newest answer asked for input, and nothing went on with it: it was not answered.
    const isLeft = last.status === "ok" && last.result_type === "input_required";
    const isEnded = isLongLived(first) && ["pending", "cancelled"].includes(last.status);
    for (const name of isEnded ? [] : COUNTED[isLeft ? "pending" : last.status] ?? []) row[name] += 1;
    for (const round of rounds) {
      row.request_bytes += round.request_bytes;
      row.response_bytes += round.response_bytes;
    }
    if (!isLeft && last.duration_us !== undefined) {
      row.answered += 1;
      durations.push(last.start_us + last.duration_us - first.start_us);
    }
    if (first.first_event_us !== undefined) firsts.push(first.first_event_us);
  }
  return { ...row, ...percentiles(durations, ""), ...percentiles(firsts, "first_event_") };
}

function percentiles(values, prefix) {
  if (values.length === 0) return {};
  const sorted = Float64Array.from(values).sort();
  const found = {};
  for (const percent of [50, 90, 95, 99, 100]) {
    const name = percent === 100 ? "max" : `p${percent}`;
    found[`${prefix}${name}_us`] = quantile(sorted, percent / 100);
  }
  return found;
}
