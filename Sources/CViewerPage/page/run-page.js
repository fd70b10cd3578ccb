// A run: what one client did over all of its servers, on one time line and in one table.

import { button, h, replace, say, toast } from "./dom.js";
import { breakdown } from "./breakdown.js";
import { FilterBox, filterTo, tellFailure } from "./filter-box.js";
import * as format from "./format.js";
import { oneAtATime } from "./live.js";
import { comparing, toggleMark } from "./marked.js";
import { RunPart, RunRows } from "./run-rows.js";
import { RunView } from "./run-view.js";
import { isForDetails, Split } from "./split.js";
import { Views } from "./views.js";

const line = (value, limit = 100) => format.oneLine(String(value ?? ""), limit);

export class RunPage {
  constructor(app, id) {
    this.app = app;
    this.id = id;
    this.isRun = true;
    this.rows = new RunRows([]);
    this.box = new FilterBox({
      label: "filter exchanges of the run", onchange: (words, isFinal) => filterTo(this, words, isFinal),
      names: () => this.names(), ondown: () => this.view?.focus(),
    });
    this.line = h("p", { class: "run-line" });
    this.removal = button("✕ delete …", "delete its sessions (D)", () => this.remove(),
      { class: "tool wordy", hidden: true });
    this.top = h("div", { class: "run-top" });
    this.views = new Views(this, RunView);
    this.split = new Split(this.views.panel);
    /** Keys for the details that were typed before these were there. */
    this.early = [];
    this.foot = h("footer", { class: "foot" });
    this.element = h("div", { class: "session run" },
      h("h1", { class: "unseen" }, "Run"), h("div", { class: "run-head" }, this.line, this.removal), this.top,
      h("div", { class: "tools-line" }, this.views.strip, this.box.element, this.views.extra),
      this.split.element, this.foot);
    this.touched = new Set();
    const update = oneAtATime(() => this.changed());
    this.endLive = app.live.listen((changed) => {
      for (const id of changed) this.touched.add(id);
      update();
    });
    this.load();
  }

  async load() {
    try {
      const answer = await this.app.api.run(this.id);
      if (this.isClosed) return;
      this.take(answer);
      this.app.bar.update();
      this.apply(this.app.state);
    } catch (error) {
      if (!this.isClosed) this.app.fail(error);
    }
  }

  /** What the API says of the run now. */
  take({ run, time, sessions }) {
    Object.assign(this, { run, time });
    const stretches = new Map((run.parts ?? []).map((part) => [part.session, part]));
    this.began = Math.min(...sessions.map((session) => format.instant(session.started)
      + (stretches.get(session.session)?.from_us ?? 0)));
    const known = new Map(this.rows.parts.map((part) => [part.id, part]));
    this.rows.parts = sessions.map((session) => {
      const stretch = stretches.get(session.session);
      const part = known.get(session.session) ?? new RunPart(this.app.api, session, this.began, stretch);
      part.take(session, stretch);
      return part;
    });
    this.end = Math.max(1, run.duration_us, ...this.rows.parts.map((part) => part.end));
    const joined = (run.joined_by ?? []).map(({ text: said }) => said).join("; ");
    replace(this.line, h("strong", {}, line(run.client ?? "a client that has not said who it is", 40)), " → ",
      this.rows.parts.map((part, index) => [index > 0 ? ", " : "", h("a", {
        href: this.app.link({ r: undefined, s: part.id, v: undefined, i: undefined, m: undefined,
          q: undefined, t: undefined, d: undefined, o: undefined, e: undefined }), title: part.name,
      }, line(part.name, 30)), part.session.live ? h("span", { class: "is-live" }, " ●") : ""]),
      joined ? h("span", { class: "dim" }, ` · joined by ${line(joined, 300)}`) : "");
    replace(this.top, breakdown(time));
  }

  close() {
    this.isClosed = true;
    this.endLive();
    clearTimeout(this.typing);
    this.changes?.close();
    this.views.close();
  }

  title() {
    return [h("span", { class: "here" }, `run of ${line(this.run?.client ?? "a client", 60)}`),
      h("span", { class: "dim" }, line(this.id, 40)),
      this.run?.live ? h("span", { class: "is-live" }, "● live") : undefined];
  }

  plainTitle() {
    return `run of ${line(this.run?.client ?? "a client", 60)}`;
  }

  get view() {
    return this.views.current;
  }

  // -- what the views are of: every session of the run, in the run's time

  get parts() {
    return this.rows.parts;
  }

  get duration() {
    return this.end;
  }

  /** Figures by server, method and name. */
  /** The first exchanges of each session that a filter finds, by time: `{items, next}`. */
  async found(filter) {
    const items = await this.rows.found(filter);
    return { items, next: this.rows.isLong && items.length > 0 ? 1 : null };
  }

  /** Opens what a view tells of: an exchange, or a message; `a` names its row where these do not. */
  openRow({ session, exchange, seq, a }, how) {
    this.app.go({ s: session, i: exchange, m: exchange ? undefined : seq,
      d: exchange ? this.app.state.d : undefined, a }, how);
  }

  /** Opens an exchange in the table of all. */
  showExchange({ session, exchange }) {
    this.app.go({ v: undefined, q: undefined, t: undefined, s: session, i: exchange, m: undefined });
  }

