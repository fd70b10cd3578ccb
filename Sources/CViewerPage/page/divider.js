// The line between a table and its details, which can be moved.

import { h } from "./dom.js";
import { LEAST } from "./split.js";
import { remember } from "./theme.js";

export class Divider {
  constructor(split) {
    this.split = split;
    this.element = h("div", {
      class: "divider", role: "separator", tabIndex: 0, "aria-orientation": "vertical",
      "aria-label": "width of the details", "aria-valuemin": String(LEAST), "aria-valuemax": "4000",
      onpointerdown: (event) => this.taken(event), onkeydown: (event) => this.pressed(event),
    });
    this.setWidth(split.width);
    split.aside.before(this.element);
  }

  setWidth(width) {
    this.split.setWidth(width);
    this.element.setAttribute("aria-valuenow", String(Math.round(this.split.width)));
  }

  keep() {
    remember("details", String(this.split.width));
  }

  taken(event) {
    const { element, split } = this;
    event.preventDefault();
    element.setPointerCapture(event.pointerId);
    const { right } = split.element.getBoundingClientRect();
    const move = (moved) => this.setWidth(right - moved.clientX);
    element.addEventListener("pointermove", move);
    element.addEventListener("pointerup", () => {
      element.removeEventListener("pointermove", move);
      this.keep();
    }, { once: true });
  }

  pressed(event) {
    const by = { ArrowLeft: 24, ArrowRight: -24 }[event.key];
    if (!by) return;
    event.preventDefault();
    this.setWidth(this.split.width + by);
    this.keep();
  }
}
