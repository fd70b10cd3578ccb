// The box for filter words: marks what is wrong where it is wrong, completes words and values, and remembers.

import { reason } from "./api.js";
import { h, replace, say, styled, toast } from "./dom.js";

let boxes = 0;
let grammar;
let problems;

/** What a filter may look like; it is loaded when there is one. Settles when it is there, or cannot be. */
export async function loadGrammar() {
  grammar ??= await import("./filter.js").catch(() => undefined);
}

/** What is wrong with a filter. Before the grammar is there only what the page says itself is in the box. */
export const problem = (text) => (text === "" ? undefined : grammar?.problem(text));

export class FilterBox {
  /** `onchange(text, isFinal)` comes while typing and, final, on Enter; `names()` gives values that occur. */
  constructor({ label, onchange, names = () => ({}), ondown }) {
    Object.assign(this, { onchange, names, ondown });
    this.id = `filter${(boxes += 1)}`;
    this.marks = h("div", { class: "filter-marks", "aria-hidden": "true" });
    this.list = h("div", { class: "filter-list", role: "listbox", id: this.id + "-list", hidden: true,
      "aria-label": "completions" });
    this.note = h("div", { class: "filter-note", id: this.id + "-note", hidden: true });
    this.input = h("input", {
      class: "filter-input", type: "text", spellcheck: "false", autocomplete: "off", autocapitalize: "off",
      placeholder: "filter: tool:get_*  status:error  >250ms  text", "aria-label": label, role: "combobox",
      "aria-expanded": "false", "aria-autocomplete": "list", "aria-controls": this.id + "-list",
      "aria-describedby": this.id + "-note",
      oninput: () => this.typed(), onkeydown: (event) => this.pressed(event),
      onblur: () => this.closeList(), onscroll: () => this.follow(), onclick: () => this.suggest(),
    });
    this.clear = h("button", { type: "button", class: "filter-clear", hidden: true, title: "clear the filter",
      "aria-label": "clear the filter", onclick: () => this.set("", true) }, "✕");
    this.element = h("div", { class: "filter" }, this.marks, this.input, this.clear, this.note, this.list);
  }

  get text() {
    return this.input.value;
  }

  set(text, isTold = false) {
    this.input.value = text;
    this.check();
    if (isTold) this.tell(text.trim(), true);
  }

  /**
   * The filter of the address; who is typing just now is not interrupted. Gives the one to ask for: of what
   * cannot be read the one before, whose rows stay.
   */
  show(text) {
    this.told = text;
    if (document.activeElement !== this.input && this.text.trim() !== text) this.set(text);
    if (!problem(text)) this.good = text;
    return this.good || undefined;
  }

  focus() {
    this.input.focus();
    this.input.select();
    this.suggest();
  }

  async typed() {
    if (!grammar) await loadGrammar();
    const isRight = this.check();
    this.suggest();
    if (isRight) return this.tell(this.text.trim(), false);
    const { text, wrong, told } = this;
    problems ??= await import("./filter-problem.js");
    return problems.takeBack(this, { text, wrong, told });
  }

  tell(text, isFinal) {
    this.told = text;
    this.onchange(text, isFinal);
  }

  check() {
    this.clear.hidden = this.text === "";
    this.wrong = problem(this.text);
    this.showProblem(this.wrong);
    return !this.wrong;
  }

  /** Marks a place as wrong and says why; the server's answers come here too. */
  async showProblem(found) {
    this.shown = found;
    this.input.setAttribute("aria-invalid", String(Boolean(found)));
    if (!found) {
      this.note.hidden = true;
      replace(this.marks, this.text);
      return;
    }
    problems ??= await import("./filter-problem.js");
    if (this.shown === found) problems.mark(this, found);
  }

  follow() {
    this.marks.scrollLeft = this.input.scrollLeft;
  }

  /** Offers what could come next; that is loaded when somebody begins to type. */
  async suggest(isAsked = false) {
    const make = async () =>
      new (await styled("completions.css", import("./filter-list.js"))).FilterList(this);
    this.choices ??= await (this.making ??= make());
    this.choices.show(isAsked);
  }

  setOpen(isOpen) {
    this.list.hidden = !isOpen;
    this.input.setAttribute("aria-expanded", String(isOpen));
    if (!isOpen) this.input.removeAttribute("aria-activedescendant");
  }

  closeList() {
    this.setOpen(false);
    this.choices?.leave();
  }

  pressed(event) {
    event.stopPropagation();
    const isOpen = !this.list.hidden;
    const { choices } = this;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (isOpen) choices.step(event.key === "ArrowDown" ? 1 : -1);
      else if (event.key === "ArrowDown") this.suggest(true);
    } else if (event.key === "Tab" && !event.shiftKey && (isOpen || (!choices && this.text))) {
      event.preventDefault();
      if (isOpen) choices.take(Math.max(0, choices.chosen));
      else this.suggest().then(() => this.choices.take(0));
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (isOpen && choices.chosen >= 0) choices.take(choices.chosen);
      else this.finish();
    } else if (event.key === "Escape") {
      if (isOpen) this.closeList();
      else this.ondown?.();
    }
  }

  async finish() {
    this.closeList();
    if (!grammar) await loadGrammar();
    if (!this.check()) {
      await this.showProblem(this.wrong);
      say(this.note.textContent);
      return;
    }
    const text = this.text.trim();
    if (text !== "") import("./filter-list.js").then(({ keep }) => keep(text));
    this.tell(text, true);
    this.ondown?.();
  }
}

/** Puts the words into the address of `page`: at once when they are final, else when typing pauses. */
export function filterTo(page, words, isFinal) {
  clearTimeout(page.typing);
  const go = () => {
    if (!page.isClosed) page.app.go({ q: words || undefined }, isFinal ? "push" : "replace");
  };
  if (isFinal) go();
  else page.typing = setTimeout(go, 100);
}

/** Says a failure where it belongs: of a filter in the page's box, of the token instead of the page. */
export function tellFailure(page, error) {
  if (page.isClosed || error.name === "AbortError") return;
  if (error.status === 400) page.box.showProblem({ start: (error.column ?? 1) - 1, message: error.message });
  else if (error.status === 401) page.app.fail(error);
  else toast(reason(error));
}
