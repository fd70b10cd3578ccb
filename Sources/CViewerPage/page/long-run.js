// The exchanges of a run that is too long to hold, by time, fetched by blocks where they are looked at. What
// row stands where is found out without reading those before it: of each session the API tells how many
// began when, and what lacks to the exact number is halved.

import { isBadExchange } from "./exchange-order.js";

/** Rows that are fetched together. */
const BLOCK = 200;
/** Blocks that are kept. */
const KEPT = 60;
/** Keys of which the place is kept. */
const PLACES = 100_000;
/** So many rows are read through rather than jumped over. */
const NEAR = 1000;
/** Every so many guesses at the time of a row halve what is left. */
const HALVING = 3;
/** A guess that was too late is followed by one that is so many rows earlier than it should be. */
const LEAST = 32;

const utmost = (parts) => parts.map((part) => part.last + 1);
const indexOfPlace = (parts, at) => parts.reduce((sum, part, index) => sum + at[index] - part.first, 0);

/** A time between two others by which about so many rows began; undefined: there is none. */
function timeOf(rows, before, least, most) {
  let [low, high] = [least, most];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (before(middle) < rows) low = middle;
    else high = middle;
  }
  return low > least && low < most ? low : undefined;
}

/** Of a run that is too long to hold the first exchanges, and what tells where all others are. */
export async function beginning({ parts, strip, total }) {
  const rows = await Promise.all(parts.map((part) => part.rows(BLOCK)));
  // What was counted serves until the run has grown by a hundredth.
  return [rows.flat(), strip && total < 1.01 * strip.total ? strip : LongRun.of(parts)];
}

export class LongRun {
  /** `counted`: the answer of `density` for each part, undefined where there is none. */
  constructor(parts, counted) {
    Object.assign(this, { parts: parts.filter(({ count }) => count > 0), counted });
    /** By block, for each part the number with which the block begins. */
    this.starts = new Map();
    this.blocks = new Map();
    /** Where the rows stand that were held, by key. */
    this.places = new Map();
    this.loading = new Map();
    /** The blocks that were looked at last. */
    this.recent = [];
    this.total = parts.reduce((sum, { count }) => sum + count, 0);
    this.onload = () => {};
  }

  static of(parts) {
    const long = new LongRun(parts, new Map());
    // The first rows need not wait for it, nor anything fail without it: then there are more questions.
    long.counting = Promise.all(parts.map(async ({ id, api }) =>
      long.counted.set(id, await api.of(id, "density").catch(() => undefined))));
    return long;
  }

  /** Shows what began in a stretch of the run's time, or all of it. */
  async show(stretch) {
    const { parts } = this;
    const from = stretch ? await this.placeAt(stretch.from) : parts.map((part) => part.first);
    const to = stretch ? await this.placeAt(stretch.to) : utmost(parts);
    this.low = indexOfPlace(parts, from);
    this.high = indexOfPlace(parts, to);
    this.starts.set(0, parts.map((part) => part.first));
  }

  /** The same of the sessions as they are now; the rows that were looked at `before` stay in sight. */
  async renewed(parts, stretch, before) {
    const next = new LongRun(parts, this.counted);
    next.counting = this.counting;
    await next.show(stretch);
    if (before) next.places = before.places;
    for (const block of before?.recent ?? []) if (block * BLOCK < next.high) await next.block(block);
    return next;
  }

  /** Whether more than these are found by a filter that was asked for `limit` of each session. */
  isCut(found, limit) {
    return this.parts.some((part) => found.filter(({ session }) => session === part.id).length >= limit);
  }

  get count() {
    return Math.max(0, this.high - this.low);
  }

  row(index) {
    const at = this.low + index;
    if (index < 0 || index >= this.count) return undefined;
    const block = Math.floor(at / BLOCK);
    if (block !== this.recent[0]) this.recent = [block, ...this.recent.slice(0, 1)];
    return this.blocks.get(block)?.[at % BLOCK];
  }

