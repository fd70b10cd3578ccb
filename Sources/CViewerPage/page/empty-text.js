// What a table of exchanges without rows says, and where to look instead.

import { h } from "./dom.js";

export function noExchanges({ app, session, isRun }) {
  const { q, t } = app.state;
  const messages = (words) => h("a", {
    href: app.link({ v: "messages", i: undefined, m: undefined, a: undefined }),
  }, words);
  if (q) return ["Nothing matches the filter. ", messages("Look among the messages")];
  if (t) return "Nothing began in this stretch.";
  if (isRun) return "No request was recorded in this run.";
  const { messages: said, stderr_lines: lines = 0, gaps = 0 } = session;
  const isEmpty = (session.last_seq ?? said.c2s + said.s2c + lines + gaps) === 0;
  if (isEmpty) return "Nothing was said in this session.";
  return ["No request was recorded in this session. ", messages("See what was")];
}
