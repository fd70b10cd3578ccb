// Figures of a run by server, method and name.

import { operationFigures } from "./exchange-figures.js";
import { runFigures, sessionFigures } from "./figures.js";

/** Those of what a filter finds. The server's are not by server: those of a run are counted here. */
export async function countedFigures(page, filter) {
  const { rows, parts } = page;
  if (rows.isLong) return figuresOfSessions(page, filter);
  const [all, found] = await Promise.all([rows.found(), filter ? rows.found(filter) : undefined]);
  const keys = found && new Set(found.map(({ key }) => key));
  const sessions = new Map(parts.map(({ id, session }) => [id, session]));
  return operationFigures(all.map((exchange) => ({ session: sessions.get(exchange.session), exchange,
    isFound: !keys || keys.has(exchange.key) })));
}

/** The same of a run of which only the beginning is here. */
async function figuresOfSessions({ id: run, app: { api }, parts }, filter) {
  const [whole, ...each] = await Promise.all([runFigures(api, run, filter),
    ...parts.map(({ id }) => sessionFigures(api, id, filter))]);
  const rows = each.flatMap((figures, index) => figures.rows.map((row) =>
    ({ ...row, server: parts[index].session.name })));
  return { rows, total: whole.total };
}
