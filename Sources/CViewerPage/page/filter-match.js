// What a filter matches, where no server decides it: an exported page. The language is `Filter`'s.

import { problem, tokens } from "./filter.js";

const TIMES = { ns: 1e-3, us: 1, "µs": 1, "μs": 1, ms: 1e3, s: 1e6, sec: 1e6, m: 6e7, min: 6e7, h: 3.6e9,
  d: 8.64e10, w: 6.048e11 };
const SIZES = { "": 1, b: 1, k: 1e3, kb: 1e3, m: 1e6, mb: 1e6, g: 1e9, gb: 1e9, t: 1e12, tb: 1e12, ki: 1024,
  kib: 1024, mi: 1024 ** 2, mib: 1024 ** 2, gi: 1024 ** 3, gib: 1024 ** 3, ti: 1024 ** 4, tib: 1024 ** 4 };

function amount(text, units) {
  const [, number, unit] = /^([\d.]*)(.*)$/s.exec(text);
  const factor = units[units === SIZES ? unit.toLowerCase() : unit];
  return number === "" || factor === undefined ? undefined : Number(number) * factor;
}

/** A filter as a tree of `all`, `any`, `not` and terms; `problem` has to have nothing against it. */
export function parse(text) {
  const list = tokens(text);
  let at = 0;
  const isKind = (...kinds) => at < list.length && kinds.includes(list[at].kind);

  function alternatives() {
    const parts = [conjunction()];
    while (isKind("|", "OR")) {
      const bar = list[at];
      at += 1;
      if (bar.kind === "|" && isKind("|") && list[at].start === bar.end) at += 1;
      parts.push(conjunction());
    }
    return parts.length === 1 ? parts[0] : { any: parts };
  }

  function conjunction() {
    const parts = [];
    while (at < list.length && !isKind("|", "OR", ")")) {
      if (isKind("AND")) at += 1;
      else parts.push(negation());
    }
    return parts.length === 1 ? parts[0] : { all: parts };
  }

  function negation() {
    const token = list[at];
    at += 1;
    if (token.kind === "NOT") return { not: negation() };
    if (token.kind === "(") {
      const inner = alternatives();
      at += 1;
      return inner;
    }
    if (token.kind === "word") return wordTerm(token);
    const typed = text.slice(token.start, token.end);
    if (token.kind !== "comparison") return { text: token.quoted ? unquoted(typed) : typed };
    let quantity = typed;
    if (/^[<>=]+$/.test(typed)) {
      quantity += text.slice(list[at].start, list[at].end);
      at += 1;
    }
    const isTime = amount(quantity.replace(/^[<>=]+/, ""), TIMES) !== undefined;
    return { word: isTime ? "duration" : "size", values: [range(quantity, isTime ? TIMES : SIZES)] };
  }

  return list.length === 0 ? { all: [] } : alternatives();
}

function unquoted(text) {
  const quote = text[0];
  return text.slice(1, -1).replace(/\\(.)/gs, (all, next) => (next === quote || next === "\\" ? next : all));
}

function wordTerm(token) {
  const word = token.name.toLowerCase();
  const values = token.values.map((value) => (value.quoted ? unquoted(value.text) : value.text));
  if (word === "duration") return { word, values: values.map((value) => range(value, TIMES)) };
  if (word === "size") return { word, values: values.map((value) => range(value, SIZES)) };
  if (["dir", "kind", "status"].includes(word)) return { word, values: values.map((v) => (s) => s === v) };
  if (word === "since") return since(values[0]);
  const isPrefix = word === "session";
  return { word, values: token.values.map((value, i) => pattern(values[i], value.quoted, isPrefix)) };
}

function range(text, units) {
  const compared = /^([<>])=?(.*)$/s.exec(text);
  const [from, to] = compared
    ? (compared[1] === ">" ? [compared[2], ""] : ["", compared[2]])
    : text.split(/\.\.(.*)/s);
  const least = from === "" ? -Infinity : amount(from, units);
  const most = to === "" ? Infinity : amount(to, units);
  return (value) => value >= least && value <= most;
}

