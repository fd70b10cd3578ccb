// JSON as a tree that keeps what JSON.parse loses: numbers as they were written, members that occur twice.

/** Nesting beyond this is shown as text; every level is a frame of this parser. */
const DEPTH_LIMIT = 500;

/**
 * Reads JSON text into nodes `{kind, text | value | children: [{key, node}]}`; undefined when it is none.
 * The items of a list at the root also say `from` and `to`, their place in the text.
 */
export function parseTree(text) {
  const reader = new TreeReader(text);
  try {
    const node = reader.value(0);
    reader.space();
    return reader.at === text.length ? node : undefined;
  } catch (error) {
    // What a browser cannot hold is no tree; its bytes are there all the same.
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

class TreeReader {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  space() {
    while (" \t\n\r".includes(this.text[this.at] ?? "x")) this.at += 1;
  }

  value(depth) {
    if (depth > DEPTH_LIMIT) throw new SyntaxError("nested too deeply");
    this.space();
    const start = this.at;
    const first = this.text[start];
    if (first === "{") return this.object(depth);
    if (first === "[") return this.array(depth);
    if (first === '"') return { kind: "string", value: this.string() };
    const token = /[-+.\w]*/y;
    token.lastIndex = start;
    const written = token.exec(this.text)[0];
    this.at += written.length;
    if (written === "true" || written === "false") return { kind: "boolean", text: written };
    if (written === "null") return { kind: "null", text: written };
    if (!/^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/.test(written)) throw new SyntaxError("no value");
    return { kind: "number", text: written };
  }

  string() {
    const start = this.at;
    // No regular expression: it keeps a place to go back to for each character, and strings are long.
    let end = this.text.indexOf('"', start + 1);
    while (end >= 0 && this.isEscaped(end, start)) end = this.text.indexOf('"', end + 1);
    if (end < 0) throw new SyntaxError("a string without an end");
    this.at = end + 1;
    return JSON.parse(this.text.slice(start, this.at));
  }

  /** Whether an odd number of backslashes stands before `at`, in the string that begins at `start`. */
  isEscaped(at, start) {
    let before = at - 1;
    while (before > start && this.text[before] === "\\") before -= 1;
    return (at - before) % 2 === 0;
  }

  object(depth) {
    return this.list("object", "}", () => {
      this.space();
      if (this.text[this.at] !== '"') throw new SyntaxError("no name");
      const key = this.string();
      this.space();
      if (this.text[this.at] !== ":") throw new SyntaxError("no colon");
      this.at += 1;
      return { key, node: this.value(depth + 1) };
    });
  }

  array(depth) {
    let index = 0;
    return this.list("array", "]", () => {
      this.space();
      const from = this.at;
      const node = this.value(depth + 1);
      // Of a batch each message is a text of its own.
      return { key: index++, node: depth === 0 ? Object.assign(node, { from, to: this.at }) : node };
    });
  }

  list(kind, close, child) {
    const children = [];
    this.at += 1;
    this.space();
    if (this.text[this.at] === close) {
      this.at += 1;
      return { kind, children };
    }
    for (;;) {
      children.push(child());
      this.space();
      const separator = this.text[this.at];
      this.at += 1;
      if (separator === close) return { kind, children };
      if (separator !== ",") throw new SyntaxError("no comma");
    }
  }
}

/** The same as text, indented; numbers as they were. */
export function written(node, indent = "", step = "  ") {
  if (node.kind === "string") return JSON.stringify(node.value);
  if (node.text !== undefined) return node.text;
  const [open, close] = node.kind === "object" ? ["{", "}"] : ["[", "]"];
  if (node.children.length === 0) return open + close;
  const inner = indent + step;
  const lines = node.children.map(({ key, node: child }) => {
    const name = node.kind === "object" ? JSON.stringify(key) + ": " : "";
    return inner + name + written(child, inner, step);
  });
  return `${open}\n${lines.join(",\n")}\n${indent}${close}`;
}

/** A path as jq and JavaScript write it: `.params.arguments["a b"][0]`. */
export function pathText(path) {
  if (path.length === 0) return ".";
  const parts = path.map((key) => {
    if (typeof key === "number") return `[${key}]`;
    return /^[A-Za-z_]\w*$/.test(key) ? "." + key : `[${JSON.stringify(key)}]`;
  });
  return parts[0].startsWith("[") ? "." + parts.join("") : parts.join("");
}

/** The child by that name, the last of several as other readers of JSON have it; undefined for none. */
export function member(node, ...path) {
  let found = node;
  for (const key of path) found = found?.children?.findLast((child) => child.key === key)?.node;
  return found;
}

/** The names that an object has more than once. */
export function repeatedNames(node) {
  if (node?.kind !== "object") return [];
  const [seen, found] = [new Set(), new Set()];
  for (const { key } of node.children) (seen.has(key) ? found : seen).add(key);
  return [...found];
}

/** Paths of objects that have a name more than once, with that name: at most `limit`. */
export function repeatedPlaces(root, limit) {
  const found = [];
  const visit = (node, path) => {
    for (const key of repeatedNames(node)) if (found.length < limit) found.push([...path, key]);
    for (const { key, node: child } of node.children ?? []) {
      if (found.length >= limit) return;
      if (child.children) visit(child, [...path, key]);
    }
  };
  visit(root, []);
  return found;
}

/** A string's content, or undefined for anything else. */
export function stringOf(node) {
  return node?.kind === "string" ? node.value : undefined;
}

/** Longer lists are drawn in stretches of so many, which unfold like members. */
const CHUNK = 100;

/** Stretches `[from, to)` of a long list of children; undefined when they can be drawn one by one. */
function stretches(from, to) {
  if (to - from <= CHUNK) return undefined;
  let step = CHUNK;
  while ((to - from) / step > CHUNK) step *= CHUNK;
  const found = [];
  for (let at = from; at < to; at += step) found.push([at, Math.min(to, at + step)]);
  return found;
}

function stretchPlace(path, [from, to]) {
  return `${pathText(path)} ${from}-${to}`;
}

/**
 * The places that must be unfolded so that a child is seen: the value itself and the stretches around the
 * child. `position` is its index among `count` children.
 */
export function placesAround(path, position, count) {
  const places = [pathText(path)];
  let list = stretches(0, count);
  while (list) {
    const around = list.find(([from, to]) => position >= from && position < to);
    places.push(stretchPlace(path, around));
    list = stretches(...around);
  }
  return places;
}

/**
 * The rows to draw: `{depth, key, node, path, place, isOpen, count}`, and for a part of a long list
 * `stretch`; `isRepeated` where the name occurs again, `last` for the one that counts, `no` for others.
 * `isOpen(place, depth, node)` decides what is unfolded; `node` is undefined for a stretch. At
 * most `limit` rows are made and `rest` says how many children were left out.
 */
export function visibleRows(root, isOpen, limit = 2000) {
  const rows = [];
  let rest = 0;
  const visit = (key, node, path, depth) => {
    if (rows.length >= limit) {
      rest += 1;
      return undefined;
    }
    const count = node.children?.length ?? 0;
    const place = pathText(path);
    const open = count > 0 && isOpen(place, depth, node);
    const row = { depth, key, node, path, place, isOpen: open, count };
    rows.push(row);
    if (open) list(node, path, depth + 1, 0, count);
    return row;
  };
  const list = (node, path, depth, from, to) => {
    const parts = stretches(from, to);
    if (!parts) {
      const again = new Set(repeatedNames(node));
      for (const child of node.children.slice(from, to)) {
        const row = visit(child.key, child.node, [...path, child.key], depth);
        if (!row || !again.has(child.key)) continue;
        row.isRepeated = member(node, child.key) === child.node ? "last" : "no";
      }
      return;
    }
    for (const stretch of parts) {
      if (rows.length >= limit) {
        rest += stretch[1] - stretch[0];
        continue;
      }
      const place = stretchPlace(path, stretch);
      const open = isOpen(place, depth, undefined);
      rows.push({ depth, key: undefined, node, path, place, isOpen: open, count: stretch[1] - stretch[0],
        stretch });
      if (open) list(node, path, depth + 1, ...stretch);
    }
  };
  visit(undefined, root, [], 0);
  return { rows, rest };
}

/** Equal values have equal text: members in order of their names. */
export function canonical(node) {
  if (node.kind === "string") return JSON.stringify(node.value);
  if (node.text !== undefined) return node.text;
  const parts = node.children.map(({ key, node: child }) =>
    node.kind === "object" ? `${JSON.stringify(key)}:${canonical(child)}` : canonical(child));
  if (node.kind === "object") parts.sort();
  return node.kind === "object" ? `{${parts.join(",")}}` : `[${parts.join(",")}]`;
}
