// Sessions of one run under a row of their own, where the newest of them stands.

/**
 * The rows of a list: each session, and before the sessions of a run that has several `{…run, members}`.
 * `sessions` are newest first; `runs` hold the ids of theirs. Members have `inRun`: the run's id.
 */
export function arranged(sessions, runs) {
  const runOf = new Map();
  for (const run of runs) {
    if (run.sessions.length < 2) continue;
    // Of a session that is in several runs, the newest.
    for (const id of run.sessions) if (!runOf.has(id)) runOf.set(id, run);
  }
  const groups = new Map();
  for (const session of sessions) {
    const run = runOf.get(session.session);
    if (!run) continue;
    if (!groups.has(run)) groups.set(run, []);
    groups.get(run).push({ ...session, inRun: run.run });
  }
  const rows = [];
  for (const session of sessions) {
    const run = runOf.get(session.session);
    const members = groups.get(run);
    if (!run) rows.push(session);
    else if (members) rows.push({ ...run, ...sums(run, members), members }, ...members);
    // The first of its sessions brought the others with it.
    groups.delete(run);
  }
  return rows;
}

// The sessions are asked for whenever they change, the run is not; of a filtered list it knows more.
function sums(run, members) {
  if (members.length < run.sessions.length || run.parts) return {};
  const sum = (value) => members.reduce((all, one) => all + (value(one) ?? 0), 0);
  return {
    live: members.some((one) => one.live), exchanges: sum((one) => one.exchanges),
    errors: sum((one) => one.errors), tool_errors: sum((one) => one.tool_errors),
    gaps: sum((one) => one.gaps),
    duration_us: Math.max(run.duration_us ?? 0, ...members.map((one) => one.duration_us ?? 0)),
  };
}

/** What names a row over changes: a run may have the id of its first session. */
export function rowKey(row) {
  return row.members ? `run ${row.run}` : row.session;
}
