// The tools that each server offered: what each costs the model to know, and whether it was ever called.

import { h, replace } from "./dom.js";
import { JsonView } from "./json-view.js";
import { figuresOf } from "./figures.js";
import * as format from "./format.js";
import { fragment } from "./route.js";
import { sorted } from "./exchange-order.js";
import { fixedRows } from "./fixed-rows.js";
import { columnMenu, Grid } from "./grid.js";
import { Paced } from "./paced.js";
import { quoted } from "./filter.js";
import { changesBetween, compareTools, offeredTools, toolsBefore } from "./tool-lists.js";
import { block } from "./text-block.js";

const ORDERS = {
  server: (tool) => tool.server, name: (tool) => tool.name, calls: (tool) => tool.calls,
  errors: (tool) => tool.errors,
  p50: (tool) => tool.p50, bytes: (tool) => tool.bytes, tokens: (tool) => tool.bytes,
  since: (tool) => tool.since?.kind,
};

/** What a difference from the session before is called: sign and word. */
const KINDS = { added: "+ new", removed: "− gone", changed: "▲ changed" };

const text = (value) => (cell, tool) => {
  cell.textContent = value(tool) ?? "";
};

/** About so many tokens: four bytes each, which is what English and JSON come to. */
function tokens(bytes) {
  return Math.ceil(bytes / 4);
}

const keyOf = ({ server, name }) => `${server}\n${name}`;

export class ToolsView {
  constructor(page) {
    this.page = page;
    // Of a session that is being recorded they change many times a second.
    const { live } = page.app;
    this.pace = new Paced(() => this.load(() => live.going()), { isHeld: () => live.isPaused });
    this.isUnfiltered = true;
    this.tools = [];
    /** For each server its `session`, what it `offered`, and the same of the session `before`. */
    this.servers = [];
    this.earlier = new Map();
    this.grid = new Grid({
      name: "tools", label: "tools", columns: this.columns(), empty: () => this.emptyText(),
      onmove: (index) => this.select(this.source.rows[index]),
      onopen: (index) => this.showCalls(this.source.rows[index]),
      onsort: (key, order) => page.app.go({ y: order }, "replace"),
    });
    this.source = fixedRows([], keyOf);
    this.source.rowClass = (tool) => (tool.isOffered ? "" : "has-error");
    this.about = h("section", { class: "aside-part", "aria-label": "definition of the tool", tabIndex: 0 });
    this.extra = columnMenu(this.grid);
    this.element = h("div", { class: "two" }, this.grid.element, this.about);
    this.grid.setSource(this.source);
    this.load();
  }

  columns() {
    return [
      ...(this.page.isRun ? [{ key: "server", title: "Server", width: 90, grow: 1, priority: 0, sort: true,
        fill: text((t) => format.oneLine(t.server, 100)) }] : []),
      { key: "name", title: "Tool", width: 110, grow: 2, priority: 0, sort: true,
        fill: text((t) => format.oneLine(t.name, 200)) },
      { key: "title", title: "Description", width: 120, grow: 4, priority: 6,
        fill: text((t) => format.oneLine(t.description ?? "", 300)) },
      { key: "calls", title: "Calls", width: 96, priority: 0, align: "right", sort: true,
        fill: text((t) => (t.calls > 0 ? format.count(t.calls) : "○ never")) },
      { key: "errors", title: "Errors", width: 62, priority: 2, align: "right", sort: true,
        fill: (cell, tool) => {
          const { errors = 0, toolErrors = 0 } = tool;
          cell.textContent = [errors > toolErrors ? `✕ ${format.count(errors - toolErrors)}` : "",
            toolErrors ? `⚠ ${format.count(toolErrors)}` : ""].filter(Boolean).join("  ");
          cell.className = errors ? "cell right is-error" : "cell right";
        } },
      { key: "p50", title: "p50", width: 74, priority: 4, align: "right", sort: true,
        fill: text((t) => format.duration(t.p50)) },
      { key: "bytes", title: "Definition", width: 84, priority: 1, align: "right", sort: true,
        fill: text((t) => (t.changed ? "▲ " : "") + (t.isOffered ? format.size(t.bytes) : "not offered")) },
      { key: "since", title: "Change", hint: "change since the session before", width: 92, priority: 3,
        sort: true, fill: (cell, tool) => {
          cell.textContent = KINDS[tool.since?.kind] ?? "";
          cell.className = "cell is-warn";
        } },
      { key: "tokens", title: "≈ Tokens", width: 76, priority: 5, align: "right", sort: true,
        fill: text((t) => (t.isOffered ? format.count(tokens(t.bytes)) : "")) },
    ];
  }

