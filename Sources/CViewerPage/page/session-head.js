// Who takes part in a session: one line, and all of it when it is unfolded.

import { button, h, replace, styled } from "./dom.js";
import * as format from "./format.js";
import { remember, remembered } from "./theme.js";

const line = (value, limit = 400) => format.oneLine(String(value ?? ""), limit);

/** Who somebody says to be. */
export function peer(info) {
  if (!info?.name) return "(has not said who it is)";
  return line([info.name, info.version].filter(Boolean).join(" "))
    + (info.title ? ` “${line(info.title, 80)}”` : "");
}

export class SessionHead {
  /** `lists()` gives elements that name what the server offered; it is asked when they come in sight. */
  constructor(lists) {
    this.line = h("span", { class: "head-line" });
    this.facts = h("div");
    this.lists = h("div");
    this.acts = h("div", { class: "head-acts" });
    this.body = h("div", { class: "head-body" }, this.facts, this.acts, this.lists);
    this.whole = h("details", { class: "head" },
      h("summary", { title: "who takes part (h)" }, this.line), this.body);
    this.trouble = h("p", { class: "trouble is-error", hidden: true });
    this.element = h("div", {}, this.whole, this.trouble);
    this.whole.open = remembered("head") === "open";
    // Unfolded from the start it is toggled too.
    this.whole.addEventListener("toggle", async () => {
      remember("head", this.whole.open ? "open" : "");
      if (!this.whole.open) return;
      this.showFacts();
      replace(this.lists, await lists());
    });
  }

  /** A button that deletes the session; undefined: it cannot be deleted. */
  offer(remove) {
    if (Boolean(remove) === this.acts.childElementCount > 0) return;
    replace(this.acts, remove && button("✕ delete this session …", "delete its recording (Delete)", remove,
      { class: "tool wordy" }));
  }

  toggle() {
    this.whole.open = !this.whole.open;
  }

  show(session) {
    const warnings = [];
    if (session.gaps) {
      const lost = format.size(session.gap_bytes);
      warnings.push(`▲ ${format.counted(session.gaps, "gap")}: ${lost} are lacking`);
    }
    if (session.head_lost_before) warnings.push("▲ the beginning is no longer stored");
    replace(this.line,
      h("span", {}, peer(session.client)), h("span", { class: "dim" }, " → "),
        h("span", {}, peer(session.server)),
      h("span", { class: "dim" }, [session.revision, session.transport].filter(Boolean)
        .map((word) => ` · ${line(word, 40)}`).join("")),
      warnings.length > 0 ? h("span", { class: "is-warn" }, " · " + warnings.join(" · ")) : "");
    const { diagnosis } = session;
    this.trouble.hidden = !diagnosis;
    replace(this.trouble, diagnosis ? `✕ ${line(diagnosis, 1000)}` : "");
    this.session = session;
    if (this.whole.open) this.showFacts();
  }

  /** What is folded away is loaded when it is unfolded. */
  async showFacts() {
    const { factsOf } = await styled("details.css", import("./session-facts.js"));
    if (this.session) replace(this.facts, factsOf(this.session));
  }
}
