// What belongs together stands together: the rounds of one operation under its first, and what a server
// asked back under the exchange in which it asked.

import { waitKey } from "./waits.js";

/**
 * `{rows, places, isMoved}`: `exchanges` (those of a session by number) in that order; by `waitKey`
 * `{depth, round, rounds}`, a round counted from 1; whether the order is another one than before.
 */
export function grouped(exchanges) {
  const known = new Set(exchanges.map(waitKey));
  const below = new Map();
  const tops = [];
  for (const exchange of exchanges) {
    const number = underWhich(exchange);
    const under = number < exchange.exchange && waitKey({ session: exchange.session, exchange: number });
    if (!under || !known.has(under)) tops.push(exchange);
    else if (below.has(under)) below.get(under).push(exchange);
    else below.set(under, [exchange]);
  }
  const rows = [];
  const places = new Map();
  const place = (exchange, depth) => {
    const number = exchange.exchange;
    const key = waitKey(exchange);
    const others = below.get(key) ?? [];
    const rounds = 1 + others.filter(({ chain }) => chain === number).length;
    places.set(key, { depth, round: 1, rounds });
    rows.push(exchange);
    let round = 1;
    for (const other of others) {
      place(other, depth + 1);
      if (other.chain !== number) continue;
      round += 1;
      Object.assign(places.get(waitKey(other)), { round, rounds });
    }
  };
  for (const exchange of tops) place(exchange, 0);
  return { rows, places, isMoved: rows.some((row, index) => row !== exchanges[index]) };
}

// A round names the first of its operation; a server's request the exchange in whose stream it came.
function underWhich({ exchange, asker, parent, chain }) {
  if (asker === "server") return parent;
  return chain === exchange ? undefined : chain;
}
