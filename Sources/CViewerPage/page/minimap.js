// The whole session in a strip: how many exchanges began when, and where some went wrong. A stretch of it
// can be brushed; the table then shows what began in it.

import { h, onFrame, sharp } from "./dom.js";
import * as format from "./format.js";
import { density } from "./statistics.js";
import { colour, onTheme } from "./theme.js";

const SLOT = 3;

export class Minimap {
  constructor({ onbrush }) {
    this.onbrush = onbrush;
    this.exchanges = [];
    this.end = 1;
    this.weight = 1;
    this.canvas = h("canvas", { class: "minimap-canvas", "aria-hidden": "true" });
    this.label = h("span", { class: "minimap-label" });
    this.clear = h("button", {
      type: "button", class: "minimap-clear", hidden: true, title: "show the whole time (z)",
      onclick: () => onbrush(undefined),
    }, "✕ whole time");
    this.element = h("div", { class: "minimap" }, this.canvas, this.label, this.clear);
    this.draw = onFrame(() => this.drawNow());
    this.observer = new ResizeObserver(this.draw);
    this.observer.observe(this.canvas);
    this.endTheme = onTheme(this.draw);
    this.canvas.addEventListener("pointerdown", (event) => this.pressed(event));
  }

  close() {
    this.observer.disconnect();
    this.endTheme();
  }

  /** `isSample` when the exchanges only stand for the rest. */
  show(exchanges, end, { isSample = false } = {}) {
    Object.assign(this, { exchanges, end: Math.max(1, end), isSample });
    this.draw();
  }

  setStretch(stretch) {
    this.stretch = stretch;
    this.clear.hidden = !stretch;
    // The button stands where the stretch is not.
    this.clear.classList.toggle("left", Boolean(stretch) && stretch.from + stretch.to > this.end);
    this.draw();
  }

  /** A mark for the selected exchange. */
  setCursor(exchange) {
    this.cursor = exchange;
    this.draw();
  }

  timeAt(event) {
    const box = this.canvas.getBoundingClientRect();
    const share = Math.max(0, Math.min(1, (event.clientX - box.left) / Math.max(1, box.width)));
    return Math.round(share * this.end);
  }

  pressed(event) {
    if (event.button !== 0) return;
    const start = this.timeAt(event);
    const startX = event.clientX;
    this.canvas.setPointerCapture(event.pointerId);
    const move = (moved) => {
      const now = this.timeAt(moved);
      this.setStretch({ from: Math.min(start, now), to: Math.max(start, now) });
    };
    const up = (lifted) => {
      this.canvas.removeEventListener("pointermove", move);
      const now = this.timeAt(lifted);
      const isClick = Math.abs(lifted.clientX - startX) < 4 || now === start;
      this.onbrush(isClick ? undefined : { from: Math.min(start, now), to: Math.max(start, now) });
    };
    this.canvas.addEventListener("pointermove", move);
    this.canvas.addEventListener("pointerup", up, { once: true });
  }

  drawNow() {
    const surface = sharp(this.canvas);
    if (!surface) return;
    const { context, width, height } = surface;
    const slots = Math.max(1, Math.floor(width / SLOT));
    const { all, bad } = density(this.exchanges, this.end, slots);
    const most = Math.max(1, ...all);
    const slot = width / slots;
    for (let index = 0; index < slots; index += 1) {
      if (all[index] === 0) continue;
      const tall = Math.max(3, Math.sqrt(all[index] / most) * (height - 6));
      context.fillStyle = colour("bar");
      context.fillRect(index * slot, height - tall, Math.max(1, slot - 1), tall);
      if (bad[index] === 0) continue;
      // An error also has a notch at the upper edge: seen without its colour.
      context.fillStyle = colour("bad");
      context.fillRect(index * slot, height - tall, Math.max(1, slot - 1),
        Math.max(3, (tall * bad[index]) / all[index]));
      context.fillRect(index * slot - 1, 0, slot + 1, 4);
    }
    if (this.cursor) {
      context.fillStyle = colour("ink");
      context.fillRect((this.cursor.start_us / this.end) * width - 0.5, 0, 1.5, height);
    }
    this.drawStretch(context, width, height);
    const whole = `0 – ${format.duration(this.end)}`;
    const part = this.stretch
      && `${format.duration(this.stretch.from)} – ${format.duration(this.stretch.to)}`;
    this.label.textContent = (part ?? whole) + (this.isSample ? " (sampled)" : "");
  }

  drawStretch(context, width, height) {
    if (!this.stretch) return;
    const left = (this.stretch.from / this.end) * width;
    const right = (this.stretch.to / this.end) * width;
    context.fillStyle = colour("veil");
    context.fillRect(0, 0, left, height);
    context.fillRect(right, 0, width - right, height);
    context.fillStyle = colour("accent");
    context.fillRect(left - 1, 0, 2, height);
    context.fillRect(right - 1, 0, 2, height);
  }
}
