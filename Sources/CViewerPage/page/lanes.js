// Notifications and lines of standard error as lanes under the strip of the whole time.

import { h, onFrame, replace, sharp } from "./dom.js";
import * as format from "./format.js";
import { fragment } from "./route.js";
import { colour, onTheme } from "./theme.js";

const LANE = 16;
/** Marks of a lane; a longer session shows its first ones and says so. */
const LIMIT = 2000;
/** So near must a click be, in pixels. */
const REACH = 6;
const LANES = [["notification", "notifications", "accent"], ["stderr", "stderr", "warn"]];

export class Lanes {
  constructor(page) {
    this.page = page;
    this.lanes = LANES.map(([kind, title, tint]) => ({ kind, title, tint, marks: [], next: 1 }));
    this.names = h("ul", { class: "lane-names" });
    this.canvas = h("canvas", { class: "minimap-canvas", "aria-hidden": "true" });
    this.element = h("div", { class: "lanes" }, this.canvas, this.names);
    this.element.style.height = `${LANES.length * LANE}px`;
    this.draw = onFrame(() => this.drawNow());
    this.observer = new ResizeObserver(this.draw);
    this.observer.observe(this.canvas);
    this.endTheme = onTheme(this.draw);
    this.canvas.addEventListener("pointermove", (event) => this.hovered(event));
    this.canvas.addEventListener("click", (event) => this.clicked(event));
    this.load();
  }

  close() {
    this.isClosed = true;
    this.observer.disconnect();
    this.endTheme();
  }

  /** What came since the last look. */
  async load() {
    await Promise.all(this.lanes.map((lane) => this.more(lane))).catch((error) => this.page.failed(error));
    if (this.isClosed) return;
    this.name();
    this.draw();
  }

  async more(lane) {
    const { api } = this.page.app;
    const left = LIMIT - lane.marks.length;
    if (left <= 0) return;
    const query = { filter: `kind:${lane.kind}`, from: lane.next, payload: "no" };
    const { items, next } = await api.all(this.page.id, "entries", query, left);
    lane.marks.push(...items.map(({ seq, t_us: at, dir, method, exchange }) =>
      ({ seq, at, dir, method, exchange })));
    lane.isCut = next !== null;
    lane.next = (lane.marks.at(-1)?.seq ?? lane.next - 1) + 1;
  }

  name() {
    replace(this.names, this.lanes.map(({ kind, title, marks, isCut }) => h("li", {}, h("a", {
      href: fragment({ s: this.page.id, v: "messages", q: `kind:${kind}` }),
    }, title), ` ${format.count(marks.length)}${isCut ? " (the first)" : ""}`)));
  }

  get end() {
    return Math.max(1, this.page.session.duration_us);
  }

  drawNow() {
    const surface = sharp(this.canvas);
    if (!surface) return;
    const { context, width } = surface;
    this.lanes.forEach(({ marks, tint }, index) => {
      const top = index * LANE;
      context.fillStyle = colour("line");
      context.fillRect(0, top + LANE - 1, width, 1);
      context.fillStyle = colour(tint);
      for (const { at, dir } of marks) {
        // What the client says is drawn in the upper half of the lane, what the server says in the lower.
        const low = dir === "s2c" || dir === undefined ? 5 : 0;
        context.fillRect((at / this.end) * width - 1, top + 2 + low, 2, 6);
      }
    });
  }

  /** The mark under the pointer. */
  at(event) {
    const box = this.canvas.getBoundingClientRect();
    const lane = this.lanes[Math.floor((event.clientY - box.top) / LANE)];
    let [best, least] = [undefined, REACH];
    for (const mark of lane?.marks ?? []) {
      const away = Math.abs((mark.at / this.end) * box.width - (event.clientX - box.left));
      if (away < least) [best, least] = [mark, away];
    }
    return best;
  }

  hovered(event) {
    const mark = this.at(event);
    this.canvas.title = !mark ? ""
      : `message ${mark.seq}, ${format.duration(mark.at)}: ${format.oneLine(mark.method ?? "stderr", 100)}`;
  }

  clicked(event) {
    const mark = this.at(event);
    if (mark) this.page.openMessage(mark.seq);
  }
}
