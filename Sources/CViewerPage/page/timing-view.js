// When what happened in an exchange: its facts, its phases, and every message that belongs to it.

import { wallDate } from "./dates.js";
import { h, replace } from "./dom.js";
import * as format from "./format.js";
import { summaryOf } from "./entry-rows.js";
import { operationOf, waitedIn } from "./operation-waits.js";
import { askedMethods } from "./run-line.js";
import { waitKey, waitOf } from "./waits.js";

const WHOM = { person: "a person", model: "a model", client: "the client" };

function facts(exchange, session, near) {
  const started = format.instant(session.started) + exchange.start_us;
  const first = exchange.first_event_us;
  const total = exchange.duration_us;
  const redacted = near.flatMap((entry) => (entry.redacted ?? []).map(([pointer, rule]) =>
    `${format.oneLine(pointer, 120)} (${format.oneLine(rule, 60)})`));
  return [
    ["began", `${format.offset(exchange.start_us)} s · ${wallDate(started).split(" ")[0]} `
      + format.wallTime(started)],
    ["waited for the first event", format.duration(first)],
    ["streamed", first !== undefined && total !== undefined && total > first ? format.duration(total - first)
      : ""],
    ["took", total === undefined ? "no answer" : format.duration(total)],
    ["asked", format.size(exchange.request_bytes)],
    ["answered", exchange.response_seq === undefined ? "" : format.size(exchange.response_bytes)],
    ["asked by", exchange.asker],
    ["waits for", exchange.asker === "server" ? WHOM[waitOf(exchange.method)] : ""],
    ["id", JSON.stringify(exchange.id)], ["era", exchange.era],
    ["HTTP status", exchange.http_status && String(exchange.http_status)],
    ["result type", exchange.result_type && format.oneLine(exchange.result_type, 80)],
    ["progress", exchange.progress ? format.counted(exchange.progress, "notification") : ""],
    ["redacted", redacted.join(", ")],
  ].filter(([, value]) => value);
}

/** A link to another exchange of this session. */
function exchangeLink(number, page) {
  return h("a", { class: "hit", href: page.app.link({ v: undefined, i: number, m: undefined,
    d: undefined }) }, `#${number}`);
}

function since(us) {
  return us < 0 ? format.duration(us) : "+" + format.duration(us);
}

/** What `timingView` needs beside the entries: the operation, and what its rounds asked for. */
export async function relativesOf(exchange, page) {
  const { store } = page;
  const all = store.isSmall ? await store.all() : store.loaded();
  const operation = operationOf(exchange, all);
  const rounds = operation.rounds.map((round) => ({ ...round, session: page.id, key: waitKey(round) }));
  const asked = await askedMethods({ parts: [{ id: page.id, api: page.app.api }], all: rounds });
  return { operation, asked: (round) => asked.get(waitKey(round)) };
}

/** Who was waited for, from when until when, and what is left for the server. */
function waited({ operation, asked }, page) {
  const { begin, took, server, waits } = waitedIn(operation, asked);
  const { rounds } = operation;
  const elements = [];
  const add = (name, ...content) => elements.push(h("dt", {}, name), h("dd", {}, content));
  if (rounds.length > 1) add("operation", `${rounds.length} rounds, ${format.duration(took) || "no answer"}`);
  if (waits.length === 0) return elements;
  add("waited", waits.map(({ from, to, kind, by }) => {
    const length = to === undefined ? "without an end" : format.duration(to - from);
    const until = to === undefined ? "" : ` ${since(to - begin)}`;
    const one = [...rounds, ...operation.nested].find(({ exchange }) => exchange === by);
    const how = one.asker === "server" ? ` ${format.oneLine(one.method, 60)}` : " went on";
    return h("div", { class: "waited" }, `${length} for ${WHOM[kind]} (${since(from - begin)} …${until}) · `,
      exchangeLink(by, page), how);
  }));
  if (took !== undefined) {
    add("in the server", `${format.duration(server)} of ${format.duration(took)}`);
  }
  return elements;
}

/** `near` are the entries that belong to the exchange, `kin` what `relativesOf` found. */
export function timingView(exchange, near, page, kin) {
  const relatives = exchange.asker === "client" ? waited(kin, page) : [];
  if (exchange.parent !== undefined) relatives.push(h("dt", {}, "asked within"),
      h("dd", {}, exchangeLink(exchange.parent, page)));
  const chained = exchange.chain === undefined ? []
    : page.store.loaded().filter((other) => other.chain === exchange.chain && other !== exchange);
  if (chained.length > 0) {
    relatives.push(h("dt", {}, "same operation"), h("dd", {},
      chained.map((other) => [exchangeLink(other.exchange, page), " "])));
  }
  const nested = page.store.loaded().filter((other) => other.parent === exchange.exchange);
  if (nested.length > 0) {
    relatives.push(h("dt", {}, "asked back"), h("dd", {}, nested.map((other) =>
      [exchangeLink(other.exchange, page), ` ${format.oneLine(other.method, 60)} `])));
  }
  const list = h("ol", { class: "near" });
  replace(list, near.map((entry) => {
    const row = summaryOf(entry);
    const direction = { c2s: "→", s2c: "←" }[entry.dir] ?? "⋮";
    return h("li", {}, h("a", {
      class: "near-row", href: page.app.link({ v: "messages", m: entry.seq, i: undefined, q: undefined,
        d: undefined }),
    }, h("span", { class: "right number" }, since(entry.t_us - exchange.start_us)),
    h("span", {}, direction), h("span", {}, format.oneLine(entry.method ?? entry.kind, 80)),
    h("span", { class: "dim" }, row.preview)));
  }));
  return [
    h("dl", { class: "facts" }, facts(exchange, page.session, near).map(([name, value]) =>
      [h("dt", {}, name), h("dd", {}, value)]), relatives),
    h("h3", { class: "label" }, "messages of this exchange"), list,
  ];
}
