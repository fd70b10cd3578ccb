// The API of a page that was exported: the same answers, from what is inside the page.

import { Api, ApiError } from "./api.js";
import { bodyOf, entriesOf, Pieces, placeOf, unpacked, unpackedText } from "./embedded-pieces.js";
import { operationFigures } from "./exchange-figures.js";
import { matches, parse, refusal } from "./filter-match.js";
import * as format from "./format.js";

/** Rows that one question with a filter looks at, as the server does: a page shows how far it is. */
const SCANNED = 20_000;
/** Pieces of exchanges that are kept: a hundred thousand exchanges. */
const EXCHANGE_PIECES = 50;

export class EmbeddedApi extends Api {
  static async open() {
    return new EmbeddedApi(JSON.parse(await unpackedText("mcptape-index")));
  }

  constructor(index) {
    super("");
    this.isExported = true;
    this.index = index;
    this.places = new Map(index.sessions.map((session) => [session.session, session]));
    this.exchanges = new Pieces(JSON.parse, EXCHANGE_PIECES);
    this.entries = new Pieces(entriesOf);
  }

  /** What was left out to keep the file small, in a sentence; undefined: nothing. */
  get omission() {
    const { cut } = this.index;
    if (!cut) return undefined;
    const what = `${format.counted(cut.messages, "message")} (${format.size(cut.bytes)})`;
    return `the payloads of ${what} are not in this file: it was kept under ${format.size(cut.limit)} `
      + "(export --max-size)";
  }

  /** That the file holds what was chosen from more; undefined: it holds all. */
  get choice() {
    return this.index.is_part ? "a part of a recording, its exchanges numbered anew" : undefined;
  }

  async json(path, query = {}, signal = undefined) {
    signal?.throwIfAborted();
    const [kind, id, part] = path.split("/").slice(1).map(decodeURIComponent);
    const filter = query.filter ? this.filter(query.filter) : undefined;
    switch (`${kind}${id === undefined ? "" : "/"}${part ?? ""}`) {
      case "status": return this.statusAnswer();
      // Nothing ever does.
      case "changes": return new Promise(() => {});
      case "sessions": return this.list("sessions", "session", query, filter, (session) => [session]);
      case "runs": return this.list("runs", "run", query, filter, (run) =>
        run.sessions.map((member) => this.index.answers[`sessions/${member}`]));
      case "sessions/exchanges": return this.exchangePage(this.known(id), query, filter, signal);
      case "sessions/entries": return this.entryPage(this.known(id), query, filter, signal);
      case "sessions/stats": return filter ? this.figures(id, filter, signal) : this.answer(path);
      case "runs/stats":
        if (filter) throw new ApiError(400, "this file has figures of a whole run only");
        return this.answer(path);
      default: return this.answer(path);
    }
  }

  statusAnswer() {
    const { version, written, sessions, slow_us } = this.index;
    const store = [`exported ${written}`, this.choice, this.omission].filter(Boolean).join("; ");
    return { version, store, sessions: sessions.length, revision: 0, slow_us };
  }

  /** What the API said when the page was written. */
  answer(path) {
    const answer = this.index.answers[path.slice(1).split("/").map(decodeURIComponent).join("/")];
    if (!answer) throw new ApiError(404, "this file does not hold that");
    return structuredClone(answer);
  }

  known(id) {
    const places = this.places.get(id);
    if (!places) throw new ApiError(404, `there is no session ${id} in this file`);
    return places;
  }

  filter(words) {
    const wrong = refusal(words);
    if (wrong) throw new ApiError(400, wrong.message, wrong.column);
    return parse(words);
  }

  async list(name, key, { limit = 200, before }, filter, sessionsOf) {
    let rows = this.index.answers[name][name];
    if (before) rows = rows.slice(rows.findIndex((row) => row[key] === before) + 1);
    const found = [];
    for (const row of rows) {
      if (found.length > limit) break;
      const verdicts = filter
        ? await Promise.all(sessionsOf(row).map((session) => matches(filter, { session }))) : [true];
      if (verdicts.some((verdict) => verdict !== false)) found.push(row);
    }
    return { [name]: found.slice(0, limit), next: found.length > limit ? found[limit - 1][key] : null };
  }

  sessionOf(places) {
    return this.index.answers[`sessions/${places.session}`];
  }

