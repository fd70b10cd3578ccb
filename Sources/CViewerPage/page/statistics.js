// Figures over exchanges: quantiles, a histogram of durations, and what looks wrong.

import { operationTimes, tookOf } from "./exchange-order.js";

/** The smallest value that at least the fraction `q` of them does not exceed. `sorted` ascends. */
export function quantile(sorted, q) {
  if (sorted.length === 0) return undefined;
  return sorted[Math.max(0, Math.ceil(sorted.length * q) - 1)];
}

/** The name under which calls are compared: method and what it calls. */
export function groupOf(exchange) {
  return `${exchange.asker} ${exchange.method} ${exchange.name ?? ""}`;
}

/** Buckets of 1, 2, 5, 10 … µs that cover what was measured: `[{from, to, count}]`, empty ones between. */
export function histogram(durations) {
  if (durations.length === 0) return [];
  const edges = [0, 1];
  for (let decade = 1; decade <= 1e12; decade *= 10) edges.push(2 * decade, 5 * decade, 10 * decade);
  const counts = new Array(edges.length).fill(0);
  for (const value of durations) counts[lastAtMost(edges, value)] += 1;
  const first = counts.findIndex((count) => count > 0);
  const last = counts.findLastIndex((count) => count > 0);
  const buckets = [];
  for (let index = first; index <= last; index += 1) {
    buckets.push({ from: edges[index], to: edges[index + 1] ?? Infinity, count: counts[index] });
  }
  return buckets;
}

/** The index of the last element that is not above `value`; `sorted` ascends; -1 when all are. */
export function lastAtMost(sorted, value) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Calls of one tool below this number have no tail to speak of. */
const LEAST_FOR_SLOW = 10;
/** A tail that is closer to the middle than this is no problem. */
const SLOW_FACTOR = 2;

/**
 * Operations above their own group's p95 and at least twice its median: `[{exchange, took, limit, median}]`,
 * with the first exchange of each.
 */
export function slowExchanges(exchanges) {
  const found = [];
  for (const members of timedGroups(exchanges)) {
    if (members.length < LEAST_FOR_SLOW) continue;
    const sorted = members.map(({ took }) => took).sort((a, b) => a - b);
    const limit = quantile(sorted, 0.95);
    const median = quantile(sorted, 0.5);
    for (const { exchange, took } of members) {
      const isSlow = took >= limit && took >= SLOW_FACTOR * median;
      if (isSlow && took > median) found.push({ exchange, took, limit, median });
    }
  }
  return found.sort((a, b) => a.exchange.exchange - b.exchange.exchange);
}

/** Operations that took `least` or longer, one array of `{exchange, took}` for each group that has any. */
export function longestOf(exchanges, least) {
  return timedGroups(exchanges)
    .map((members) => members.filter(({ took }) => took >= least))
    .filter((members) => members.length > 0);
}

/** What has ended, by its group: arrays of `{exchange, took}`, with the first exchange of each operation. */
function timedGroups(exchanges) {
  const times = operationTimes(exchanges);
  const groups = new Map();
  for (const exchange of exchanges) {
    const isFirst = exchange.chain === undefined || exchange.chain === exchange.exchange;
    const took = tookOf(exchange, times);
    if (!isFirst || took === undefined) continue;
    const key = groupOf(exchange);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push({ exchange, took });
  }
  return [...groups.values()];
}

/** Keys that occur more than once: `[{first, again: […]}]` in order of the first. `pairs`: `[key, value]`. */
export function repeated(pairs) {
  const seen = new Map();
  for (const [key, value] of pairs) {
    const group = seen.get(key);
    if (group) group.again.push(value);
    else seen.set(key, { first: value, again: [] });
  }
  return [...seen.values()].filter((group) => group.again.length > 0);
}
