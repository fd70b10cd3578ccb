// Deletes sessions, after a question that names what goes: nothing brings a recording back.

import { wallDate } from "./dates.js";
import { button, h, loadStyle, replace, toast } from "./dom.js";
import * as format from "./format.js";

const sum = (tally) => (tally?.c2s ?? 0) + (tally?.s2c ?? 0);
const amount = (sessions) => {
  const [messages, bytes] = [({ messages: all }) => sum(all), ({ bytes: all }) => sum(all)]
    .map((value) => sessions.reduce((all, one) => all + value(one), 0));
  return `${format.counted(messages, "message")}, ${format.size(bytes)}`;
};
const nameOf = ({ name }) => format.oneLine(String(name ?? ""), 100);

function row(session) {
  return h("li", {}, h("strong", {}, nameOf(session)), ` ${format.oneLine(session.session, 40)} `,
    h("span", { class: "dim" },
      `${amount([session])}, started ${wallDate(format.instant(session.started))}`),
    session.kept ? h("span", { class: "is-warn" }, " · ◆ kept: somebody exempted it from retention") : "");
}

class Removal {
  /** `parts`: a session may have more than the run that it was chosen in. */
  constructor(api, sessions, { parts }) {
    this.api = api;
    this.left = sessions.filter((session) => !session.live);
    this.gone = [];
    const running = sessions.filter((session) => session.live);
    this.alert = h("div", { role: "alert", class: "is-error" });
    this.cancel = button("Cancel", "keep everything (Esc)", () => this.dialog.close(),
      { class: "tool wordy" });
    this.confirm = button("", "", () => this.run(), { class: "tool wordy is-error" });
    this.dialog = h("dialog", { class: "removal", "aria-labelledby": "removal-title" },
      h("h2", { id: "removal-title" }, this.left.length === 1 ? "Delete this session?"
        : `Delete ${format.counted(this.left.length, "session")}?`),
      h("ul", { tabIndex: 0, "aria-label": "what goes" }, this.left.map(row)),
      this.left.length > 1 ? h("p", {}, `Together ${amount(this.left)}.`) : undefined,
      parts ? h("p", {}, "A session goes whole, with what of it belongs to other runs.") : undefined,
      running.length > 0 ? h("p", { class: "is-warn" }, `${running.map(nameOf).join(", ")}: is being `
        + "recorded now and stays.") : undefined,
      h("p", {}, "This cannot be undone. Recording files and exported pages are not touched."),
      this.alert,
      h("div", { class: "removal-acts", onkeydown: (event) => this.pressed(event) }, this.cancel,
        this.confirm));
    this.name();
  }

  name() {
    const { length } = this.left;
    replace(this.confirm, length === 1 ? "Delete" : `Delete ${format.count(length)}`);
    this.confirm.title = `delete ${format.counted(length, "session")} for good`;
  }

  /** Settles with the ids of what was deleted. */
  show() {
    document.body.append(this.dialog);
    this.dialog.showModal();
    // Who types on without looking keeps everything.
    this.cancel.focus();
    return new Promise((resume) => {
      this.dialog.addEventListener("close", async () => {
        this.dialog.remove();
        // The one that is under way may go still; no other is begun.
        await this.running;
        resume(this.gone);
      });
    });
  }

  pressed({ key }) {
    if (key === "ArrowLeft" || key === "ArrowRight") {
      (document.activeElement === this.cancel ? this.confirm : this.cancel).focus();
    }
  }

  run() {
    this.running ??= this.removeAll().finally(() => {
      this.running = undefined;
    });
  }

  async removeAll() {
    this.confirm.setAttribute("aria-disabled", "true");
    replace(this.alert);
    const failures = [];
    for (const session of [...this.left]) {
      // Cancelled meanwhile: the rest is kept.
      if (!this.dialog.open) return;
      try {
        await this.api.remove(session.session);
      } catch (error) {
        // Somebody else was faster.
        if (error.status !== 404) {
          failures.push(h("p", {}, `✕ ${nameOf(session)}: ${format.oneLine(error.message, 600)}`));
          continue;
        }
      }
      this.gone.push(session.session);
      this.left = this.left.filter((other) => other !== session);
    }
    this.confirm.removeAttribute("aria-disabled");
    if (failures.length === 0) return this.dialog.close();
    this.name();
    return replace(this.alert, failures);
  }
}

/** Asks, and deletes what may go; the ids of what is gone. `facts.parts`: they are parts of a run. */
export async function remove(app, sessions, facts = {}) {
  if (sessions.every((session) => session.live)) {
    toast("what is being recorded now can be deleted when it has ended");
    return [];
  }
  await loadStyle("dialogs.css");
  const gone = await new Removal(app.api, sessions, facts).show();
  const of = sessions.filter(({ session }) => gone.includes(session));
  if (of.length > 0) {
    const what = of.length === 1 ? nameOf(of[0]) : format.counted(of.length, "session");
    toast(`deleted ${what}: ${amount(of)}`);
  }
  return gone;
}

/** Asks, and deletes the sessions that a page is of; `parts` as above. */
export async function removeAll(page, sessions, { parts } = {}) {
  if (!page.app.canDelete || page.isLeaving) return;
  // What is gone is not asked for again, and there is one question at a time.
  page.isLeaving = true;
  const gone = await remove(page.app, sessions, { parts }).finally(() => {
    page.isLeaving = false;
  });
  if (page.isClosed) return;
  // Without its first session a run is another one.
  if (gone.length > 0) page.app.goHome("replace");
  else page.changed();
}
