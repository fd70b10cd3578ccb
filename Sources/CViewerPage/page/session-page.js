// One session: its head, the tabs, the filter, the details beside them, and what is said below.

import { h, replace, say, toast } from "./dom.js";
import { ExchangeStore } from "./exchange-store.js";
import { ExchangesView } from "./exchanges-view.js";
import { FilterBox, filterTo, tellFailure } from "./filter-box.js";
import * as format from "./format.js";
import { oneAtATime } from "./live.js";
import { comparing, toggleMark } from "./marked.js";
import { fragment } from "./route.js";
import { SessionHead } from "./session-head.js";
import { detailPane, isForDetails, Split } from "./split.js";
import { Views } from "./views.js";

export class SessionPage {
  constructor(app, id) {
    this.app = app;
    this.id = id;
    this.head = new SessionHead(async () => {
      const { sessionLists } = await import("./session-lists.js");
      return sessionLists(app.api, id).catch((error) => this.failed(error));
    });
    this.box = new FilterBox({
      label: "filter exchanges and messages", onchange: (words, isFinal) => filterTo(this, words, isFinal),
      names: () => this.names(), ondown: () => this.view?.focus?.(),
    });
    this.views = new Views(this, ExchangesView);
    this.split = new Split(this.views.panel);
    /** Keys for the details that were typed before these were loaded. */
    this.early = [];
    this.foot = h("footer", { class: "foot" });
    this.element = h("div", { class: "session" },
      h("h1", { class: "unseen" }, "Session"), this.head.element,
      h("div", { class: "tools-line" }, this.views.strip, this.box.element, this.views.extra),
      this.split.element, this.foot);
    const update = oneAtATime(() => this.changed());
    this.endLive = app.live.listen((changed) => changed.has(id) && update());
    this.loading = this.load();
  }

  async load() {
    try {
      this.session = await this.app.api.session(this.id);
    } catch (error) {
      this.app.fail(error);
      return;
    }
    this.store = new ExchangeStore(this.app.api, this.id, this.session.exchanges);
    this.head.show(this.session);
    this.describe();
    this.app.bar.update();
    if (this.app.page === this) this.apply(this.app.state);
    this.findRun();
  }

  /** The run that the session is part of, when that has more than this one. */
  async findRun() {
    const found = await this.app.api.runs({ filter: `session:${this.id}`, limit: 1 }).catch(() => undefined);
    const run = found?.runs.find(({ sessions }) => sessions.includes(this.id) && sessions.length > 1);
    if (!run || this.isClosed) return;
    this.run = run.run;
    this.app.bar.update();
  }

  openRun() {
    if (!this.run) return toast("no other session belongs to its run");
    this.app.go({ r: this.run, v: undefined, m: undefined, q: undefined, t: undefined, o: undefined,
      e: undefined });
  }

  close() {
    this.isClosed = true;
    this.endLive();
    clearTimeout(this.typing);
    this.views.close();
  }

  title() {
    if (!this.session) return [h("span", {}, this.id)];
    const { name, session, live } = this.session;
    return [h("span", { class: "here" }, format.oneLine(name, 80)), h("span", { class: "dim" }, session),
      live ? h("span", { class: "is-live" }, "● live") : undefined,
      this.run ? h("a", { href: fragment({ r: this.run }), title: "its run: all servers of the client (r)" },
        "run") : undefined];
  }

  plainTitle() {
    return this.session ? format.oneLine(this.session.name, 80) : this.id;
  }

  // -- what is shown

  apply(state) {
    const q = this.box.show(state.q ?? "");
    if (!this.session) return;
    if (!this.views.shows(state)) return;
    this.view?.apply({ ...state, q });
    this.applyDetails(state);
  }

  get view() {
    return this.views.current;
  }

  async applyDetails(state) {
    const wanted = state.i ? `i${state.i}` : state.m ? `m${state.m}` : "";
    const isOpen = wanted !== "";
    this.split.isOpen = isOpen;
    if (!isOpen) {
      this.early = [];
      this.details?.clear();
    } else if (this.details) {
      this.details.show(wanted, state.d);
    } else {
      const DetailPane = await detailPane();
      if (this.isClosed) return;
      this.details ??= new DetailPane(this, this.split.aside);
      this.details.early.push(...this.early.splice(0));
      this.applyDetails(this.app.state);
    }
  }

  // -- what the views are of: this session alone

  get parts() {
    const { app, id, session } = this;
    return [{ id, session, offset: 0, store: this.store, holds: () => true,
      exchanges: (limit) => app.api.all(id, "exchanges", {}, limit) }];
  }

  /** When it began, microseconds since 1970. */
  get began() {
    return format.instant(this.session.started);
  }

  get duration() {
    return this.session.duration_us;
  }

  /** The first `limit` exchanges that a filter finds: `{items, next}`. */
  async found(filter, limit) {
    if (!filter && this.store.isSmall) return { items: await this.store.all(), next: null };
    return this.app.api.all(this.id, "exchanges", { filter }, limit);
  }

  /** Opens what a view tells of: an exchange, or a message; `a` names its row where these do not. */
  openRow({ exchange, seq, a }, how) {
    this.app.go({ i: exchange, m: exchange ? undefined : seq, d: exchange ? this.app.state.d : undefined, a },
      how);
  }

