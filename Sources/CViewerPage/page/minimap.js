// The whole session in a strip: how many exchanges began when, and where some went wrong.

import { sharp } from "./dom.js";
import * as format from "./format.js";
import { density, spread } from "./density.js";
import { colour } from "./theme.js";
import { TimeStrip } from "./time-strip.js";

const SLOT = 3;

export class Minimap extends TimeStrip {
  constructor(facts) {
    super(facts);
    this.exchanges = [];
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
}
