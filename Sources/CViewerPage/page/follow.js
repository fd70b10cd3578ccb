// The switch that keeps a table at its newest row.

import { button } from "./dom.js";

export class Follow {
  constructor(grid) {
    this.grid = grid;
    this.element = button("⤓ follow", "follow the newest (f)", () => this.toggle(),
      { class: "tool wordy", "aria-pressed": "false" });
  }

  toggle() {
    const { grid } = this;
    grid.isFollowing = !grid.isFollowing;
    this.element.setAttribute("aria-pressed", String(grid.isFollowing));
    if (grid.isFollowing) grid.update();
  }
}
