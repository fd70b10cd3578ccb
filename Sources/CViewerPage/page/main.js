// Starts the page: the token and the state come from the address, the keys go to the page in sight.

import { keepToken, reason, RESTARTED, UNANSWERED } from "./api.js";
import { Bar } from "./bar.js";
import { connect } from "./connect.js";
import { loadGrammar } from "./filter-box.js";
import { h, replace, styled, toast } from "./dom.js";
import { Live } from "./live.js";
import { fragment, parseFragment } from "./route.js";
import { nextTheme, remember, remembered, startTheme } from "./theme.js";

const TIME_WORDS = { relative: "since the start", wall: "of the day", delta: "since the row before" };
const TIMES = Object.keys(TIME_WORDS);

// Where one of these changes, the selected row is another one.
const PLACES = ["r", "s", "v", "i", "m", "q", "t", "o"];

// Only what is in sight is loaded.
const help = async () => (await styled("dialogs.css", import("./help.js"))).toggleHelp;
const PAGES = {
  run: async (app, id) => new (await styled("run.css", import("./run-page.js"))).RunPage(app, id),
  session: async (app, id) =>
    new (await styled("session.css", import("./session-page.js"))).SessionPage(app, id),
  sessions: async (app) => new (await styled("sessions.css", import("./sessions-page.js"))).SessionsPage(app),
};

function lastTimes() {
  const last = remembered("times");
  return TIMES.includes(last) ? last : "relative";
}

class App {
  constructor(api) {
    this.api = api;
    this.live = new Live(api);
    this.state = {};
    this.times = lastTimes();
    this.bar = new Bar(this);
    this.live.onstate = () => this.stateChanged();
    this.place = document.getElementById("page");
    this.note = h("p", { class: "trouble is-error", role: "alert", hidden: true });
    this.place.before(this.note);
  }

  /** Changes part of the state. `how`: "push" a place to come back to, "replace", or "soon" while moving. */
  go(change, how = "push") {
    const isElsewhere = PLACES.some((key) => key in change
      && String(change[key] ?? "") !== String(this.state[key] ?? ""));
    if (how === "push") this.leave();
    this.state = { ...this.state, ...(isElsewhere ? { a: undefined } : {}), ...change };
    clearTimeout(this.writing);
    // A browser stops pages that write their address at every key.
    if (how === "soon") this.writing = setTimeout(() => this.write("replace"), 200);
    else this.write(how);
    this.show();
  }

  /** What is left can be come back to as it is: its address, and how far it was scrolled. */
  leave() {
    if (this.writing) this.write("replace");
    const place = this.page?.place?.();
    if (place) history.replaceState({ place }, "");
  }

  /** To the list of sessions. */
  goHome(how = "push") {
    if (how === "push") this.leave();
    clearTimeout(this.writing);
    this.state = {};
    this.go({}, how);
  }

  /** Whether sessions can be deleted here: not of files, not in an exported page. */
  get canDelete() {
    return this.status?.can_delete === true;
  }

  /** The address of a changed state, for links. */
  link(change) {
    return fragment({ ...this.state, ...change });
  }

  write(how) {
    clearTimeout(this.writing);
    this.writing = undefined;
    // Who follows the link sees the same times, whatever theirs were last.
    const times = this.times === "relative" ? undefined : this.times;
    const address = fragment({ k: times, ...this.state });
    if (address === (location.hash || "#")) return;
    if (how === "push") history.pushState(null, "", address);
    else history.replaceState(null, "", address);
  }

  async read() {
    clearTimeout(this.writing);
    const { state, token } = parseFragment(location.hash);
    this.state = state;
    if (state.q) await loadGrammar();
    // Somebody went on meanwhile.
    if (this.state !== state) return undefined;
    if (!token) return this.show();
    // A link of another start of the server, in the tab that had one.
    keepToken(token);
    history.replaceState(null, "", fragment(state));
    return location.reload();
  }

  /** A line above the page that stays: the page is no longer what it looks like. */
  warn(text) {
    this.note.hidden = !text;
    replace(this.note, text ? `✕ ${text}` : "");
  }

