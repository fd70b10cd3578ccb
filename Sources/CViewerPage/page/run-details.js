// The details of an exchange of a run: those of its session's page.

import { h, replace } from "./dom.js";
import { detailPane } from "./split.js";

export class RunDetails {
  constructor(page, split) {
    this.page = page;
    this.split = split;
    this.panes = new Map();
  }

  clear() {
    for (const { pane } of this.panes.values()) pane.clear();
  }

  /** Shows of a session of the run an exchange, `i14`, or a message, `m30`. */
  async show(part, what, tab) {
    if (!this.panes.has(part.id)) {
      this.pane = undefined;
      const DetailPane = await detailPane();
      if (this.page.isClosed || this.panes.has(part.id)) return;
      const place = h("div", { class: "details-of" });
      this.panes.set(part.id, { place, pane: new DetailPane(this.pageOf(part), place) });
      // What is wanted may be another one by now.
      this.page.applyDetails(this.page.app.state);
      return;
    }
    const { place, pane } = this.panes.get(part.id);
    if (place.parentNode !== this.split.aside) replace(this.split.aside, place);
    this.pane = pane;
    pane.early.push(...this.page.early.splice(0));
    pane.show(what, tab);
  }

  /** What the details ask of a page, for one of the sessions. */
  pageOf(part) {
    const { page } = this;
    const { app } = page;
    return {
      redraw: () => page.redraw(), closeDetails: () => page.closeDetails(),
      id: part.id, store: part.store, view: { sameKind: (step) => page.sameKind(step) },
      get session() {
        return part.session;
      },
      app: {
        api: app.api,
        get state() {
          return app.state;
        },
        get times() {
          return app.times;
        },
        go: (change, how) => app.go(change, how),
        link: (change) => app.link({ ...change, s: part.id }),
      },
    };
  }
}
