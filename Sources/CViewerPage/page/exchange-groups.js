// What belongs together stands together: the rounds of one operation under its first, and what a server
// asked back under the exchange in which it asked.

/**
 * `{rows, places, isMoved}`: `exchanges` (by number) in that order; by number `{depth, round, rounds}`, a
 * round counted from 1; whether the order is another one than that of the numbers.
 */
export function grouped(exchanges) {
  const known = new Set(exchanges.map((exchange) => exchange.exchange));
  const below = new Map();
  const put = (under, exchange) => below.set(under, [...(below.get(under) ?? []), exchange]);
  const tops = [];
  for (const exchange of exchanges) {
    const under = underWhich(exchange);
    if (under !== undefined && under < exchange.exchange && known.has(under)) put(under, exchange);
    else tops.push(exchange);
  }
  const rows = [];
  const places = new Map();
  const place = (exchange, depth) => {
    const number = exchange.exchange;
    const others = below.get(number) ?? [];
    const rounds = 1 + others.filter(({ chain }) => chain === number).length;
    places.set(number, { depth, round: 1, rounds });
    rows.push(exchange);
    let round = 1;
    for (const other of others) {
      place(other, depth + 1);
      if (other.chain !== number) continue;
      round += 1;
      Object.assign(places.get(other.exchange), { round, rounds });
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
