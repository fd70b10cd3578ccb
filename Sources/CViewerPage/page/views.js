// What a page shows under tabs: each view is loaded and made when it is first looked at.

import { h, replace, styled } from "./dom.js";

// What is not in sight at first is loaded when it is: the table comes sooner.
const OTHERS = [
  ["messages", "Messages", async () => (await import("./messages-view.js")).MessagesView],
  ["tools", "Tools", async () => (await styled("details.css", import("./tools-view.js"))).ToolsView],
  ["stats", "Stats", async () => (await styled("stats.css", import("./stats-view.js"))).StatsView],
  ["problems", "Problems", async () => (await import("./problems-view.js")).ProblemsView],
];

export class Views {
  /** `First` is the class of the view that is shown without a word in the address. */
  constructor(page, First) {
    const list = [["exchanges", "Exchanges", () => First], ...OTHERS];
    Object.assign(this, { page, list });
    this.made = new Map();
    this.stale = new Set();
    this.tabs = list.map(([key, title]) => h("button", {
      type: "button", role: "tab", id: `tab-${key}`, "aria-controls": "view", class: "tab",
      onclick: () => this.choose(key),
    }, title));
    this.strip = h("div", { class: "tabs", role: "tablist", "aria-label": "views",
      onkeydown: (event) => this.pressed(event) }, this.tabs);
    /** What the view in sight has to say and to press beside the filter. */
    this.extra = h("span", { class: "extra" });
    this.panel = h("div", { class: "view", id: "view", role: "tabpanel",
      "aria-labelledby": `tab-${list[0][0]}` });
  }

  /** What names the selected row of the view in sight, for the address. */
  get selected() {
    const { keepsRow, grid } = this.current ?? {};
    return keepsRow && grid.active >= 0 ? grid.activeKey : undefined;
  }

  choose(key, how) {
    this.page.app.go({ v: key === this.list[0][0] ? undefined : key }, how);
  }

  /** Brings the view that the state names; false: it is another one than before. */
  shows(state) {
    const wanted = this.list.find(([key]) => key === state.v) ?? this.list[0];
    if (this.key === wanted[0]) return true;
    const before = { key: this.key, current: this.current };
    this.current = undefined;
    [this.key] = wanted;
    this.open(wanted).catch((error) => this.stay(wanted[0], before, error));
    return false;
  }

  /** What could not be loaded leaves the view that was in sight. */
  stay(key, before, error) {
    if (this.isClosed || this.key !== key) return;
    Object.assign(this, before);
    if (before.current) this.choose(before.key, "replace");
    this.page.failed(error);
  }

  async open([key, , load]) {
    const { page } = this;
    let view = this.made.get(key);
    if (!view) {
      const View = await load();
      if (this.isClosed || this.key !== key) return;
      view = new View(page);
      this.made.set(key, view);
    }
    this.current = view;
    // Nothing more comes to what is in a file.
    if (view.follow) view.follow.element.hidden = page.app.api.isExported;
    replace(this.panel, view.element);
    replace(this.extra, view.extra);
    this.panel.setAttribute("aria-labelledby", `tab-${key}`);
    page.box.element.classList.toggle("away", view.isUnfiltered === true);
    this.list.forEach(([name], index) => {
      this.tabs[index].setAttribute("aria-selected", String(name === key));
      this.tabs[index].tabIndex = name === key ? 0 : -1;
    });
    if (this.stale.delete(view)) view.changed();
    page.describe();
    page.apply(page.app.state);
  }

  /** What is not in sight is brought up to date when it is. */
  async changed() {
    for (const view of this.made.values()) this.stale.add(view);
    if (this.stale.delete(this.current)) await this.current.changed();
  }

  startFilter() {
    // Where a filter means nothing it is one for the default view.
    if (this.current?.isUnfiltered) this.page.app.go({ v: undefined });
    this.page.box.element.classList.remove("away");
    this.page.box.focus();
  }

  turn(by) {
    const at = this.list.findIndex(([key]) => key === this.key);
    this.choose(this.list[(at + by + this.list.length) % this.list.length][0]);
  }

  pressed(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    this.turn(by);
    this.tabs.find((tab) => tab.tabIndex === 0).focus();
  }

  close() {
    this.isClosed = true;
    for (const view of this.made.values()) view.close?.();
  }
}
