// Notifications and lines of standard error as lanes under the strip of the whole time: those of a session,
// or those of each server of a run.

import { h, onFrame, replace, sharp } from "./dom.js";
import * as format from "./format.js";
import { fragment } from "./route.js";
import { colour, onTheme } from "./theme.js";

const LANE = 16;
/** Marks of a lane; a longer session shows its first ones and says so. */
const LIMIT = 2000;
/** Marks of all lanes together: a run may have hundreds of sessions. */
const LIMIT_TOGETHER = 20_000;
/** Where there are more lanes those of all servers are drawn as one, for each kind. */
const MOST = 10;
/** So near must a click be, in pixels. */
const REACH = 6;
const KINDS = [["notification", "notifications", "accent"], ["stderr", "stderr", "warn"]];
/** How many there were so far of what may be in a lane: without more of these there is nothing new in it. */
const SAID = {
  notification: ({ messages }) => messages.c2s + messages.s2c,
  stderr: ({ stderr_lines: lines = 0 }) => lines,
};

export class Lanes {
  constructor(page) {
    this.page = page;
    this.lanes = [];
    this.shown = [];
    this.servers = h("ul", { class: "band-names", hidden: !page.isRun,
      "aria-label": "servers of the lanes" });
    this.names = h("ul", { class: "lane-names" });
    this.canvas = h("canvas", { class: "minimap-canvas", "aria-hidden": "true" });
    this.element = h("div", { class: "lanes" }, this.servers,
      h("div", { class: "lane-strip" }, this.canvas, this.names));
    this.setHeight(KINDS.length);
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

  /** What came since the last look; `going` settles when it may be shown. One look after the other. */
  load(going) {
    this.loading = (this.loading ?? Promise.resolve()).then(() => this.look(going));
    return this.loading;
  }

  async look(going) {
    for (const part of this.page.parts) {
      const known = this.lanes.filter(({ session }) => session === part.id);
      // What is known of a session may have changed.
      for (const lane of known) lane.part = part;
      if (known.length === 0) this.lanes.push(...KINDS.map((kind) => this.newLane(part, kind)));
    }
    const limit = Math.max(50, Math.min(LIMIT, Math.floor(LIMIT_TOGETHER / this.lanes.length)));
    const found = await Promise.all(this.lanes.map((lane) => this.more(lane, limit)))
      .catch((error) => this.page.failed(error));
    await going?.();
    if (this.isClosed) return;
    for (const take of found ?? []) take?.();
    this.arrange();
    this.draw();
  }

  newLane(part, [kind, title, tint]) {
    const inRun = this.page.isRun ? { r: this.page.id, q: `session:${part.id} kind:${kind}` }
      : { s: part.id, q: `kind:${kind}` };
    return { part, session: part.id, kind, title, tint, marks: [], looked: 0, said: 0,
      link: { ...inRun, v: "messages" } };
  }

  /** Asks for what is new; gives what puts it into the lane. */
  async more(lane, limit) {
    const { part, kind } = lane;
    const left = limit - lane.looked;
    const said = SAID[kind](part.session);
    if (left <= 0 || said === lane.said) return undefined;
    const { last_seq: last = 0 } = part.session;
    lane.next ??= (await part.firstSequence?.()) ?? 1;
    const query = { filter: `kind:${kind}`, from: lane.next, payload: "no" };
    const { items, next } = await this.page.app.api.all(part.id, "entries", query, left);
    const server = this.page.isRun ? part.name : undefined;
    return () => {
      lane.marks.push(...items.filter(({ t_us: at }) => part.holds(at))
        .map(({ seq, t_us: at, dir, method }) =>
          ({ seq, at: at + part.offset, dir, method, server, session: part.id })));
      lane.looked += items.length;
      lane.isCut = next !== null;
      // To the end of the session: what is of another kind is not searched again.
      const end = lane.isCut ? 0 : last;
      Object.assign(lane, { said, next: Math.max(end, items.at(-1)?.seq ?? 0, lane.next - 1) + 1 });
    };
  }

  /** Which lanes are there to see. */
  arrange() {
    const { isRun } = this.page;
    const filled = isRun ? this.lanes.filter(({ marks }) => marks.length > 0) : this.lanes;
    this.shown = filled.length > MOST ? this.together() : filled;
    this.setHeight(Math.max(1, this.shown.length));
    replace(this.servers, this.shown.map(({ part, title }) => h("li", { title: `${part.name}: ${title}` },
      part.name)));
    replace(this.names, this.shown.map(({ title, marks, link, isCut }) => h("li", {},
      h("a", { href: fragment(link) }, title),
      ` ${format.count(marks.length)}${isCut ? " (the first)" : ""}`)));
    if (this.shown.length === 0) replace(this.names, h("li", {}, "no notifications, no standard error"));
  }

  setHeight(lanes) {
    this.element.style.height = `${lanes * LANE + 1}px`;
  }

  together() {
    return KINDS.map((kind) => {
      const all = this.lanes.filter((lane) => lane.kind === kind[0]);
      const name = format.counted(all.filter(({ marks }) => marks.length > 0).length, "session");
      return { ...this.newLane({ name }, kind), marks: all.flatMap(({ marks }) => marks),
        isCut: all.some(({ isCut }) => isCut),
        link: { r: this.page.id, v: "messages", q: `kind:${kind[0]}` } };
    });
  }

  get end() {
    return Math.max(1, this.page.duration);
  }

  drawNow() {
    const surface = sharp(this.canvas);
    if (!surface) return;
    const { context, width } = surface;
    this.shown.forEach(({ marks, tint }, index) => {
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
    const lane = this.shown[Math.floor((event.clientY - box.top) / LANE)];
    let [best, least] = [undefined, REACH];
    for (const mark of lane?.marks ?? []) {
      const away = Math.abs((mark.at / this.end) * box.width - (event.clientX - box.left));
      if (away < least) [best, least] = [mark, away];
    }
    return best;
  }

  hovered(event) {
    const mark = this.at(event);
    this.canvas.title = !mark ? "" : `${mark.server === undefined ? "" : `${mark.server}: `}message `
      + `${mark.seq}, ${format.duration(mark.at)}: ${format.oneLine(mark.method ?? "stderr", 100)}`;
  }

  clicked(event) {
    const mark = this.at(event);
    if (mark) this.page.openRow({ session: mark.session, seq: mark.seq });
  }
}