  /** Opens an exchange in the table of all. */
  showExchange({ exchange }) {
    this.app.go({ v: undefined, q: undefined, t: undefined, i: exchange, m: undefined });
  }

  /** Shows the exchanges that a filter finds. */
  showFiltered(filter) {
    this.app.go({ v: undefined, q: filter, t: undefined, i: undefined, m: undefined, n: undefined });
  }

  /** The exchange that is open or selected. */
  currentExchange() {
    return Number(this.app.state.i ?? 0) || this.view?.selectedExchange?.();
  }

  async remove() {
    (await import("./removal.js")).removeAll(this, [this.session]);
  }

  mark(number) {
    toggleMark(this.id, number);
    this.details?.drawActions();
    this.redraw();
  }

  /** Opens the difference to the marked exchange, or without one to the call before. */
  compare(number) {
    if (!number) toast("select an exchange to compare");
    else this.app.go(comparing(this.id, number), this.split.isOpen ? "replace" : "push");
  }

  failed(error) {
    tellFailure(this, error);
  }

  names() {
    const seen = { method: new Set(), tool: new Set(), id: new Set() };
    for (const { method, name, id } of this.store?.loaded() ?? []) {
      seen.method.add(method);
      if (method === "tools/call" && name) seen.tool.add(name);
      if (seen.id.size < 2000) seen.id.add(String(id));
    }
    const { name, client } = this.session ?? {};
    return { method: [...seen.method].sort(), tool: [...seen.tool].sort(), id: [...seen.id],
      server: name ? [name] : [], client: client?.name ? [client.name] : [], session: [this.id] };
  }

  describe() {
    const { session } = this;
    if (!session) return;
    this.head.offer(this.app.canDelete && !session.live ? () => this.remove() : undefined);
    const shown = this.view?.summary?.();
    const bad = [];
    if (session.errors) bad.push(`✕ ${format.counted(session.errors, "error")}`);
    if (session.tool_errors) bad.push(`⚠ ${format.counted(session.tool_errors, "tool error")}`);
    const words = [
      format.counted(session.exchanges, "exchange"),
      format.counted(session.messages.c2s + session.messages.s2c, "message"),
      session.pending ? `… ${format.count(session.pending)} pending` : undefined,
      format.duration(session.duration_us),
      `${format.size(session.bytes.c2s)} asked, ${format.size(session.bytes.s2c)} answered`,
      session.gaps ? `▲ ${format.counted(session.gaps, "gap")}` : undefined,
    ].filter(Boolean);
    replace(this.foot, shown ? h("strong", {}, shown + " · ") : "",
      bad.length > 0 ? [this.toErrors(bad.join(", ")), " · "] : "", words.join(" · "));
    if (shown) say(shown);
  }

  /** Who has no keys for the next error has a filter for all of them. */
  toErrors(words) {
    return h("button", { type: "button", class: "to-errors is-error", title: "show all of them",
      onclick: () => this.showFiltered("status:error,tool_error") }, words);
  }

  async changed() {
    if (!this.session || this.isLeaving) return;
    const going = () => this.app.live.going();
    try {
      const session = await this.app.api.session(this.id);
      await going();
      if (this.isClosed) return;
      const wasLive = this.session.live;
      this.session = session;
      this.head.show(session);
      await this.store.refresh(session.exchanges, going);
      if (this.isClosed) return;
      await this.views.changed();
      await going();
      if (this.isClosed) return;
      this.details?.changed(going);
      this.describe();
      if (wasLive !== session.live) this.app.bar.update();
    } catch (error) {
      if (error.status === 404) await going();
      if (error.status === 404 && !this.isClosed) this.lost();
      else this.failed(error);
    }
  }

  /** Deleted by somebody else: what was read stays, and does not look as if it went on. */
  lost() {
    this.isLeaving = true;
    this.app.warn("this session was deleted: what is shown was read before, and nothing more of it can be");
  }

  redraw() {
    this.view?.redraw?.();
  }

  // -- keys

  pressed(key, event) {
    if (!this.session) return false;
    const act = {
      "/": () => this.views.startFilter(),
      "[": () => this.views.turn(-1),
      "]": () => this.views.turn(1),
      u: () => this.app.goHome(),
      Delete: () => this.remove(),
      D: () => this.remove(),
      m: () => this.mark(this.currentExchange()),
      d: () => this.compare(this.currentExchange()),
      h: () => this.head.toggle(),
      r: () => this.openRun(),
      Escape: () => this.leave(),
    }[key];
    if (act) {
      act();
      return true;
    }
    if (this.split.isOpen && this.pressedDetails(key)) return true;
    return this.view?.pressed?.(key, event) ?? false;
  }

  pressedDetails(key) {
    return this.details ? this.details.pressed(key) : isForDetails(key) && this.early.push(key) > 0;
  }

  closeDetails() {
    this.app.go({ i: undefined, m: undefined, d: undefined, c: undefined, f: undefined,
      a: this.views.selected });
  }

  leave() {
    if (this.view?.stopSearch?.()) return;
    if (this.app.state.i || this.app.state.m) this.closeDetails();
    else if (this.app.state.t) this.app.go({ t: undefined });
    this.view?.focus?.();
  }
}
