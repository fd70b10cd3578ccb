// Where rows are in a list that may be higher than a browser lets an element be.
// Below the limit a pixel of the scrollbar is a pixel of the list; above it the scrollbar is scaled, and
// wheel and keyboard still move by real rows.

/** Firefox stops near 17.9 million pixels, Chromium near 33.5. */
export const HEIGHT_LIMIT = 12_000_000;

export class Extent {
  constructor(rows, rowHeight, viewport, limit = HEIGHT_LIMIT) {
    this.rows = rows;
    this.rowHeight = rowHeight;
    this.viewport = Math.max(0, viewport);
    this.content = rows * rowHeight;
    this.height = Math.min(this.content, limit);
  }

  get isScaled() {
    return this.content > this.height;
  }

  /** The greatest position: the last row stands at the lower edge. */
  get end() {
    return Math.max(0, this.content - this.viewport);
  }

  /** The pixel of the list that stands at the upper edge. */
  position(scrollTop) {
    const travel = this.height - this.viewport;
    if (travel <= 0) return 0;
    if (!this.isScaled) return Math.min(scrollTop, this.end);
    return Math.min(1, scrollTop / travel) * this.end;
  }

  scrollTop(position) {
    const travel = Math.max(0, this.height - this.viewport);
    if (!this.isScaled) return Math.min(position, travel);
    return this.end === 0 ? 0 : (position / this.end) * travel;
  }

  clamp(position) {
    return Math.max(0, Math.min(this.end, position));
  }

  /** The rows to draw at `position`: first, and one past the last. */
  window(position, overscan = 2) {
    const first = Math.max(0, Math.floor(position / this.rowHeight) - overscan);
    const end = Math.min(this.rows, Math.ceil((position + this.viewport) / this.rowHeight) + overscan);
    return { first, end: Math.max(first, end) };
  }

  /** The position nearest to `position` at which the whole row is seen. */
  reveal(row, position) {
    const top = row * this.rowHeight;
    if (top < position) return this.clamp(top);
    const least = top + this.rowHeight - this.viewport;
    return this.clamp(least > position ? least : position);
  }
}