  /** `going` settles when the tools may be shown. */
  async load(going) {
    const { page } = this;
    const { api } = page.app;
    try {
      // Of a server with several sessions in a run, what the newest was offered.
      const sessions = new Map(page.parts.map(({ session }) => [session.name, session]));
      const [stats, ...servers] = await Promise.all([figuresOf(page), ...[...sessions.values()].map(
        async (session) => ({ session, offered: await offeredTools(api, session.session) }))]);
      await going?.();
      Object.assign(this, { stats, servers, isLoaded: true });
      this.arrange();
      await Promise.all(servers.map((server) => this.compare(server, going)));
    } catch (error) {
      page.failed(error);
    }
  }

  /** What is different from the session before; a server that was not recorded before has none. */
  async compare({ session }, going) {
    const { earlier, page } = this;
    const id = session.session;
    if (!earlier.has(id)) {
      earlier.set(id, undefined);
      earlier.set(id, await toolsBefore(page.app.api, session).catch(() => undefined));
      await going?.();
      if (earlier.get(id)) this.arrange();
    }
  }

  arrange() {
    const tools = new Map();
    this.since = [];
    for (const server of this.servers) this.take(server, tools);
    this.count(this.stats.rows, tools);
    this.tools = [...tools.values()];
    this.sortBy(this.order);
    this.page.describe();
    this.isDrawn = undefined;
    this.reveal();
  }

  /** The tools of one server. */
  take({ session, offered }, tools) {
    const server = session.name;
    for (const [name, tool] of offered.tools) {
      tools.set(keyOf({ server, name }), { ...tool, server, isOffered: true, calls: 0, errors: 0 });
    }
    const before = this.earlier.get(session.session);
    // Without a list nothing can be said of what it would have had.
    if (!before || offered.tools.size === 0) return;
    const since = compareTools(before, offered);
    this.since.push({ session: before.session, changes: [...since.values()] });
    for (const [name, change] of since) {
      const facts = { server, name, since: { ...change, session: before.session } };
      if (change.kind !== "removed") {
        Object.assign(tools.get(keyOf(facts)), facts);
      } else {
        const { node, bytes, description } = before.tools.get(name);
        tools.set(keyOf(facts), { ...facts, node, bytes, description, isOffered: false, calls: 0 });
      }
    }
  }

  count(rows, tools) {
    for (const row of rows) {
      if (row.method !== "tools/call" || row.name === undefined) continue;
      // Figures of one session are all of its server.
      const server = this.page.isRun ? row.server : this.page.session.name;
      const key = keyOf({ server, name: row.name });
      const tool = tools.get(key) ?? { server, name: row.name, isOffered: false, bytes: 0 };
      Object.assign(tool, { calls: row.count, errors: row.errors,
        toolErrors: row.tool_errors, p50: row.p50_us, stats: row });
      tools.set(key, tool);
    }
  }

  sortBy(order) {
    this.order = order;
    this.source.rows = sorted(this.tools, ORDERS, order);
    this.grid.setOrder(order);
    this.grid.update();
  }

  summary() {
    if (!this.isLoaded) return "";
    const offered = this.tools.filter((tool) => tool.isOffered);
    const bytes = offered.reduce((sum, tool) => sum + tool.bytes, 0);
    const never = offered.filter((tool) => tool.calls === 0).length;
    return `${format.counted(offered.length, "tool")} in ${format.size(bytes)}, about `
      + `${format.counted(tokens(bytes), "token")} (four bytes each), ${never} never called`
      + this.sinceText();
  }

