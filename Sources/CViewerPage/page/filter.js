// The filter box's side of the filter language: where words are, and what is wrong.
// The server decides what matches; its own answer to a wrong filter has the same columns.

const UNITS = { duration: "ns, us, ms, s, m, h, d", size: "B, KB, MB, GB, KiB, MiB, GiB" };
const NUMBER = String.raw`\d+(\.\d{1,9})?`;
const DURATION = new RegExp(`^${NUMBER}(ns|us|µs|μs|ms|s|sec|m|min|h|d|w)$`);
// A day of the civil calendar, with a time of the day or without.
const TIME = String.raw`([01]\d|2[0-3]):[0-5]\d(:([0-5]\d|60)(\.\d{1,9})?)?`;
const INSTANT = new RegExp(`^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])([T ]${TIME}Z?)?$`);
const SIZE = new RegExp(`^${NUMBER}(b|[kmgt]i?b?)?$`, "i");

export const WORDS = {
  method: { example: "method:tools/call" },
  tool: { example: "tool:search or tool:get_*" },
  status: { choices: ["ok", "error", "tool_error", "cancelled", "pending", "late"] },
  duration: { example: "duration:250ms..", reads: (text) => DURATION.test(text),
    usual: ["10ms..", "100ms..", "1s..", "10s..", "..10ms", "100ms..1s"] },
  size: { example: "size:1MB..", reads: (text) => SIZE.test(text),
    usual: ["1KB..", "10KB..", "100KB..", "1MB..", "..1KB"] },
  kind: { choices: ["request", "notification", "response", "batch", "foreign", "stderr", "http", "gap"] },
  dir: { choices: ["c2s", "s2c"] },
  id: { example: "id:14" },
  since: { example: "since:2h", usual: ["10m", "1h", "1d", "7d", "2d..1d"] },
  server: { example: "server:github" },
  client: { example: "client:claude*" },
  session: { example: "session:7k2f" },
};

class FilterProblem extends Error {
  constructor(start, end, message, hint) {
    super(message);
    Object.assign(this, { start, end: Math.max(end, start + 1), hint });
  }
}

/** Cuts a filter into tokens with their places: `(` `)` `|`, keyword, word with values, comparison, text. */
export function tokens(text) {
  const found = [];
  let at = 0;
  while (at < text.length) {
    if (/\s/.test(text[at])) {
      at += 1;
    } else if ("()|".includes(text[at])) {
      found.push({ kind: text[at], start: at, end: at + 1 });
      at += 1;
    } else {
      const token = readToken(text, at);
      found.push(token);
      at = token.end;
    }
  }
  return found;
}

function readToken(text, start) {
  const rest = text.slice(start);
  const keyword = /^(AND|OR|NOT)(?=[\s()|]|$)/.exec(rest);
  if (keyword) return { kind: keyword[1], start, end: start + keyword[1].length };
  if (/^-(?=\S)/.test(rest)) return { kind: "NOT", start, end: start + 1 };
  const name = /^([A-Za-z_]+):(?!\/\/)/.exec(rest);
  if (name) return readWord(text, start, name[1]);
  if (rest[0] === '"' || rest[0] === "'") {
    const end = quoteEnd(text, start);
    return { kind: "text", start, end, quoted: true };
  }
  const length = /^[^\s()|]+/.exec(rest)[0].length;
  return { kind: /^[<>]/.test(rest) ? "comparison" : "text", start, end: start + length };
}

function quoteEnd(text, start) {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === text[start]) return at + 1;
  }
  throw new FilterProblem(start, text.length, `the quote ${text[start]} is not closed`);
}

function readWord(text, start, name) {
  const values = [];
  let at = start + name.length + 1;
  while (at < text.length && !/[\s)]/.test(text[at])) {
    const from = at;
    const quoted = text[at] === '"' || text[at] === "'";
    at = quoted ? quoteEnd(text, at) : at + /^[^\s()|,]*/.exec(text.slice(at))[0].length;
    if (at === from && text[at] !== ",") break;
    values.push({ text: text.slice(from, at), start: from, end: at, quoted });
    const separator = text[at];
    const goesOn = separator === "," || (separator === "|" && continuesList(text, at));
    if (!goesOn) break;
    at += 1;
    if (separator === "," && (at === text.length || /\s/.test(text[at]))) {
      values.push({ text: "", start: at - 1, end: at, quoted: false });
      break;
    }
  }
  return { kind: "word", name, start, end: at, values };
}

// `tool:a|b` is a list; `tool:a|status:error` and `tool:a | b` are alternatives.
function continuesList(text, bar) {
  const rest = text.slice(bar + 1);
  return /^[^\s|()<>-]/.test(rest) && !/^[A-Za-z_]+:(?!\/\/)/.test(rest);
}

/** What is wrong with a filter: `{start, end, message, hint}`, or undefined when the server can read it. */
export function problem(text) {
  try {
    const list = tokens(text);
    checkShape(text, list);
    for (const token of list) {
      if (token.kind === "word") checkWord(token);
      if (token.kind === "comparison") checkComparison(text, token, list);
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof FilterProblem)) throw error;
    return { start: error.start, end: error.end, message: error.message, hint: error.hint };
  }
}

