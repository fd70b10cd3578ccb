// The whole of a run: what each instant belongs to, and below it each session as a band of its exchanges.

import { h, replace, sharp } from "./dom.js";
import * as format from "./format.js";
import { colour } from "./theme.js";
import { TimeStrip } from "./time-strip.js";
import { drawStripes, statusColour, TINTS } from "./waterfall.js";

const STRIP = 18;
const AXIS = 16;
const BAND = 16;
/** Bands get lower when there are more than have this height together. */
const BANDS_HEIGHT = 144;
/** A band that is lower has no room for its name. */
const LEAST_NAMED = 12;
const NAMES = {
  servers: "in servers", person: "person", model: "model", client: "client", startup: "start-up",
  outside: "outside MCP",
};

/** A round distance of marks so that there are at most `most` of them in `length`. */
export function markStep(length, most) {
  const least = length / Math.max(1, most);
  const decade = 10 ** Math.floor(Math.log10(Math.max(1, least)));
  return [1, 2, 5, 10].map((factor) => factor * decade).find((step) => step >= least) ?? 10 * decade;
}

export class RunMap extends TimeStrip {
  constructor(facts) {
    super(facts);
    this.bands = [];
    this.line = [];
    this.names = h("ul", { class: "band-names", "aria-label": "servers on the time line" });
    this.strip = this.element;
    this.element = h("div", { class: "run-map" }, this.names, this.strip);
  }

  /** `bands` are `{name, title, from, to, rows}`, `line` what each instant belongs to. */
  showRun(bands, line, end) {
    Object.assign(this, { bands, line, end: Math.max(1, end) });
    this.band = Math.max(2, Math.min(BAND, Math.floor(BANDS_HEIGHT / Math.max(1, bands.length))));
    const isNamed = this.band >= LEAST_NAMED;
    this.strip.style.height = `${STRIP + bands.length * this.band + AXIS}px`;
    replace(this.names, h("li", { class: "dim" }, "time"), isNamed
      ? bands.map((band) => h("li", { title: band.title }, band.name))
      : h("li", { class: "dim" }, format.counted(bands.length, "session")));
    this.draw();
  }

  drawNow() {
    const surface = sharp(this.canvas);
    if (!surface) return;
    const { context, width, height } = surface;
    const x = (time) => (time / this.end) * width;
    context.font = "11px system-ui, sans-serif";
    context.textBaseline = "middle";
    for (const { from, to, kind } of this.line) this.drawKind(context, x(from), x(to), kind);
    this.bands.forEach((band, index) => this.drawBand(context, band, STRIP + index * this.band, x));
    this.drawAxis(context, width, height, x);
    if (this.cursor) {
      context.fillStyle = colour("ink");
      context.fillRect(x(this.cursor.start_us) - 0.5, 0, 1.5, height - AXIS);
    }
    this.drawStretch(context, width, height - AXIS);
    this.label.textContent = this.stretch
      ? `${format.duration(this.stretch.from)} – ${format.duration(this.stretch.to)}` : "";
  }

  drawKind(context, left, right, kind) {
    const wide = Math.max(0.5, right - left);
    context.fillStyle = colour(TINTS[kind]);
    if (kind === "servers") {
      context.fillRect(left, 3, wide, STRIP - 6);
    } else if (kind === "outside") {
      context.fillRect(left, STRIP / 2 - 0.5, wide, 1);
    } else {
      drawStripes(context, kind, { left, right, top: 4, height: STRIP - 8 });
    }
    const name = NAMES[kind];
    const needs = context.measureText(name).width + 8;
    if (kind === "servers" || wide < needs + 4) return;
    context.fillStyle = colour("ground");
    context.fillRect(left + (wide - needs) / 2, 2, needs, STRIP - 4);
    context.fillStyle = colour("dim");
    context.fillText(name, left + (wide - needs) / 2 + 4, STRIP / 2);
  }

  drawBand(context, band, top, x) {
    const middle = top + this.band / 2;
    const tall = Math.max(1, this.band - 4);
    context.fillStyle = colour("line");
    context.fillRect(x(band.from), middle - 0.5, Math.max(1, x(band.to) - x(band.from)), 1);
    for (const row of band.rows) {
      const left = x(row.start_us);
      const right = x(row.duration_us === undefined ? band.to : row.start_us + row.duration_us);
      context.fillStyle = statusColour(row.status);
      const isOpen = row.duration_us === undefined;
      context.fillRect(left, isOpen ? middle - 1 : middle - tall / 2, Math.max(2, right - left - 0.5),
        isOpen ? 2 : tall);
    }
  }

  drawAxis(context, width, height, x) {
    const step = markStep(this.end, Math.max(1, Math.floor(width / 110)));
    context.fillStyle = colour("dim");
    for (let at = 0; at < this.end; at += step) {
      context.fillRect(x(at), height - AXIS, 1, 4);
      const name = at === 0 ? "0" : format.duration(at);
      if (x(at) + context.measureText(name).width + 6 < width) context.fillText(name, x(at) + 4, height - 7);
    }
  }
}
