// The whole time in a strip, of which a stretch can be brushed: the table then shows what began in it. What
// stands in the strip is drawn by who extends it, in `drawNow()`.

import { h, onFrame } from "./dom.js";
import { colour, onTheme } from "./theme.js";

export class TimeStrip {
  constructor({ onbrush }) {
    this.onbrush = onbrush;
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