  sinceText() {
    if (this.since.length === 0) return "";
    const changes = this.since.flatMap((one) => one.changes);
    const said = ["added", "removed", "changed"]
      .map((kind) => [kind, changes.filter((change) => change.kind === kind).length])
      .filter(([, number]) => number > 0).map(([word, number]) => `${number} ${word}`);
    const when = this.since.length > 1 ? "the sessions before" : this.since[0].session.session;
    return `; since ${when}: ${said.join(", ") || "no change"}`;
  }

  emptyText() {
    return this.isLoaded ? "No tools/list was answered and no tool was called here." : "Loading…";
  }

  /** The name of a tool in the address. */
  nameOf(tool) {
    return this.page.isRun ? keyOf(tool) : tool.name;
  }

  select(tool) {
    if (!tool) return;
    this.page.app.go({ n: this.nameOf(tool) }, "soon");
    this.choose(tool);
  }

  choose(tool) {
    const facts = [
      tool.stats ? `${format.counted(tool.calls, "call")}, p50 ${format.duration(tool.stats.p50_us)}, p99 `
        + `${format.duration(tool.stats.p99_us)}, ${format.size(tool.stats.response_bytes)} answered`
          : "never called",
      tool.since?.kind === "added" ? "+ new since the session before" : undefined,
      tool.since?.kind === "removed" ? "− the session before offered it, this one does not" : undefined,
      tool.changed ? `▲ its definition changed within the session, at #${tool.changed}` : undefined,
    ].filter(Boolean);
    replace(this.about,
      h("h2", { class: "details-title" }, format.oneLine(tool.name, 200)),
      h("p", { class: "dim" }, facts.join(" · ")),
      h("button", { type: "button", class: "tool wordy", onclick: () => this.showCalls(tool) },
        "its calls (Enter)"),
      tool.since?.kind === "changed"
        ? this.changes("changed since the session before", tool.since.changes, tool.since.session)
        : undefined,
      tool.before ? this.changes("changed within the session", changesBetween(tool.before, tool.node))
        : undefined,
      tool.description ? h("pre", { class: "text", tabIndex: 0 }, block(tool.description)) : undefined,
      tool.node ? new JsonView(tool.node, { label: "definition", depth: 4 }).element
        : h("p", { class: "notice" }, "It was called, but no tools/list that was recorded offered it."));
  }

  changes(title, list, session) {
    const value = (sign, text, word) => (text === undefined ? undefined
      : h("div", { class: word }, h("span", { class: "unseen" }, `${word}: `), `${sign} `,
        format.oneLine(text, 400)));
    return h("section", { class: "changes" }, h("h3", { class: "label" }, title, session
      ? [" ", h("a", { href: fragment({ s: session.session, v: "tools" }) }, session.session)] : undefined),
    h("dl", {}, list.map(({ path, before, after }) => [h("dt", { class: "mono" }, format.oneLine(path, 200)),
      h("dd", { class: "mono" }, value("−", before, "before"), value("+", after, "after"))])));
  }

  showCalls(tool) {
    const server = this.page.isRun ? `server:${quoted(tool?.server ?? "")} ` : "";
    if (tool) this.page.showFiltered(`${server}tool:${quoted(tool.name)}`);
  }

  apply(state) {
    if (this.order !== state.y) this.sortBy(state.y);
    this.reveal();
  }

  /** The tool that the address names. */
  reveal() {
    const { n: wanted } = this.page.app.state;
    const index = wanted === undefined ? -1
      : this.source.rows.findIndex((tool) => this.nameOf(tool) === wanted);
    if (index < 0) return;
    const tool = this.source.rows[index];
    if (this.grid.active !== index) this.grid.select(index, { quiet: true });
    if (this.isDrawn !== tool) this.choose(tool);
    this.isDrawn = tool;
  }

  pressed(key) {
    return this.grid.act(key);
  }

  focus() {
    this.grid.focus();
  }

  changed() {
    this.pace.ask();
  }

  close() {
    this.pace.close();
    this.grid.close();
  }
}