function pattern(text, quoted, isPrefix) {
  if (quoted || !text.includes("*")) return (s) => (isPrefix ? s.startsWith(text) : s === text);
  const escaped = text.split("*").map((piece) => piece.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&"));
  const expression = new RegExp(`^${escaped.join("[^]*")}$`, "u");
  return (s) => expression.test(s);
}

/** `2h`, `2026-11-23`, `2d..1d`: wall clock in microseconds since 1970. */
function since(text) {
  const instant = (part) => {
    const age = amount(part, TIMES);
    if (age !== undefined) return Date.now() * 1000 - age;
    return Date.parse(part.length > 10 && !part.endsWith("Z") ? `${part}Z` : part) * 1000;
  };
  const [from, to] = text.includes("..") ? text.split("..") : [text, ""];
  const parts = [];
  if (from !== "") parts.push({ word: "since", values: [instant(from)] });
  if (to !== "") parts.push({ not: { word: "since", values: [instant(to)] } });
  return { all: parts };
}

/**
 * What decides about subjects, `{session, exchange, entry}`: true, false, or undefined where the subject, a
 * session as a whole, does not tell. `text` says whether a text occurs in the payload.
 */
export async function matches(tree, subject, text) {
  if (tree.text !== undefined) {
    if (subject.entry?.kind === "gap") return false;
    return subject.exchange || subject.entry ? text(tree.text) : undefined;
  }
  if (tree.not) {
    const inner = await matches(tree.not, subject, text);
    return inner === undefined ? undefined : !inner;
  }
  if (!tree.all && !tree.any) return verdict(tree, subject);
  // What decides ends it; texts, which cost the most, come last.
  const decisive = Boolean(tree.any);
  const parts = tree.any ?? tree.all;
  let isOpen = false;
  for (const isCostly of [false, true]) {
    for (const part of parts) {
      if (hasText(part) !== isCostly) continue;
      const verdict = await matches(part, subject, text);
      if (verdict === decisive) return decisive;
      isOpen ||= verdict === undefined;
    }
  }
  return isOpen ? undefined : !decisive;
}

export function hasText(tree) {
  if (tree.text !== undefined) return true;
  return tree.not ? hasText(tree.not) : (tree.all ?? tree.any ?? []).some(hasText);
}

function verdict({ word, values }, { session, exchange, entry }) {
  const some = (...texts) => texts.some((text) => text !== undefined && values.some((value) => value(text)));
  switch (word) {
    case "session": return some(session.session);
    case "server": return some(session.name);
    case "client": return some(session.client?.name, session.client?.title);
    case "since": return isSince(values[0], session, exchange, entry);
    default:
  }
  if (!exchange && !entry) return undefined;
  const method = entry?.method ?? exchange?.method;
  const name = entry?.name ?? exchange?.name;
  switch (word) {
    case "method": return some(method);
    case "tool": return method === "tools/call" && some(name);
    case "id": return some(...idTexts(entry ? entry.id : exchange.id));
    case "dir": return some(entry ? entry.dir : exchange.asker === "client" ? "c2s" : "s2c");
    case "kind":
      return entry ? some(entry.kind)
        : some("request") || (exchange.response_seq !== undefined && some("response"));
    case "status": return some(exchange?.status);
    case "duration": return exchange?.duration_us !== undefined && some(exchange.duration_us);
    case "size": return some(sizeOf(exchange, entry));
    default: return false;
  }
}

function idTexts(id) {
  if (id === undefined) return [];
  return typeof id === "string" ? [id, JSON.stringify(id)] : [JSON.stringify(id)];
}

function sizeOf(exchange, entry) {
  if (!entry) return exchange.request_bytes + exchange.response_bytes;
  if (entry.kind !== "gap") return entry.bytes;
  return (entry.c2s_bytes ?? 0) + (entry.s2c_bytes ?? 0) + (entry.stderr_bytes ?? 0);
}

function isSince(instant, session, exchange, entry) {
  const start = Date.parse(session.started) * 1000;
  if (entry) return start + (entry.to_us ?? entry.t_us) >= instant;
  if (exchange) return start + exchange.start_us >= instant;
  if (start >= instant) return true;
  return start + session.duration_us < instant ? false : undefined;
}

/** Why a filter cannot be read, as the server says it; undefined: it can. */
export function refusal(text) {
  const found = problem(text);
  if (!found) return undefined;
  return { column: found.start + 1, message: found.message + (found.hint ? `; ${found.hint}` : "") };
}