  /** Where a row stands that was held; -1 for others: see `locate`. */
  indexOf(key) {
    const index = (this.places.get(key) ?? -1) - this.low;
    return index >= 0 && index < this.count ? index : -1;
  }

  async ensure(first, last) {
    const [from, to] = [this.low + first, this.low + last].map((at) => Math.floor(at / BLOCK));
    for (let block = from; block <= to; block += 1) await this.block(block);
  }

  async block(block) {
    if (this.blocks.has(block)) return this.blocks.get(block);
    if (!this.loading.has(block)) {
      this.loading.set(block, this.fetch(block).finally(() => this.loading.delete(block)));
    }
    return this.loading.get(block);
  }

  async fetch(block) {
    const at = [...(this.starts.get(block) ?? (await this.startOf(block * BLOCK)))];
    this.starts.set(block, [...at]);
    const rows = await this.read(at, BLOCK);
    this.starts.set(block + 1, at);
    this.blocks.set(block, rows);
    if (this.places.size > PLACES) this.places.clear();
    rows.forEach(({ key }, index) => this.places.set(key, block * BLOCK + index));
    if (this.blocks.size > KEPT) this.blocks.delete(this.blocks.keys().next().value);
    this.onload();
    return rows;
  }

  /** The next rows from a place, which moves on. */
  async read(at, limit) {
    const { parts } = this;
    const begin = (index) => (at[index] > parts[index].last ? Infinity
      : this.startAt(parts[index], at[index]));
    const begins = await Promise.all(parts.map((part, index) => begin(index)));
    const rows = [];
    while (rows.length < limit) {
      const first = begins.indexOf(Math.min(...begins));
      const part = parts[first];
      if (at[first] > part.last) break;
      const exchange = await part.store.one(at[first]);
      if (exchange) rows.push(part.row(exchange));
      at[first] += 1;
      begins[first] = await begin(first);
    }
    return rows;
  }

  /** When an exchange began, in the run's time. Without a wait where it is held. */
  startAt(part, number) {
    const held = part.store.get(number);
    if (held) return held.start_us + part.offset;
    return part.store.one(number).then((exchange) => (exchange?.start_us ?? Infinity) + part.offset);
  }

  // -- finding places

  /** For each part the number of its first exchange that began at `time` or later. */
  async placeAt(time) {
    await this.counting;
    return Promise.all(this.parts.map((part) => this.firstSince(part, time)));
  }

