// Starts the page: the token and the state come from the address, the keys go to the page in sight.

import { Api, keepToken } from "./api.js";
import { Bar } from "./bar.js";
import { h, replace, toast } from "./dom.js";
import { toggleHelp } from "./help.js";
import { Live } from "./live.js";
import { fragment, parseFragment } from "./route.js";
import { SessionPage } from "./session-page.js";
import { SessionsPage } from "./sessions-page.js";
import { nextTheme, remember, remembered, startTheme } from "./theme.js";

const TIME_WORDS = { relative: "since the start", wall: "of the day", delta: "since the row before" };
const TIMES = Object.keys(TIME_WORDS);

class App {
  constructor(api) {
    this.api = api;
    this.live = new Live(api);
    this.state = {};
    this.times = TIMES.includes(remembered("times")) ? remembered("times") : "relative";
    this.bar = new Bar(this);
    this.live.onstate = () => this.bar.update();
    this.place = document.getElementById("page");
  }

  /** Changes part of the state. `how`: "push" a place to come back to, "replace", or "soon" while moving. */
  go(change, how = "push") {
    this.state = { ...this.state, ...change };
    clearTimeout(this.writing);
    // A browser stops pages that write their address at every key.
    if (how === "soon") this.writing = setTimeout(() => this.write("replace"), 200);
    else this.write(how);
    this.show();
  }

  /** The address of a changed state, for links. */
  link(change) {
    return fragment({ ...this.state, ...change });
  }

  write(how) {
    const address = fragment(this.state);
    if (address === (location.hash || "#")) return;
    if (how === "push") history.pushState(null, "", address);
    else history.replaceState(null, "", address);
  }

  read() {
    clearTimeout(this.writing);
    this.state = parseFragment(location.hash).state;
    this.show();
  }

  show() {
    const wanted = this.state.s ?? "";
    if (this.page?.id !== wanted) {
      this.page?.close();
      this.page = wanted ? new SessionPage(this, wanted) : new SessionsPage(this);
      replace(this.place, this.page.element);
    }
    this.page.apply(this.state);
    this.bar.update();
  }

  nextTimes() {
    this.times = TIMES[(TIMES.indexOf(this.times) + 1) % TIMES.length];
    remember("times", this.times);
    toast(`times are ${TIME_WORDS[this.times]}`);
    this.page.redraw?.();
  }

  pressed(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target;
    if (target.matches?.("input, textarea, select")) return;
    if (document.querySelector("dialog[open]")) {
      if (event.key === "?") toggleHelp(this.page);
      return;
    }
    const own = {
      "?": () => toggleHelp(this.page),
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
    replace(this.place, h("div", { class: "notice", role: "alert" },
      h("h1", {}, needsToken ? "This page needs its link" : "That did not work"),
      h("p", {}, needsToken
        ? "Open the address that `mcptape serve` printed, or type `mcptape open`: it carries the token."
        : error.message),
      needsToken ? undefined : h("p", {}, h("a", { href: "#" }, "All sessions"))));
    this.page = undefined;
  }

  async start() {
    document.getElementById("bar").append(this.bar.element);
    addEventListener("keydown", (event) => this.pressed(event));
    // A link inside the page changes the address only: the page follows.
    addEventListener("popstate", () => this.read());
    const status = this.api.status();
    this.read();
    try {
      this.status = await status;
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
const app = new App(new Api(keepToken(token)));
// The token must not stay where a screenshot or a copied link shows it.
if (token) history.replaceState(null, "", fragment(state));
app.start();
