// How an exchange or a session ended, as an icon and a word: colour is never the only sign.

const MARKS = {
  ok: "✓", error: "✕", tool_error: "⚠", cancelled: "⊘", pending: "…", late: "◷",
};

export function statusText(status) {
  return `${MARKS[status] ?? "?"} ${status === "tool_error" ? "tool error" : status}`;
}

export function statusClass(status) {
  return status in MARKS ? `is-${status}` : "";
}

/** How a session stands, where that is worth a word: icon and word, and a class for its colour. */
export function stateOf({ live, end }) {
  if (live) return ["● live", "is-live"];
  const { reason, exit_code: code, signal } = end ?? {};
  if (reason === "interrupted") return ["◌ cut off", "is-warn"];
  if (reason === "not_started") return ["✕ not started", "is-error"];
  if (reason !== "server_exited") return ["", ""];
  if (signal !== undefined) return [`✕ signal ${signal}`, "is-error"];
  return code ? [`✕ exit ${code}`, "is-error"] : ["", ""];
}
