// How an exchange ended, as an icon and a word: colour is never the only sign.

const MARKS = {
  ok: "✓", error: "✕", tool_error: "⚠", cancelled: "⊘", pending: "…", late: "◷",
};

export function statusText(status) {
  return `${MARKS[status] ?? "?"} ${status === "tool_error" ? "tool error" : status}`;
}

export function statusClass(status) {
  return status in MARKS ? `is-${status}` : "";
}
