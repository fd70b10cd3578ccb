// What differs between two JSON values, as rows that stand side by side: what was added, removed, changed,
// moved. Equal neighbours are one row.

import { canonical, member, parseTree, stringOf } from "./json-tree.js";

/** Cells of the table that finds the longest common run; beyond it items are paired by their place. */
const TABLE_LIMIT = 4_000_000;
/** Members that name an item of a list, the first that all items have. */
const NAMES = ["name", "uri", "uriTemplate", "id", "key"];

/**
 * Pairs of `[left, right]` places of two lists in order: both where the items are equal, one alone where
 * nothing pairs with it. The longest common run decides.
 */
export function aligned(left, right) {
  const pairs = [];
  let start = 0;
  while (start < left.length && start < right.length && left[start] === right[start]) start += 1;
  let [leftEnd, rightEnd] = [left.length, right.length];
  while (leftEnd > start && rightEnd > start && left[leftEnd - 1] === right[rightEnd - 1]) {
    leftEnd -= 1;
    rightEnd -= 1;
  }
  for (let at = 0; at < start; at += 1) pairs.push([at, at]);
  pairs.push(...between(left, right, start, leftEnd, rightEnd));
  for (let at = leftEnd; at < left.length; at += 1) pairs.push([at, at - leftEnd + rightEnd]);
  return pairs;
}

function between(left, right, start, leftEnd, rightEnd) {
  const [rows, columns] = [leftEnd - start, rightEnd - start];
  const pairs = [];
  if (rows * columns > TABLE_LIMIT) {
    for (let at = 0; at < Math.max(rows, columns); at += 1) {
      const isEqual = at < rows && at < columns && left[start + at] === right[start + at];
      if (isEqual) pairs.push([start + at, start + at]);
      if (!isEqual && at < rows) pairs.push([start + at, undefined]);
      if (!isEqual && at < columns) pairs.push([undefined, start + at]);
    }
    return pairs;
  }
  const width = columns + 1;
  const longest = new Uint32Array((rows + 1) * width);
  for (let row = rows - 1; row >= 0; row -= 1) {
    for (let column = columns - 1; column >= 0; column -= 1) {
      longest[row * width + column] = left[start + row] === right[start + column]
        ? longest[(row + 1) * width + column + 1] + 1
        : Math.max(longest[(row + 1) * width + column], longest[row * width + column + 1]);
    }
  }
  let [row, column] = [0, 0];
  while (row < rows || column < columns) {
    if (row < rows && column < columns && left[start + row] === right[start + column]) {
      pairs.push([start + row++, start + column++]);
    } else if (column >= columns || (row < rows
        && longest[(row + 1) * width + column] >= longest[row * width + column + 1])) {
      pairs.push([start + row++, undefined]);
    } else {
      pairs.push([undefined, start + column++]);
    }
  }
  return pairs;
}

/**
 * Rows for two lists of texts: `{kind, left, right, from, to}` with places; `kind` is `same`, `removed`,
 * `added`, or `moved` for what stands elsewhere on the other side.
 */
export function listRows(left, right) {
  const rows = aligned(left, right).map(([from, to]) =>
    ({ kind: to === undefined ? "removed" : from === undefined ? "added" : "same", from, to }));
  const added = new Map();
  for (const row of rows) {
    if (row.kind === "added") added.set(right[row.to], [...(added.get(right[row.to]) ?? []), row]);
  }
  for (const row of rows) {
    const twin = row.kind === "removed" ? added.get(left[row.from])?.shift() : undefined;
    if (!twin) continue;
    Object.assign(row, { kind: "moved", elsewhere: twin.to });
    Object.assign(twin, { kind: "moved", elsewhere: row.from });
  }
  return rows;
}

/** Texts cut into words and what is between them, for a difference within a line. */
export function wordParts(left, right) {
  const cut = (text) => text.match(/[\p{L}\p{N}_]+|\s+|./gsu) ?? [];
  const [before, after] = [cut(left), cut(right)];
  const sides = { left: [], right: [] };
  const put = (list, text, isOwn) => {
    const last = list.at(-1);
    if (last && last.isOwn === isOwn) last.text += text;
    else list.push({ text, isOwn });
  };
  for (const [from, to] of aligned(before, after)) {
    const isOwn = from === undefined || to === undefined;
    if (from !== undefined) put(sides.left, before[from], isOwn);
    if (to !== undefined) put(sides.right, after[to], isOwn);
  }
  return sides;
}

/**
 * The rows: `{depth, key, kind, left, right}`. `kind` is `same` (with `equal`, the rows behind it), `added`,
 * `removed`, `changed`, `moved` (with `elsewhere`, its place on the other side), `open` for a value whose
 * members follow, `lines` for texts that differ by lines (with `lines`).
 */
export function differences(left, right) {
  const rows = [];
  compare(undefined, left, right, 0, rows);
  return rows;
}

