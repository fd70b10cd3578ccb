// A table with its details beside it, and the line between them that can be moved.

import { h, loadStyle } from "./dom.js";
import { remember, remembered } from "./theme.js";

/** Either side keeps so many pixels. */
const LEAST = 280;

/** Whether a key is for the details, whatever they show. */
export const isForDetails = (key) => /^[cysmdNP1-8]$/.test(key);

/** The class of what the details show, which is loaded when something is opened first. */
export async function detailPane() {
  const [{ DetailPane }] = await Promise.all([import("./detail-pane.js"), loadStyle("details.css")]);
  return DetailPane;
}

export class Split {
  constructor(panel) {
    this.aside = h("section", { class: "details", "aria-label": "details", hidden: true });
    this.divider = this.makeDivider();
    this.element = h("div", { class: "split" }, panel, this.divider, this.aside);
    this.setWidth(Number(remembered("details") ?? 0) || 560);
  }

  get isOpen() {
    return !this.aside.hidden;
  }

  set isOpen(isOpen) {
    this.element.classList.toggle("has-details", isOpen);
    this.aside.hidden = !isOpen;
    this.divider.hidden = !isOpen;
  }

  setWidth(width) {
    this.width = Math.max(LEAST, Math.min(width, innerWidth - LEAST));
    this.element.style.setProperty("--details", `${this.width}px`);
    this.divider.setAttribute("aria-valuenow", String(Math.round(this.width)));
  }

  makeDivider() {
    const divider = h("div", {
      class: "divider", role: "separator", tabIndex: 0, "aria-orientation": "vertical", hidden: true,
      "aria-label": "width of the details", "aria-valuemin": String(LEAST), "aria-valuemax": "4000",
      "aria-valuenow": "560",
    });
    divider.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      divider.setPointerCapture(event.pointerId);
      const right = this.element.getBoundingClientRect().right;
      const move = (moved) => this.setWidth(right - moved.clientX);
      divider.addEventListener("pointermove", move);
      divider.addEventListener("pointerup", () => {
        divider.removeEventListener("pointermove", move);
        remember("details", String(this.width));
      }, { once: true });
    });
    divider.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: 24, ArrowRight: -24 }[event.key];
      if (!by) return;
      event.preventDefault();
      this.setWidth(this.width + by);
      remember("details", String(this.width));
    });
    return divider;
  }
}
