// Figures for each method and name of what a page shows, and of a run for each server.

/**
 * `{rows, total}` as `stats --json` has them. The server counts them, waits included; a page in a file has
 * those of a whole run, and counts what a filter leaves itself.
 */
export function figuresOf(page, filter) {
  const { api } = page.app;
  if (!page.isRun || (filter && api.isExported)) return page.figures(filter);
  return api.runStats(page.id, filter);
}