function compare(key, left, right, depth, rows) {
  if (left === undefined || right === undefined) {
    rows.push({ depth, key, kind: left === undefined ? "added" : "removed", left, right });
  } else if (canonical(left) === canonical(right)) {
    same(rows, { depth, key, left, right });
  } else if (left.kind === right.kind && left.children) {
    rows.push({ depth, key, kind: "open", left, right });
    if (left.kind === "object") members(left, right, depth + 1, rows);
    else items(left, right, depth + 1, rows);
  } else if (left.kind === "string" && right.kind === "string") {
    strings(key, left, right, depth, rows);
  } else {
    rows.push({ depth, key, kind: "changed", left, right });
  }
}

function same(rows, row) {
  const last = rows.at(-1);
  if (last?.kind === "same" && last.depth === row.depth) last.equal.push(row);
  else rows.push({ ...row, kind: "same", equal: [row] });
}

// A name that occurs twice is paired with its own kind: the second with the second.
function members(left, right, depth, rows) {
  const waiting = new Map();
  for (const child of right.children) {
    waiting.set(child.key, [...(waiting.get(child.key) ?? []), child]);
  }
  for (const child of left.children) {
    compare(child.key, child.node, waiting.get(child.key)?.shift()?.node, depth, rows);
  }
  for (const child of right.children) {
    if (waiting.get(child.key)?.includes(child)) compare(child.key, undefined, child.node, depth, rows);
  }
}

function items(left, right, depth, rows) {
  const [before, after] = [left.children, right.children].map((list) => list.map(({ node }) => node));
  const name = NAMES.find((each) => isNamed(before, each) && isNamed(after, each));
  if (name) return namedItems(before, after, name, depth, rows);
  let [gone, come] = [[], []];
  // What was removed and added at one place is items that changed.
  const pair = () => {
    for (let at = 0; at < Math.max(gone.length, come.length); at += 1) {
      compare(gone[at] ?? come[at], before[gone[at]], after[come[at]], depth, rows);
    }
    [gone, come] = [[], []];
  };
  for (const { kind, from, to, elsewhere } of listRows(before.map(canonical), after.map(canonical))) {
    if (kind === "removed") gone.push(from);
    else if (kind === "added") come.push(to);
    else pair();
    const row = { depth, key: from ?? to, left: before[from], right: after[to] };
    if (kind === "same") same(rows, row);
    else if (kind === "moved") rows.push({ ...row, kind, elsewhere });
  }
  pair();
  return undefined;
}

function isNamed(nodes, name) {
  const names = nodes.map((node) => stringOf(member(node, name)));
  return names.length > 0 && !names.includes(undefined) && new Set(names).size === names.length;
}

// Tools, prompts and resources have names: another order is no difference but for its being one.
function namedItems(before, after, name, depth, rows) {
  const [left, right] = [before, after].map((list) => list.map((node) => stringOf(member(node, name))));
  for (const { kind, from, to, elsewhere } of listRows(left, right)) {
    if (kind === "moved" && to !== undefined) continue;
    const key = from ?? to;
    const other = kind === "moved" ? elsewhere : to;
    const [one, two] = [before[from], after[other]];
    if (kind === "moved" && canonical(one) === canonical(two)) {
      rows.push({ depth, key, kind, left: one, right: two, elsewhere });
    } else {
      compare(key, one, two, depth, rows);
    }
  }
}

function strings(key, left, right, depth, rows) {
  const [one, two] = [left, right].map(({ value }) => (/^\s*[[{]/.test(value) ? parseTree(value)
    : undefined));
  if (one && two) {
    // A text that holds JSON is compared as what it holds.
    rows.push({ depth, key, kind: "open", left: one, right: two, isText: true });
    if (canonical(one) === canonical(two)) {
      rows.push({ depth: depth + 1, kind: "changed", left, right });
    } else if (one.kind === two.kind) {
      (one.kind === "object" ? members : items)(one, two, depth + 1, rows);
    } else {
      compare(undefined, one, two, depth + 1, rows);
    }
  } else if (left.value.includes("\n") || right.value.includes("\n")) {
    const lines = listRows(left.value.split("\n"), right.value.split("\n"));
    rows.push({ depth, key, kind: "lines", left, right, lines });
  } else {
    rows.push({ depth, key, kind: "changed", left, right });
  }
}

/** How many rows tell of a difference, by kind. */
export function tally(rows) {
  const found = { added: 0, removed: 0, changed: 0, moved: 0 };
  for (const row of rows) {
    // What moved within a list of texts has a row on either side.
    if (row.kind === "moved") found.moved += row.left && row.right ? 1 : 0.5;
    else if (row.kind === "lines") found.changed += 1;
    else if (row.kind in found) found[row.kind] += 1;
  }
  return found;
}
