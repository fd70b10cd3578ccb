// Figures for each method and name of what a page shows, and of a run for each server.

/** Rows about other things are left out. */
function groups(rows, total) {
  const isGroup = (row) => row.method !== undefined && (row.row ?? "group") === "group";
  return { rows: rows.filter(isGroup), total };
}

/** Those of a session. */
export async function sessionFigures(api, id, filter) {
  const { rows, total } = await api.of(id, "stats", { filter });
  return groups(rows, total);
}

/** Those over all sessions of a run, by server too. */
export async function runFigures(api, id, filter) {
  const path = `/runs/${encodeURIComponent(id)}/stats`;
  const { by_server: rows, total } = await api.json(path, { filter });
  return groups(rows, total);
}

/**
 * `{rows, total}` as `stats --json` has them. The server counts them, waits included; a page in a file has
 * those of a whole run, and counts what a filter leaves itself.
 */
export async function figuresOf(page, filter) {
  const { id, app: { api } } = page;
  if (!page.isRun) return sessionFigures(api, id, filter);
  if (!filter || !api.isExported) return runFigures(api, id, filter);
  return (await import("./run-figures.js")).countedFigures(page, filter);
}
