// Two pictures of durations: how often each, and when. Both are drawn; the table beside them says the same.

import { h, onFrame, sharp } from "./dom.js";
import * as format from "./format.js";
import { histogram } from "./statistics.js";
import { colour, onTheme } from "./theme.js";
import { statusColour } from "./waterfall.js";

const LEFT = 64;
const BOTTOM = 20;
const RADIUS = 2.5;

class Chart {
  constructor(label) {
    this.exchanges = [];
    this.canvas = h("canvas", { class: "chart-canvas", role: "img", "aria-label": label });
    this.note = h("div", { class: "chart-note dim" });
    this.label = label;
    this.caption = h("figcaption", { class: "label" }, label);
    this.element = h("figure", { class: "chart" }, this.caption, this.canvas,
      this.note);
    this.draw = onFrame(() => this.drawNow());
    this.observer = new ResizeObserver(this.draw);
    this.observer.observe(this.canvas);
    this.endTheme = onTheme(this.draw);
    this.canvas.addEventListener("pointermove", (event) => this.hovered(event));
    this.canvas.addEventListener("click", (event) => this.clicked(event));
  }

  /** Says what is drawn: each exchange that has an answer, a round of an operation too. */
  tell(drawn, all) {
    const of = drawn < all ? `${format.count(drawn)} of ${format.count(all)} exchanges, those with an answer`
      : format.counted(all, "exchange");
    this.caption.textContent = `${this.label} · ${of}`;
  }

  close() {
    this.observer.disconnect();
    this.endTheme();
  }

  begin() {
    const surface = sharp(this.canvas);
    if (surface) {
      surface.context.font = "11px system-ui, sans-serif";
      surface.context.textBaseline = "middle";
    }
    return surface;
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }
}

export class Histogram extends Chart {
  /** `onchoose({from, to})` with a bucket's ends in microseconds. */
  constructor(onchoose) {
    super("how often each duration");
    this.onchoose = onchoose;
    this.buckets = [];
  }

  show(exchanges) {
    const durations = exchanges.map(({ duration_us: took }) => took).filter((took) => took !== undefined);
    this.buckets = histogram(durations);
    this.tell(durations.length, exchanges.length);
    this.draw();
  }

  drawNow() {
    const surface = this.begin();
    if (!surface) return;
    const { context, width, height } = surface;
    const most = Math.max(1, ...this.buckets.map((bucket) => bucket.count));
    const slot = width / Math.max(1, this.buckets.length);
    this.buckets.forEach((bucket, index) => {
      const tall = (bucket.count / most) * (height - BOTTOM - 16);
      const x = index * slot;
      context.fillStyle = colour("bar");
      context.fillRect(x + 1, height - BOTTOM - tall, Math.max(1, slot - 2), tall);
      context.fillStyle = colour("ink");
      context.textAlign = "center";
      if (bucket.count > 0) context.fillText(format.count(bucket.count), x + slot / 2,
          height - BOTTOM - tall - 8);
      context.textAlign = "left";
      context.fillStyle = colour("dim");
      if (slot > 58 || index % Math.ceil(58 / slot) === 0) {
        context.fillText(format.duration(bucket.from).replace(/\.0+ /, " "), x + 1, height - BOTTOM / 2);
      }
    });
  }

  bucketAt(event) {
    const index = Math.floor((this.place(event).x / this.canvas.clientWidth) * this.buckets.length);
    return this.buckets[index];
  }

  hovered(event) {
    const bucket = this.bucketAt(event);
    if (!bucket) return;
    const ends = `${format.duration(bucket.from)} – ${format.duration(bucket.to)}`;
    this.note.textContent = `${ends}: ${format.counted(bucket.count, "exchange")}`;
  }

  clicked(event) {
    const bucket = this.bucketAt(event);
    if (bucket) this.onchoose(bucket);
  }
}

export class Scatter extends Chart {
  constructor(onchoose) {
    super("durations over time");
    this.onchoose = onchoose;
    this.points = [];
    this.end = 1;
  }

  show(exchanges, end) {
    this.points = exchanges.filter((exchange) => exchange.duration_us !== undefined);
    this.tell(this.points.length, exchanges.length);
    this.end = Math.max(1, end);
    const values = this.points.map((exchange) => Math.max(1, exchange.duration_us));
    this.low = Math.log10(values.reduce((a, b) => Math.min(a, b), Infinity));
    this.high = Math.max(this.low + 1, Math.log10(values.reduce((a, b) => Math.max(a, b), 1)));
    this.draw();
  }

  at(exchange) {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const share = (Math.log10(Math.max(1, exchange.duration_us)) - this.low) / (this.high - this.low);
    return {
      x: LEFT + (exchange.start_us / this.end) * (width - LEFT - 8),
      y: height - BOTTOM - 6 - share * (height - BOTTOM - 14),
    };
  }

  drawNow() {
    const surface = this.begin();
    if (!surface || this.points.length === 0) return;
    const { context, width, height } = surface;
    for (let power = Math.ceil(this.low); power <= this.high; power += 1) {
      const { y } = this.at({ start_us: 0, duration_us: 10 ** power });
      context.fillStyle = colour("line");
      context.fillRect(LEFT, y, width - LEFT, 1);
      context.fillStyle = colour("dim");
      context.textAlign = "right";
      context.fillText(format.duration(10 ** power).replace(/\.0+ /, " "), LEFT - 6, y);
    }
    context.textAlign = "left";
    context.fillText("0", LEFT, height - BOTTOM / 2);
    context.textAlign = "right";
    context.fillText(format.duration(this.end), width - 4, height - BOTTOM / 2);
    for (const exchange of this.points) {
      const { x, y } = this.at(exchange);
      const isPlain = exchange.status === "ok";
      context.fillStyle = statusColour(exchange.status);
      // What went wrong is a square: seen without its colour.
      if (isPlain) {
        context.beginPath();
        context.arc(x, y, RADIUS, 0, 2 * Math.PI);
        context.fill();
      } else {
        context.fillRect(x - 3.5, y - 3.5, 7, 7);
      }
    }
  }

  nearest(event) {
    const { x, y } = this.place(event);
    let found;
    let least = 20 ** 2;
    for (const exchange of this.points) {
      const point = this.at(exchange);
      const distance = (point.x - x) ** 2 + (point.y - y) ** 2;
      if (distance < least) [found, least] = [exchange, distance];
    }
    return found;
  }

  hovered(event) {
    const exchange = this.nearest(event);
    if (!exchange) return;
    const { exchange: number, method, name = "", duration_us: took } = exchange;
    this.note.textContent = format.oneLine(`#${number} ${method} ${name} ${format.duration(took)}`, 120);
  }

  clicked(event) {
    const exchange = this.nearest(event);
    if (exchange) this.onchoose(exchange);
  }
}
