// The bar at the top: where we are, whether it is live, and the switches of the whole page.

import { button, h, replace } from "./dom.js";
import * as format from "./format.js";
import { nextTheme, theme } from "./theme.js";

export class Bar {
  constructor(app) {
    this.app = app;
    this.crumbs = h("nav", { class: "crumbs", "aria-label": "place" });
    this.state = h("span", { class: "live-state", role: "status" });
    this.pause = button("", "", () => app.live.setPaused(!app.live.isPaused), { class: "tool" });
    this.times = button("", "", () => app.nextTimes(), { class: "tool" });
    this.theme = button("", "", () => {
      nextTheme();
      this.update();
    }, { class: "tool" });
    this.element = h("div", { class: "bar" },
      this.crumbs, this.state, h("span", { class: "spring" }), this.times, this.pause, this.theme,
      button("?", "keys (?)", () => app.toggleHelp(), { class: "tool", "aria-label": "keys" }));
  }

  update() {
    const { app } = this;
    const page = app.page;
    const here = page?.title?.();
    replace(this.crumbs,
      h("a", { href: "#", class: "brand", "aria-current": here ? undefined : "page" }, "mcptape"),
      here ? [h("span", { class: "dim", "aria-hidden": "true" }, "›"), here] : undefined);
    const { live } = app;
    const waiting = live.isPaused ? this.missed() : "";
    const text = live.isLost ? "✕ mcptape serve does not answer" : live.isPaused ? `paused${waiting}` : "";
    if (this.state.textContent !== text) this.state.textContent = text;
    this.state.className = live.isLost ? "live-state is-error" : "live-state";
    this.label(this.pause, live.isPaused ? "▶" : "‖", live.isPaused ? "go on (x)" : "pause (x)");
    const times = { relative: ["relative", "since the start"], wall: ["of day", "of the day"],
      delta: ["delta", "since the row before"] }[app.times];
    const word = h("span", { class: "wide" }, "time: ");
    if (this.times.textContent !== `time: ${times[0]}`) replace(this.times, word, times[0]);
    this.label(this.times, this.times.textContent, `times: ${times[1]} (t)`);
    this.label(this.theme, { system: "◐", light: "☀", dark: "☾" }[theme()], `theme: ${theme()} (T)`);
    document.title = [page?.plainTitle?.(), "mcptape"].filter(Boolean).join(" · ");
  }

  /** What changed of the page in sight while it was paused. */
  missed() {
    const { page, live: { missed } } = this.app;
    const changed = page?.id ? page.parts.filter(({ id }) => missed.has(id)).length : missed.size;
    if (changed === 0) return "";
    if (page?.id && !page.isRun) return ", this session changed since";
    return `, ${format.counted(changed, "session")}${page?.isRun ? " of the run" : ""} changed since`;
  }

  label(element, text, title) {
    if (element.textContent !== text) element.textContent = text;
    element.title = title;
    element.setAttribute("aria-label", title);
  }
}