function checkShape(text, list) {
  const open = [];
  let wantsTerm = true;
  let last;
  for (const token of list) {
    const { kind, start, end } = token;
    if (kind === "(") open.push(token);
    if (kind === ")" && open.pop() === undefined) throw new FilterProblem(start, end, "')' without '('");
    const joins = kind === "|" || kind === "OR" || kind === "AND";
    const doubled = kind === "|" && last?.kind === "|" && last.end === start;
    if ((joins || kind === ")") && wantsTerm && !doubled) {
      const what = kind === ")" || kind === "|" ? `'${kind}'` : kind;
      throw new FilterProblem(start, end, `a filter word or a text is missing before ${what}`);
    }
    wantsTerm = joins || kind === "(" || kind === "NOT";
    last = token;
  }
  if (open.length > 0) throw new FilterProblem(open[0].start, open[0].end, "'(' is not closed");
  if (wantsTerm && list.length > 0) {
    throw new FilterProblem(last.start, text.length, "a filter word or a text is missing at the end");
  }
}

function checkWord(token) {
  const word = WORDS[token.name] ?? WORDS[token.name.toLowerCase()];
  const nameEnd = token.start + token.name.length + 1;
  if (!word) {
    const close = closest(token.name, Object.keys(WORDS));
    const hint = close ? `did you mean ${close}:?` : "to search for the text, quote it";
    throw new FilterProblem(token.start, nameEnd, `unknown filter word '${token.name}:'`, hint);
  }
  const example = word.example ?? `${token.name}:${word.choices?.[0]}`;
  if (token.values.length === 0) {
    throw new FilterProblem(token.start, nameEnd, `${token.name}: has no value`, `write ${example}`);
  }
  for (const value of token.values) {
    if (value.text === "") {
      throw new FilterProblem(value.start, value.end, `${token.name}: has an empty value in its list`);
    }
    const text = value.quoted ? value.text.slice(1, -1) : value.text;
    if (word.choices && !word.choices.includes(text)) {
      const close = closest(text, word.choices);
      const hint = (close ? `did you mean ${close}? ` : "") + `one of ${word.choices.join(", ")}`;
      throw new FilterProblem(value.start, value.end, `${token.name}: has no value '${text}'`, hint);
    }
    if (word === WORDS.since) checkSince(text, value);
    if (word.reads) checkRange(token.name.toLowerCase(), word, text, value);
  }
}

function checkSince(text, place) {
  const [from, to = ""] = text.split(/\.\.(.*)/s);
  for (const end of from === "" && to !== "" ? [to] : to === "" ? [from] : [from, to]) {
    if (DURATION.test(end) || INSTANT.test(end)) continue;
    throw new FilterProblem(place.start, place.end, `since: cannot read '${end}'`,
      "write an age (since:2h), a UTC date (since:2026-11-23) or two of them (since:2d..1d)");
  }
}

function checkRange(name, word, text, place) {
  const compared = /^[<>]=?/.exec(text);
  const ends = compared ? [text.slice(compared[0].length)] : text.split(/\.\.(.*)/s).slice(0, 2);
  for (const end of ends) {
    if (end !== "" && !word.reads(end)) {
      throw new FilterProblem(
        place.start, place.end, `${name}: cannot read '${end}'`, `write a number and one of ${UNITS[name]}`);
    }
  }
  if (ends.every((end) => end === "")) {
    throw new FilterProblem(place.start, place.end, `${name}: has no value`, `write ${word.example}`);
  }
  if (!compared && ends.length === 1) {
    const hint = `write ${name}:${text}.. for at least, ${name}:..${text} for at most`;
    throw new FilterProblem(place.start, place.end, `${name}: takes a range`, hint);
  }
}

function checkComparison(text, token, list) {
  let typed = text.slice(token.start, token.end);
  if (/^[<>=]+$/.test(typed)) {
    // `> 250ms`: the amount is the next token.
    const next = list[list.indexOf(token) + 1];
    typed += next?.kind === "text" ? text.slice(next.start, next.end) : "";
  }
  const amount = typed.replace(/^[<>=]+/, "");
  if (DURATION.test(amount) || (SIZE.test(amount) && !/\d$/.test(amount))) return;
  const hint = "write a duration ('>250ms') or a size ('>1MB'); to search for the text, quote it";
  throw new FilterProblem(token.start, token.end, `cannot read '${typed}'`, hint);
}

/** The choice that differs from `text` in at most two letters. */
export function closest(text, choices) {
  let best;
  let least = 3;
  for (const choice of choices) {
    const distance = editDistance(text.toLowerCase(), choice);
    if (distance < least) [best, least] = [choice, distance];
  }
  return best;
}

function editDistance(a, b) {
  if (Math.abs(a.length - b.length) > 2) return 3;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length];
}

/** How a value is written so that it is taken literally. */
export function quoted(value) {
  return /^[\w./@-]+$/.test(value) && !value.startsWith("-")
    ? value
    : `"${value.replace(/[\\"]/g, "\\$&")}"`;
}
