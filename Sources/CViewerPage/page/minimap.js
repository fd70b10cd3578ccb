// The whole session in a strip: how many exchanges began when, and where some went wrong. A stretch of it
// can be brushed; the table then shows what began in it.

import { h, onFrame, sharp } from "./dom.js";
import * as format from "./format.js";
import { density, spread } from "./density.js";
import { colour, onTheme } from "./theme.js";

const SLOT = 3;

export class Minimap {
  constructor({ onbrush }) {
    this.onbrush = onbrush;
    this.exchanges = [];
    this.end = 1;
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

  show(exchanges, end) {
    Object.assign(this, { exchanges, end: Math.max(1, end), counted: undefined, isCounting: false });
    this.draw();
  }

  /** `counted`: how many began in equal stretches, as the API counts them; undefined: not known. */
  showCounted(counted, end, isCounting = false) {
    Object.assign(this, { counted, end: Math.max(1, end), isCounting });
    this.draw();
  }

  slots(number) {
    const { counted, end } = this;
    if (!counted) return density(this.exchanges, end, number);
    const filled = Math.min(1, counted.to_us / end);
    const [all, bad] = [counted.exchanges, counted.errors].map((counts) => spread(counts, number, filled));
    return { all, bad };
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
    const { all, bad } = this.slots(slots);
    const most = all.reduce((most, count) => Math.max(most, count), 0);
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
    this.label.textContent = (part ?? whole) + (this.isCounting ? " · counting …" : "");
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
