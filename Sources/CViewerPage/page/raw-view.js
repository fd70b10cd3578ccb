// The exact bytes of a message, as text or hex, and the heads of HTTP around an exchange.

import { button, copy, h, replace } from "./dom.js";
import * as format from "./format.js";
import { headText, hexLines } from "./payload.js";

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

/** `how` is `raw` or `hex`; more of a long body comes by a button. */
export function bytesView(side, how) {
  const { bytes } = side;
  const isText = how === "raw" && asText(bytes) !== undefined;
  const pre = h("pre", { class: "text", tabIndex: 0 });
  const more = h("div", {});
  const step = isText ? TEXT_STEP : HEX_STEP;
  let shown = 0;
  const grow = () => {
    const to = Math.min(bytes.length, shown + step);
    if (isText) pre.textContent = format.block(side.text.slice(0, to));
    else pre.append(hexLines(bytes, shown, to).join("\n") + "\n");
    shown = to;
    const left = (isText ? side.text.length : bytes.length) - shown;
    replace(more, left > 0 ? button(`${format.size(left)} more`, "show more", grow, { class: "tool wordy" })
      : undefined);
  };
  grow();
  return h("div", { class: "block" },
    how === "raw" && !isText ? h("p", { class: "dim" }, "These bytes are not UTF-8.") : undefined, pre, more,
    isText ? button("copy", "copy these bytes", () => copy(side.text, "the bytes"), { class: "tool wordy" })
      : undefined);
}

/** Heads, trailers and closings of the stream that carried an exchange. */
export function httpView(near) {
  const heads = near.filter((entry) => entry.http);
  if (heads.length === 0) return h("p", { class: "dim" }, "No head of HTTP was recorded near this exchange.");
  return heads.map((entry) => {
    const { http } = entry;
    const what = http.request ? "request" : http.response ? "response" : Object.keys(http)[0];
    return [h("h3", { class: "label" }, `${format.oneLine(what, 40)} · ${format.offset(entry.t_us)} s`),
      h("pre", { class: "text", tabIndex: 0 }, format.block(headText(http)))];
  });
}
