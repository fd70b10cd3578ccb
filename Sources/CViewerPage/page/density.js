// How many exchanges began when, in equal parts of a time: for a picture of the whole of it.

import { isBad } from "./exchange-order.js";

/** How many exchanges begin, and how many go wrong, in each of `slots` equal parts of `0…end`. */
export function density(exchanges, end, slots) {
  const all = new Uint32Array(slots);
  const bad = new Uint32Array(slots);
  const scale = slots / Math.max(1, end);
  for (const exchange of exchanges) {
    const slot = Math.min(slots - 1, Math.floor(exchange.start_us * scale));
    all[slot] += 1;
    if (isBad(exchange.status)) bad[slot] += 1;
  }
  return { all, bad };
}

/** Parts narrower than this share of a slot are rounding. */
const NOTHING = 1e-6;

/** Counts of equal parts of a time as counts of `slots` others over the same time: what lies across has its
 * share in each. `filled` is how much of the slots the parts cover. */
export function spread(counts, slots, filled = 1) {
  const found = new Float64Array(slots);
  const scale = (slots * filled) / Math.max(1, counts.length);
  counts.forEach((count, at) => {
    if (count === 0) return;
    const [from, to] = [at * scale, Math.min(slots, (at + 1) * scale)];
    for (let slot = Math.floor(from); slot < to; slot += 1) {
      const share = (Math.min(to, slot + 1) - Math.max(from, slot)) / (to - from);
      if (share > NOTHING) found[slot] += count * share;
    }
  });
  return found;
}
