// The time of each exchange as a bar: a thin line while the answer is waited for, full while it streams in.

import { colour } from "./theme.js";

/** Which colour stands for how it ended. */
export function statusColour(status) {
  if (status === "error" || status === "tool_error") return colour("bad");
  if (status === "ok") return colour("bar");
  return colour("warn");
}

/** Who is waited for is stripes, for each in another distance, as on the time line of a run. */
export const STRIPES = { startup: 3, person: 4, model: 6, client: 8 };
export const TINTS = {
  servers: "bar", person: "warn", model: "good", client: "accent", startup: "dim", outside: "line",
};

export function drawStripes(context, kind, { left, right, top, height }) {
  context.fillStyle = colour(TINTS[kind]);
  const step = STRIPES[kind];
  for (let at = left; at < right; at += step) {
    context.fillRect(at, top, Math.min(kind === "startup" ? 1 : step - 2, right - at), height);
  }
}

/**
 * Draws one row. `range` is `{from, to}` in microseconds, `now` the end of what is known, `waits` when it
 * waited for whom.
 */
export function drawBar(context, exchange, box, range, now, waits = []) {
  drawPhases(context, exchange, box, range, now);
  if (waits.length === 0) return;
  const x = place(box, range);
  const top = box.top + box.height / 2 - 5;
  for (const { from, to, kind } of waits) {
    if (from >= range.to || (to ?? now) <= range.from) continue;
    const [left, right] = [x(from), Math.max(x(from) + 2, x(to ?? now))];
    context.clearRect(left, top, right - left, 10);
    drawStripes(context, kind, { left, right, top, height: 10 });
  }
}

/** Where a time stands in the column. */
function place(box, range) {
  const span = Math.max(1, range.to - range.from);
  const inner = box.width - 12;
  return (time) => 6 + Math.max(-4, Math.min(inner + 4, ((time - range.from) / span) * inner));
}

function drawPhases(context, exchange, box, range, now) {
  const x = place(box, range);
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
