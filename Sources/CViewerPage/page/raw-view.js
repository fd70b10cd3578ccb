// The exact bytes of a message, as text or hex, and the heads of HTTP around an exchange.

import { copy } from "./clipboard.js";
import { button, h, replace } from "./dom.js";
import * as format from "./format.js";
import { headText, hexLines } from "./payload.js";
import { block } from "./text-block.js";

/** Bytes that are drawn at once. */
const TEXT_STEP = 200_000;
const HEX_STEP = 8192;

const strict = new TextDecoder("utf-8", { fatal: true });

function asText(bytes) {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Bytes of a hex dump that is copied; a longer one is saved as the bytes that it is of. */
const HEX_COPY_LIMIT = 4 << 20;

const searched = new WeakMap();

/**
 * How the whole of a body is searched of which a block shows the beginning: `{find(wanted), reach(end)}`.
 * `find` gives places `[from, to)` in the block's text; undefined for other blocks.
 */
export function searchOf(element) {
  return searched.get(element);
}

/** The bytes that were meant: pairs of hexadecimal digits, or the text itself. */
function meant(wanted) {
  const pairs = /^(?:[0-9a-f]{2}\s*)+$/i.test(wanted) ? wanted.match(/[0-9a-f]{2}/gi) : undefined;
  return pairs ? Uint8Array.from(pairs, (pair) => parseInt(pair, 16)) : new TextEncoder().encode(wanted);
}

/** Where bytes stand in others, each place from the first to the one behind the last. */
export function bytePlaces(bytes, wanted, limit) {
  const places = [];
  let at = wanted.length === 0 ? -1 : bytes.indexOf(wanted[0]);
  while (at >= 0 && places.length < limit) {
    let length = 1;
    while (length < wanted.length && bytes[at + length] === wanted[length]) length += 1;
    if (length === wanted.length) places.push([at, at + length]);
    at = bytes.indexOf(wanted[0], at + 1);
  }
  return places;
}

/** Where the pair of a byte begins in a dump of 16 bytes a line. */
export function hexColumn(at) {
  const place = at % 16;
  return Math.floor(at / 16) * 77 + 10 + place * 3 + (place >= 8 ? 1 : 0);
}

/** Each place in a text, whatever the case of its letters. */
export function textPlaces(text, wanted, limit) {
  const places = [];
  // Some letters have a longer lower case: then only the same letters are found.
  const lower = text.toLowerCase();
  const [where, what] = lower.length === text.length ? [lower, wanted.toLowerCase()] : [text, wanted];
  for (let at = where.indexOf(what); at >= 0 && places.length < limit && what; at = where.indexOf(what, at)) {
    places.push([at, at + what.length]);
    at += what.length;
  }
  return places;
}

/** `how` is `raw` or `hex`; more of a long body comes by a button. `save` keeps its bytes as a file. */
export function bytesView(side, how, save) {
  const { bytes } = side;
  const isText = how === "raw" && asText(bytes) !== undefined;
  const pre = h("pre", { class: isText ? "text" : "text hex", tabIndex: 0 });
  const more = h("div", {});
  const step = isText ? TEXT_STEP : HEX_STEP;
  const whole = isText ? block(side.text) : undefined;
  let shown = 0;
  const length = isText ? whole.length : bytes.length;
  const grow = () => {
    const to = Math.min(length, shown + step);
    pre.append(isText ? whole.slice(shown, to) : hexLines(bytes, shown, to).join("\n") + "\n");
    shown = to;
    replace(more, length > shown ? button(`${format.size(length - shown)} more`, "show more", grow,
      { class: "tool wordy" }) : undefined);
  };
  grow();
  searched.set(pre, {
    find: (wanted, limit) => (isText ? textPlaces(whole, wanted, limit)
      : bytePlaces(bytes, meant(wanted), limit).map(([from]) => [hexColumn(from), hexColumn(from) + 2])),
    reach: (end) => {
      while (shown < length && pre.textContent.length < end) grow();
    },
  });
  return h("div", { class: "block" },
    how === "raw" && !isText ? h("p", { class: "dim" }, "These bytes are not UTF-8.") : undefined, pre, more,
    h("div", { class: "details-actions" },
      isText ? button("copy", "copy these bytes", () => copy(side.text, "the bytes"), { class: "tool wordy" })
        : bytes.length <= HEX_COPY_LIMIT ? button("copy hex", "copy all of the hex dump", () =>
          copy(hexLines(bytes).join("\n"), "the hex dump"), { class: "tool wordy" }) : undefined,
      button("save bytes", "save the exact bytes as a file", save, { class: "tool wordy" })));
}

/** Heads, trailers and closings of the stream that carried an exchange. */
export function httpView(near) {
  const heads = near.filter((entry) => entry.http);
  if (heads.length === 0) return h("p", { class: "dim" }, "No head of HTTP was recorded near this exchange.");
  return heads.map((entry) => {
    const { http } = entry;
    const what = http.request ? "request" : http.response ? "response" : Object.keys(http)[0];
    return [h("h3", { class: "label" }, `${format.oneLine(what, 40)} · ${format.offset(entry.t_us)} s`),
      h("pre", { class: "text", tabIndex: 0 }, block(headText(http)))];
  });
}