  /** Shows the exchanges that a filter finds. */
  showFiltered(filter) {
    this.app.go({ v: undefined, q: filter, t: undefined, s: undefined, i: undefined, m: undefined,
      n: undefined });
  }

  // -- what is shown

  apply(state) {
    const q = this.box.show(state.q ?? "");
    if (!this.run || !this.views.shows(state)) return;
    this.view?.apply({ ...state, q });
    this.applyDetails(state);
  }

  applyDetails({ s: session, i: number, m: sequence, d: tab }) {
    const what = number ? `i${number}` : sequence ? `m${sequence}` : undefined;
    const part = what && this.rows.parts.find(({ id }) => id === session);
    this.split.isOpen = Boolean(part);
    if (!part) {
      this.early = [];
      this.details?.clear();
    } else if (this.details) this.details.show(part, what, tab);
    else this.makeDetails();
  }

  async makeDetails() {
    const { RunDetails } = await import("./run-details.js");
    this.details ??= new RunDetails(this, this.split);
    // What is wanted may be another one by now.
    if (!this.isClosed) this.applyDetails(this.app.state);
  }

  pressedDetails(key) {
    const { pane } = this.details ?? {};
    return pane ? pane.pressed(key) : isForDetails(key) && this.early.push(key) > 0;
  }

  sameKind(step) {
    this.view?.sameKind?.(step);
  }

  failed(error) {
    tellFailure(this, error);
  }

  names() {
    const of = (value) => [...new Set(this.rows.all.map(value).filter(Boolean))].sort();
    return { method: of((row) => row.method), server: this.rows.parts.map((part) => part.session.name).sort(),
      tool: of((row) => (row.method === "tools/call" ? row.name : undefined)) };
  }

  describe() {
    if (!this.run) return;
    const { run, rows } = this;
    this.removal.hidden = !this.app.canDelete || rows.parts.every(({ session }) => session.live);
    const shown = this.view?.summary?.();
    const words = [
      format.counted(run.exchanges, "exchange"), format.counted(rows.parts.length, "session"),
      run.pending ? `… ${format.count(run.pending)} pending` : undefined, format.duration(run.duration_us),
      run.gaps ? `▲ ${format.counted(run.gaps, "gap")}` : undefined,
    ].filter(Boolean);
    replace(this.foot, shown ? h("strong", {}, shown + " · ") : "",
      run.errors ? [h("button", { type: "button", class: "to-errors is-error",
        title: "show all of them",
        onclick: () => this.showFiltered("status:error,tool_error") },
      `✕ ${format.counted(run.errors, "error")}`), " · "] : "",
      words.join(" · "));
    if (shown) say(shown);
  }

  async remove() {
    (await import("./removal.js")).removeAll(this, this.parts.map(({ session }) => session), this.run);
  }

  async changed() {
    if (this.isLeaving) return;
    const { touched } = this;
    this.touched = new Set();
    const parts = this.rows.parts.filter((part) => touched.has(part.id));
    // A session that begins now may be one of this run's, and then the run is live.
    if (!this.run || (parts.length === 0 && !this.run.live)) return;
    try {
      const { RunChanges } = await import("./run-changes.js");
      if (this.isClosed) return;
      this.changes ??= new RunChanges(this);
      await this.changes.show(parts);
    } catch (error) {
      this.failed(error);
    }
  }

  redraw() {
    this.view?.redraw?.();
  }

  // -- keys

  pressed(key, event) {
    if (!this.run) return false;
    const act = {
      "/": () => this.views.startFilter(),
      "[": () => this.views.turn(-1),
      "]": () => this.views.turn(1),
      u: () => this.app.goHome(),
      D: () => this.remove(),
      Delete: () => this.remove(),
      r: () => this.openSession(),
      Escape: () => this.leave(),
    }[key];
    if (act) {
      act();
      return true;
    }
    if (this.split.isOpen && this.pressedDetails(key)) return true;
    if (key === "m" || key === "d") return this.compare(key === "m");
    return this.view?.pressed(key, event) ?? false;
  }

  /** From the run to the session of the selected exchange. */
  openSession() {
    const row = this.view?.selectedRow?.() ?? this.rows.row(0);
    const session = row?.session ?? this.rows.parts[0]?.id;
    if (session) {
      this.app.go({ r: undefined, s: session, v: undefined, i: row?.exchange, q: undefined, t: undefined,
        o: undefined, e: undefined });
    }
  }

  /** Marks the selected exchange, or opens its difference to the marked one or the call before. */
  compare(isMark) {
    const { session, exchange } = this.view?.selectedRow?.() ?? {};
    if (isMark) {
      toggleMark(session, exchange);
      this.redraw();
    } else if (exchange) this.app.go({ ...comparing(session, exchange), s: session });
    else toast("select an exchange to compare");
    return true;
  }

  closeDetails() {
    this.app.go({ s: undefined, i: undefined, m: undefined, d: undefined, c: undefined, f: undefined,
      a: this.views.selected });
  }

  leave() {
    if (this.view?.stopSearch?.()) return;
    if (this.app.state.i || this.app.state.m) this.closeDetails();
    else if (this.app.state.t) this.app.go({ t: undefined });
    this.view?.focus?.();
  }
}