  stateChanged() {
    if (this.live.isRefused) this.warn(RESTARTED);
    this.bar.update();
  }

  show() {
    const { r: run, s: session } = this.state;
    const [kind, id] = run ? ["run", run] : session ? ["session", session] : ["sessions", ""];
    if (this.shown !== `${kind} ${id}`) {
      if (this.page && (this.live.isLost || this.live.isRefused)) return this.stay();
      this.openPage(kind, id);
    }
    this.drawn = this.state;
    const times = TIMES.includes(this.state.k) ? this.state.k : lastTimes();
    if (times !== this.times) {
      this.times = times;
      this.page?.redraw?.();
    }
    this.page?.apply(this.state);
    this.bar.update();
  }

  /** Nobody answers for another page: the one in sight would be lost for nothing. */
  stay() {
    this.state = this.drawn;
    this.write("replace");
    toast(this.live.isRefused ? RESTARTED : UNANSWERED);
  }

  async openPage(kind, id) {
    const wanted = this.shown = `${kind} ${id}`;
    this.warn();
    this.page?.close();
    this.page = undefined;
    const page = await PAGES[kind](this, id).catch((error) => this.fail(error));
    if (!page) return;
    if (this.shown !== wanted) {
      page.close();
      return;
    }
    this.page = page;
    replace(this.place, page.element);
    page.apply(this.state);
    this.bar.update();
  }

  async toggleHelp() {
    (await help())(this.page);
  }

  nextTimes() {
    const times = TIMES[(TIMES.indexOf(this.times) + 1) % TIMES.length];
    remember("times", times);
    this.go({ k: times }, "replace");
    toast(`times are ${TIME_WORDS[times]}`);
  }

  pressed(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target;
    if (target.matches?.("input, textarea, select")) return;
    // What is in a file does not go on.
    if (this.api.isExported && ["f", "x"].includes(event.key)) return;
    // Enter on a button presses it.
    if (event.key === "Enter" && target.closest?.("button, summary, a")) return;
    if (document.querySelector("dialog[open]")) {
      if (event.key === "?") this.toggleHelp();
      return;
    }
    const own = {
      "?": () => this.toggleHelp(),
      T: () => toast(`theme: ${nextTheme()}`),
      t: () => this.nextTimes(),
      x: () => this.live.setPaused(!this.live.isPaused),
    }[event.key];
    if (own) own();
    if (own || this.page?.pressed(event.key, event)) event.preventDefault();
  }

  fail(error) {
    if (error.name === "AbortError") return;
    const needsToken = error.status === 401;
    if (needsToken && this.page && this.status) return this.live.refuse();
    replace(this.place, h("div", { class: "notice", role: "alert" },
      h("h1", {}, needsToken ? "This page needs its link" : "That did not work"),
      h("p", {}, needsToken
        ? "Open the address that `mcptape serve` printed, or type `mcptape open`: it carries the token."
        : reason(error)),
      needsToken ? undefined : h("p", {}, h("a", { href: "#" }, "All sessions"))));
    this.page?.close();
    this.page = this.shown = undefined;
  }

  async start() {
    document.getElementById("bar").append(this.bar.element);
    addEventListener("keydown", (event) => this.pressed(event));
    // A link inside the page changes the address only: the page follows.
    addEventListener("popstate", () => this.read());
    addEventListener("pagehide", () => this.leave());
    addEventListener("unhandledrejection", ({ reason: error }) => {
      if (reason(error ?? {}) === UNANSWERED) toast(UNANSWERED);
    });
    /** What the program says of itself; whoever needs it waits. */
    this.told = this.api.status();
    this.read();
    try {
      this.status = await this.told;
    } catch (error) {
      this.fail(error);
      return;
    }
    this.bar.update();
    this.page?.describe?.();
    this.live.run(this.status.revision);
  }
}

startTheme();
const { state, token } = parseFragment(location.hash);
const app = new App(await connect(token));
app.api.describe?.(app.bar);
// The token must not stay where a screenshot or a copied link shows it.
if (token) history.replaceState(null, "", fragment(state));
app.start();
