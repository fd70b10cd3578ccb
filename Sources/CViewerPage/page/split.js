// A table with its details beside it.

import { h, styled } from "./dom.js";
import { remembered } from "./theme.js";

/** Either side keeps so many pixels. */
export const LEAST = 280;

/** Whether a key is for the details, whatever they show. */
export const isForDetails = (key) => /^[cysmdNP1-8]$/.test(key);

/** The class of what the details show, which is loaded when something is opened first. */
export async function detailPane() {
  return (await styled("details.css", styled("menus.css", import("./detail-pane.js")))).DetailPane;
}

export class Split {
  constructor(panel) {
    this.aside = h("section", { class: "details", "aria-label": "details", hidden: true });
    this.element = h("div", { class: "split" }, panel, this.aside);
    this.setWidth(Number(remembered("details") ?? 0) || 560);
  }

  get isOpen() {
    return !this.aside.hidden;
  }

  set isOpen(isOpen) {
    this.element.classList.toggle("has-details", isOpen);
    this.aside.hidden = !isOpen;
    if (isOpen || this.divider) this.divide();
  }

  setWidth(width) {
    this.width = Math.max(LEAST, Math.min(width, innerWidth - LEAST));
    this.element.style.setProperty("--details", `${this.width}px`);
  }

  /** The line can be moved once there is something beside it. */
  async divide() {
    const { Divider } = await import("./divider.js");
    this.divider ??= new Divider(this);
    this.divider.element.hidden = !this.isOpen;
  }
}
