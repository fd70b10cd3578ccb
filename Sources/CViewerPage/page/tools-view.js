// The tools that the server offered: what each costs the model to know, and whether it was ever called.

import { h, replace } from "./dom.js";
import { JsonView } from "./json-view.js";
import * as format from "./format.js";
import { sorted } from "./statistics.js";
import { columnMenu, fixedRows, Grid } from "./grid.js";
import { canonical, member, parseTree, stringOf, written } from "./json-tree.js";
import { quoted } from "./filter.js";

/** Lists that are read: a client that asks again and again has the same ones. */
const LISTS = 200;
const encoder = new TextEncoder();

const ORDERS = {
  name: (tool) => tool.name, calls: (tool) => tool.calls, errors: (tool) => tool.errors,
  p50: (tool) => tool.p50, bytes: (tool) => tool.bytes, tokens: (tool) => tool.bytes,
};

const text = (value) => (cell, tool) => {
  cell.textContent = value(tool) ?? "";
};

export class ToolsView {
  constructor(page) {
    this.page = page;
    this.isUnfiltered = true;
    this.tools = [];
    this.grid = new Grid({
      name: "tools", label: "tools", columns: this.columns(), empty: () => this.emptyText(),
      onmove: (index) => this.choose(this.source.rows[index]),
        onopen: (index) => this.showCalls(this.source.rows[index]),
      onsort: (key, order) => this.sortBy(order),
    });
    this.source = fixedRows([], (tool) => tool.name);
    this.source.rowClass = (tool) => (tool.isOffered ? "" : "has-error");
    this.about = h("section", { class: "aside-part", "aria-label": "definition of the tool", tabIndex: 0 });
    this.extra = columnMenu(this.grid);
    this.element = h("div", { class: "two" }, this.grid.element, this.about);
    this.grid.setSource(this.source);
    this.load();
  }

  columns() {
    return [
      { key: "name", title: "Tool", width: 130, grow: 2, priority: 0, sort: true,
        fill: text((t) => format.oneLine(t.name, 200)) },
      { key: "title", title: "Description", width: 120, grow: 4, priority: 5,
        fill: text((t) => format.oneLine(t.description ?? "", 300)) },
      { key: "calls", title: "Calls", width: 96, priority: 0, align: "right", sort: true,
        fill: text((t) => (t.calls > 0 ? format.count(t.calls) : "○ never")) },
      { key: "errors", title: "Errors", width: 62, priority: 2, align: "right", sort: true,
        fill: (cell, tool) => {
          cell.textContent = tool.errors ? `✕ ${format.count(tool.errors)}` : "";
          cell.className = tool.errors ? "cell right is-error" : "cell right";
        } },
      { key: "p50", title: "p50", width: 74, priority: 3, align: "right", sort: true,
        fill: text((t) => format.duration(t.p50)) },
      { key: "bytes", title: "Definition", width: 84, priority: 1, align: "right", sort: true,
        fill: text((t) => (t.changed ? "▲ " : "") + (t.isOffered ? format.size(t.bytes) : "not offered")) },
      { key: "tokens", title: "≈ Tokens", width: 76, priority: 4, align: "right", sort: true,
        fill: text((t) => (t.isOffered ? format.count(format.tokens(t.bytes)) : "")) },
    ];
  }

  async load() {
    const { api } = this.page.app;
    try {
      const [lists, stats] = await Promise.all([
        api.all(this.page.id, "exchanges", { filter: "method:tools/list" }, LISTS),
        api.stats(this.page.id),
      ]);
      const tools = new Map();
      for (const exchange of lists.items) {
        if (exchange.response_seq === undefined) continue;
        const bytes = await api.bytes(this.page.id, exchange.response_seq);
        this.take(parseTree(new TextDecoder().decode(bytes)), exchange, tools);
      }
      this.count(stats.rows, tools);
      this.tools = [...tools.values()];
      this.isLoaded = true;
      this.sortBy(this.order);
      this.page.describe();
    } catch (error) {
      this.page.failed(error);
    }
  }

  /** The newest definition counts; another one before it is a change. */
  take(root, exchange, tools) {
    for (const { node } of member(root, "result", "tools")?.children ?? []) {
      const name = stringOf(member(node, "name"));
      if (name === undefined) continue;
      const before = tools.get(name);
      const key = canonical(node);
      tools.set(name, {
        name, node, key, isOffered: true, calls: 0, errors: 0, exchange: exchange.exchange,
        bytes: encoder.encode(written(node, "", "").replace(/\n/g, "")).length,
        description: stringOf(member(node, "description")) ?? stringOf(member(node, "title")),
        changed: before && before.key !== key ? exchange.exchange : before?.changed,
      });
    }
  }

  count(rows, tools) {
    for (const row of rows) {
      if (row.method !== "tools/call" || row.name === undefined) continue;
      const tool = tools.get(row.name) ?? { name: row.name, isOffered: false, bytes: 0 };
      Object.assign(tool, { calls: row.count, errors: row.errors, p50: row.p50_us, stats: row });
      tools.set(row.name, tool);
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
      + `${format.counted(format.tokens(bytes), "token")} (four bytes each), ${never} never called`;
  }

  emptyText() {
    return this.isLoaded ? "No tools/list was answered and no tool was called in this session." : "Loading…";
  }

  choose(tool) {
    if (!tool) return;
    const facts = [
      tool.stats ? `${format.counted(tool.calls, "call")}, p50 ${format.duration(tool.stats.p50_us)}, p99 `
        + `${format.duration(tool.stats.p99_us)}, ${format.size(tool.stats.response_bytes)} answered`
          : "never called",
      tool.changed ? `▲ its definition changed within the session, at #${tool.changed}` : undefined,
    ].filter(Boolean);
    replace(this.about,
      h("h2", { class: "details-title" }, format.oneLine(tool.name, 200)),
      h("p", { class: "dim" }, facts.join(" · ")),
      h("button", { type: "button", class: "tool wordy", onclick: () => this.showCalls(tool) },
        "its calls (Enter)"),
      tool.description ? h("pre", { class: "text", tabIndex: 0 }, format.block(tool.description)) : undefined,
      tool.node ? new JsonView(tool.node, { label: "definition", depth: 4 }).element
        : h("p", { class: "notice" }, "It was called, but no tools/list of this session offered it."));
  }

  showCalls(tool) {
    if (tool) this.page.showFiltered(`tool:${quoted(tool.name)}`);
  }

  apply() {
    this.grid.draw();
  }

  pressed(key) {
    return this.grid.act(key);
  }

  focus() {
    this.grid.focus();
  }

  changed() {
    return this.load();
  }

  close() {
    this.grid.close();
  }
}