  async exchangePage(places, { from = 1, limit = 200 }, filter, signal) {
    const session = this.sessionOf(places);
    const found = [];
    let [next, scanned, at] = [from, 0, Math.max(0, placeOf(places.exchanges, from))];
    for (; at < places.exchanges.length && found.length < limit && scanned < SCANNED; at += 1) {
      signal?.throwIfAborted();
      for (const exchange of await this.exchanges.get(places.exchanges[at][1])) {
        if (exchange.exchange < from || found.length >= limit) continue;
        next = exchange.exchange + 1;
        scanned += 1;
        const isFound = !filter || (await matches(filter, { session, exchange }, (text) =>
          this.exchangeHolds(places, exchange, text)));
        if (isFound) found.push(exchange);
      }
    }
    return { exchanges: found, next: next > session.exchanges ? null : next };
  }

  async entryPage(places, { from = 1, limit = 200, payload }, filter, signal) {
    const session = this.sessionOf(places);
    const found = [];
    let [next, scanned, at] = [null, 0, Math.max(0, placeOf(places.entries, from))];
    for (; at < places.entries.length && next === null; at += 1) {
      signal?.throwIfAborted();
      for (const item of await this.entries.get(places.entries[at][1])) {
        const { entry } = item;
        if (entry.seq < from) continue;
        if (found.length >= limit || scanned >= SCANNED) {
          next = entry.seq;
          break;
        }
        scanned += 1;
        if (filter) {
          const exchange = entry.exchange && (await this.exchange(places, entry.exchange));
          const isFound = await matches(filter, { session, entry, exchange }, (text) =>
            this.holds(places, item, text));
          if (!isFound) continue;
        }
        const { msg, text, raw_b64: raw, ...facts } = entry;
        found.push(payload === "no" ? facts : entry);
      }
    }
    return { entries: found, next };
  }

  async exchange(places, number) {
    const at = placeOf(places.exchanges, number);
    if (at < 0) return undefined;
    const list = await this.exchanges.get(places.exchanges[at][1]);
    return list[number - places.exchanges[at][0]];
  }

  async item(places, sequence) {
    const at = placeOf(places.entries, sequence);
    if (at < 0) return undefined;
    const list = await this.entries.get(places.entries[at][1]);
    return list.find(({ entry }) => entry.seq === sequence);
  }

  async exchangeHolds(places, exchange, text) {
    for (const sequence of [exchange.request_seq, exchange.response_seq]) {
      const item = sequence === undefined ? undefined : await this.item(places, sequence);
      if (item && (await this.holds(places, item, text))) return true;
    }
    return false;
  }

  /** Whether the bytes of a message hold a text. */
  async holds(places, item, text) {
    const body = item.entry.in_parts ? await this.large(places, item.entry.seq) : bodyOf(item);
    return body ? new TextDecoder().decode(body).includes(text) : false;
  }

  async large(places, sequence) {
    const at = placeOf(places.large, sequence);
    if (at < 0 || places.large[at][0] !== sequence) return undefined;
    return unpacked(`mcptape-${places.large[at][1]}`);
  }

  async bytes(id, sequence, signal) {
    signal?.throwIfAborted();
    const places = this.known(id);
    const item = await this.item(places, sequence);
    if (!item) throw new ApiError(404, `session ${id} has no message ${sequence}`);
    if (item.entry.cut) {
      const limit = format.size(this.index.cut.limit);
      throw new ApiError(404,
        `message ${sequence} was left out: the file was kept under ${limit} (export --max-size)`);
    }
    const body = item.entry.in_parts ? await this.large(places, sequence) : bodyOf(item);
    if (!body) throw new ApiError(404, `the bytes of message ${sequence} were not recorded (--capture)`);
    return body;
  }

  async figures(id, filter, signal) {
    const places = this.known(id);
    const session = this.sessionOf(places);
    const all = [];
    for (const [, piece] of places.exchanges) {
      signal?.throwIfAborted();
      for (const exchange of await this.exchanges.get(piece)) {
        const isFound = await matches(filter, { session, exchange }, (text) =>
          this.exchangeHolds(places, exchange, text));
        all.push({ session, exchange, isFound });
      }
    }
    return operationFigures(all);
  }

  /** Says in the bar what this page is, and hides what only a server can do. */
  describe(bar) {
    bar.pause.hidden = true;
    const note = document.createElement("span");
    note.className = this.omission || this.choice ? "live-state" : "dim";
    note.textContent = this.omission ? "▲ exported, not whole"
      : this.choice ? "▲ exported part, numbered anew" : "exported";
    note.title = [`by mcptape ${this.index.version}, ${this.index.written}`, this.choice, this.omission]
      .filter(Boolean).join("; ");
    note.setAttribute("role", "note");
    note.setAttribute("aria-label", `${note.textContent}: ${note.title}`);
    bar.element.insertBefore(note, bar.element.querySelector(".spring"));
  }
}
