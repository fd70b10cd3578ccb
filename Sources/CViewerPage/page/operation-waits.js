// Who was waited for in one operation, an exchange or all its rounds: what *Timing* says.

import { waitKey, waitsIn } from "./waits.js";

/** What belongs to an operation, by number: `{rounds, nested}`, and all it needs among `exchanges`. */
export function operationOf(exchange, exchanges) {
  const rounds = exchange.chain === undefined ? [exchange]
    : exchanges.filter((other) => other.chain === exchange.chain && other.asker === "client");
  const numbers = new Set(rounds.map((round) => round.exchange));
  const nested = exchanges.filter((other) => other.asker === "server" && numbers.has(other.parent));
  return { rounds, nested };
}

/**
 * `{begin, took, server, waits}` in microseconds: when it began, how long it took and how much of that the
 * server worked (both undefined while it has no end), and its waits in their order.
 */
export function waitedIn({ rounds, nested }, asked) {
  const exchanges = [...rounds, ...nested].sort((a, b) => a.exchange - b.exchange);
  const found = waitsIn(exchanges, asked);
  const waits = rounds.flatMap((round) => found.get(waitKey(round)) ?? []).sort((a, b) => a.from - b.from);
  const [begin, last] = [rounds[0].start_us, rounds.at(-1)];
  if (last.duration_us === undefined) return { begin, waits };
  const end = last.start_us + last.duration_us;
  // Two questions at once are one wait.
  let [waited, reached] = [0, begin];
  for (const { from, to = end } of waits) {
    const until = Math.min(to, end);
    waited += Math.max(0, until - Math.max(from, reached));
    reached = Math.max(reached, until);
  }
  return { begin, waits, took: end - begin, server: end - begin - waited };
}
