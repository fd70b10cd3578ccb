// The time of each exchange as a bar: a thin line while the answer is waited for, full while it streams in.

import { colour } from "./theme.js";

/** Which colour stands for how it ended. */
export function statusColour(status) {
  if (status === "error" || status === "tool_error") return colour("bad");
  if (status === "ok") return colour("bar");
  return colour("warn");
}

/** Draws one row. `range` is `{from, to}` in microseconds, `now` the end of what is known. */
export function drawBar(context, exchange, box, range, now) {
  const span = Math.max(1, range.to - range.from);
  const inner = box.width - 12;
  const x = (time) => 6 + Math.max(-4, Math.min(inner + 4, ((time - range.from) / span) * inner));
  const start = x(exchange.start_us);
  const isOpen = exchange.duration_us === undefined;
  const end = Math.max(start + 2, x(isOpen ? now : exchange.start_us + exchange.duration_us));
  const hasFirst = exchange.first_event_us !== undefined && exchange.first_event_us < exchange.duration_us;
  const first = hasFirst ? x(exchange.start_us + exchange.first_event_us) : end;
  const middle = box.top + box.height / 2;
  const tint = statusColour(exchange.status);
  context.fillStyle = tint;
  if (isOpen) {
    // Nothing ended it: dashes to the end of what was recorded.
    for (let at = start; at < end; at += 6) context.fillRect(at, middle - 1, Math.min(3, end - at), 2);
    return;
  }
  context.globalAlpha = 0.45;
  context.fillRect(start, middle - 4, Math.max(0, first - start), 8);
  context.globalAlpha = 1;
  context.fillRect(start, middle - 5, 2, 10);
  if (hasFirst) context.fillRect(first, middle - 5, Math.max(2, end - first), 10);
  else context.fillRect(end - 2, middle - 4, 2, 8);
}