  async firstSince(part, time) {
    const isBefore = async (number) => (await this.startAt(part, number)) < time;
    const clamped = (number) => Math.max(part.first, Math.min(part.last + 1, number));
    let low = part.first;
    let high = part.last + 1;
    // From about where it is outwards: what was counted may be older than the session.
    let guess = clamped(Math.floor(this.guessed(part, time)));
    for (let step = 32; low < high; step *= 4) {
      if (guess <= part.last && (await isBefore(guess))) {
        low = guess + 1;
        if (low > part.last) break;
        const next = clamped(guess + step);
        if (next >= high || !(await isBefore(next))) {
          high = Math.min(high, next);
          break;
        }
        guess = next;
      } else {
        high = guess;
        const next = clamped(guess - step);
        if (next <= low || (await isBefore(next))) {
          low = Math.max(low, next);
          break;
        }
        guess = next;
      }
    }
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (await isBefore(middle)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** About which number an exchange has that begins then. */
  guessed(part, time) {
    const counted = this.counted.get(part.id);
    if (!counted) return part.first;
    if (!counted.sums) {
      let sum = 0;
      counted.sums = counted.exchanges.map((count) => (sum += count) - count);
    }
    const share = (time - part.offset - counted.from_us) / Math.max(1, counted.to_us - counted.from_us);
    const at = Math.max(0, Math.min(1, share)) * counted.exchanges.length;
    const whole = Math.min(counted.exchanges.length - 1, Math.floor(at));
    return 1 + counted.sums[whole] + (at - whole) * counted.exchanges[whole];
  }

  /** For each part with which number the row `wanted` begins. */
  async startOf(wanted) {
    await this.counting;
    const { parts } = this;
    const before = (time) => parts.reduce((sum, part) =>
      sum + Math.max(0, Math.min(part.count, this.guessed(part, time) - part.first)), 0);
    let low = Math.min(...parts.map(({ start }) => start));
    let high = Math.max(...parts.map(({ end }) => end));
    let at = this.starts.get(0);
    let aim = wanted;
    for (let guess = 1; high - low > 1 && wanted - indexOfPlace(parts, at) > NEAR; guess += 1) {
      const aimed = guess % HALVING === 0 ? undefined : timeOf(aim, before, low, high);
      const time = aimed ?? Math.floor((low + high) / 2);
      const found = await this.placeAt(time);
      const away = wanted - indexOfPlace(parts, found);
      if (away >= 0) [low, at] = [time, found];
      else high = time;
      aim += away < 0 ? away - LEAST : away;
    }
    const place = [...at];
    await this.read(place, wanted - indexOfPlace(parts, at));
    return place;
  }

  /** Where an exchange stands, held or not; -1 when it is not shown. */
  async locate(key) {
    const held = this.indexOf(key);
    if (held >= 0) return held;
    const cut = String(key).lastIndexOf("@");
    const [id, number] = [String(key).slice(0, cut), Number(String(key).slice(cut + 1))];
    const part = this.parts.find((one) => one.id === id);
    if (!part || !(number >= part.first && number <= part.last)) return -1;
    const first = indexOfPlace(this.parts, await this.placeAt(await this.startAt(part, number)));
    // Others may have begun at the same time.
    for (let index = first - this.low; index < this.count && index < first - this.low + NEAR; index += 1) {
      if (index < 0) continue;
      await this.block(Math.floor((this.low + index) / BLOCK));
      if (this.row(index)?.key === key) return index;
    }
    return -1;
  }

  /** The next row in a direction that `wanted` accepts; -1 when there is none. */
  async search(from, step, wanted) {
    if (wanted === isBadExchange && step > 0) return this.nextBad(from);
    for (let index = from + step; index >= 0 && index < this.count; index += step) {
      await this.block(Math.floor((this.low + index) / BLOCK));
      const row = this.row(index);
      if (row && wanted(row)) return index;
    }
    return -1;
  }

  // Where the next error is the server knows faster.
  async nextBad(from) {
    const first = this.low + from + 1;
    if (first >= this.high) return -1;
    const block = Math.floor(first / BLOCK);
    await this.block(block);
    const at = [...this.starts.get(block)];
    await this.read(at, first % BLOCK);
    const found = await Promise.all(this.parts.map(async (part, index) => {
      for (let next = at[index]; next !== null && next <= part.last;) {
        const query = { from: next, limit: 1, filter: "status:error,tool_error" };
        const page = await part.api.of(part.id, "exchanges", query);
        if (page.exchanges.length > 0) return part.row(page.exchanges[0]);
        next = page.next ?? null;
      }
      return undefined;
    }));
    const rows = found.filter((row, index) => row && row.exchange <= this.parts[index].last);
    if (rows.length === 0) return -1;
    return this.locate(rows.reduce((least, row) => (row.start_us < least.start_us ? row : least)).key);
  }

  /** What a band of the time line shows of a session: how many began in each stretch, as bars. */
  bandOf(part) {
    const counted = this.counted.get(part.id);
    if (!counted) return [];
    const wide = (counted.to_us - counted.from_us) / counted.exchanges.length;
    return counted.exchanges.flatMap((count, index) => (count === 0 ? [] : [{
      start_us: part.offset + counted.from_us + index * wide, duration_us: wide,
      status: counted.errors[index] > 0 ? "error" : "ok",
    }])).filter(({ start_us: at }) => part.holds(at - part.offset));
  }
}
