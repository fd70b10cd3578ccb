// Tests of the pure modules behind the details: differences, trees of any length, what is copied.

import { ownBody } from "../../../Sources/CViewerPage/page/batch-members.js";
import * as diff from "../../../Sources/CViewerPage/page/json-diff.js";
import * as json from "../../../Sources/CViewerPage/page/json-tree.js";
import { otherText, parseOther } from "../../../Sources/CViewerPage/page/diff-view.js";
import { bytePlaces, hexColumn, textPlaces } from "../../../Sources/CViewerPage/page/raw-view.js";
import { hexLines } from "../../../Sources/CViewerPage/page/payload.js";
import * as recording from "../../../Sources/CViewerPage/page/recording-copy.js";
import * as rule from "../../../Sources/CViewerPage/page/rule-words.js";

function equal(found, wanted, what = "") {
  const [a, b] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (a !== b) throw new Error(`${what} found ${a}, wanted ${b}`);
}

const bytes = (text) => new TextEncoder().encode(text);

/** Rows of a difference in short: `key kind`, and how many equal ones a row stands for. */
function short(left, right) {
  return diff.differences(json.parseTree(left), json.parseTree(right)).map((row) =>
    `${row.key ?? "."} ${row.kind}${row.equal ? ` ${row.equal.length}` : ""}`);
}

export const tests = [
  ["members are added, removed, changed, and equal ones are one row", () => {
    equal(short('{"a":1,"b":2,"c":3,"d":[1]}', '{"d":[1],"b":2,"c":4,"e":5}'),
      [". open", "a removed", "b same 1", "c changed", "d same 1", "e added"]);
    equal(short('{"a":1,"b":2}', '{"b":2,"a":1}'), [". same 1"]);
    equal(short('{"a":1}', "[1]"), [". changed"]);
    equal(short("1.0", "1"), [". changed"]);
  }],
  ["a member that occurs twice is paired with its own kind", () => {
    equal(short('{"a":1,"a":2}', '{"a":1,"a":3}'), [". open", "a same 1", "a changed"]);
    equal(short('{"a":1}', '{"a":1,"a":1}'), [". open", "a same 1", "a added"]);
  }],
  ["an item that was put in shifts nothing else", () => {
    equal(short("[1,2,3,4]", "[1,9,2,3,4]"), [". open", "0 same 1", "1 added", "1 same 3"]);
    equal(short("[1,2,3]", "[1,8,3]"), [". open", "0 same 1", "1 changed", "2 same 1"]);
    const moved = diff.differences(json.parseTree("[1,2,3,4]"), json.parseTree("[4,1,2,3]"))
      .filter(({ kind }) => kind === "moved");
    equal(moved.map(({ left, right, elsewhere }) => [left?.text, right?.text, elsewhere]),
      [[undefined, "4", 3], ["4", undefined, 0]]);
    equal(diff.tally(moved).moved, 1);
  }],
  ["items with names are paired by them", () => {
    const tools = (...names) => JSON.stringify(names.map(([name, text]) => ({ name, text })));
    equal(short(tools(["a", 1], ["b", 2]), tools(["b", 3], ["c", 1])),
      [". open", "0 removed", "1 open", "name same 1", "text changed", "1 added"]);
    equal(short(tools(["a", 1], ["b", 2], ["c", 3]), tools(["c", 3], ["a", 1], ["b", 2])),
      [". open", "0 same 2", "2 moved"]);
  }],
  ["a text that holds JSON is compared as what it holds", () => {
    const text = (value) => JSON.stringify(JSON.stringify(value));
    equal(short(text({ a: 1, b: 2 }), text({ a: 1, b: 3 })), [". open", "a same 1", "b changed"]);
    equal(short('"{\\"a\\":1}"', '"{ \\"a\\":1}"'), [". open", ". changed"]);
    equal(short('"{oh"', '"{ah"'), [". changed"]);
  }],
  ["texts of many lines are compared by lines, and moved ones are told", () => {
    const rows = diff.differences({ kind: "string", value: "a\nb\nc" }, { kind: "string", value: "b\nc\na" });
    equal(rows[0].lines.map(({ kind, from, to }) => [kind, from, to]),
      [["moved", 0, undefined], ["same", 1, 0], ["same", 2, 1], ["moved", undefined, 2]]);
  }],
  ["within a line the words that differ are told", () => {
    equal(diff.wordParts("the old cat", "the new cat"), {
      left: [{ text: "the ", isOwn: false }, { text: "old", isOwn: true }, { text: " cat", isOwn: false }],
      right: [{ text: "the ", isOwn: false }, { text: "new", isOwn: true }, { text: " cat", isOwn: false }],
    });
  }],
  ["lists of any length are compared", () => {
    const list = (from) => Array.from({ length: 5000 }, (_, index) => String(index + from));
    equal(diff.aligned(list(0), list(0)).length, 5000);
    // Too large a table: paired by place, and every item is there once.
    const pairs = diff.aligned(list(0), list(1));
    equal([pairs.filter(([from]) => from !== undefined).length, pairs.filter(([, to]) => to !== undefined)
      .length], [5000, 5000]);
  }],
  ["an exchange to compare with is read and written", () => {
    equal([parseOther("12", "s"), parseOther("s-2@7", "s"), parseOther("x", "s"), parseOther(undefined, "s")],
      [{ session: "s", number: 12 }, { session: "s-2", number: 7 }, undefined, undefined]);
    equal([otherText({ session: "s", number: 3 }, "s"), otherText({ session: "t", number: 3 }, "s")],
      ["3", "t@3"]);
  }],
  ["a list of 100,000 is a few rows, and any item can be reached", () => {
    const root = json.parseTree(JSON.stringify(Array.from({ length: 100_000 }, (_, index) => index)));
    const open = new Set(["."]);
    const rows = () => json.visibleRows(root, (place) => open.has(place)).rows;
    equal(rows().length, 11);
    equal(rows()[1].stretch, [0, 10_000]);
    for (const place of json.placesAround([], 54_321, 100_000)) open.add(place);
    const found = rows().find((row) => !row.stretch && row.key === 54_321);
    equal([found.node.text, rows().length, json.pathText(found.path)], ["54321", 11 + 100 + 100, ".[54321]"]);
    const small = json.parseTree(JSON.stringify(Array.from({ length: 100 }, () => 0)));
    equal(json.visibleRows(small, () => true).rows.length, 101);
  }],
  ["a string may be as long as a message, and full of escapes", () => {
    const long = "x".repeat(64 << 20);
    equal(json.parseTree(`{"a":"${long}"}`).children[0].node.value.length, long.length);
    const escaped = json.parseTree(`["${'\\\\\\"'.repeat(2 << 20)}\\\\","b"]`);
    equal(escaped.children.map(({ node }) => node.value.length), [(4 << 20) + 1, 1]);
    equal(["\\", '\\"', '"\\', '"\\\\"', '"a\\""'].map((text) => json.parseTree(text)?.value),
      [undefined, undefined, undefined, "\\", 'a"']);
  }],
  ["a batch's member has its own bytes, or all where they cannot be told", () => {
    const exchange = { id: 2, method: "ping" };
    const text = '[{"id":1,"result":"é"},{"id":2,"result":"é"}]';
    const whole = (exact, read) =>
      ({ text: read, bytes: exact, size: exact.length, root: json.parseTree(read) });
    const own = ownBody(whole(bytes(text), text), exchange, "response");
    equal([own.text, [...own.bytes], own.batch.at], ['{"id":2,"result":"é"}', [...bytes(own.text)], 1]);
    const broken = Uint8Array.from(bytes(text), (byte) => (byte === 0xc3 ? 0xff : byte));
    const lossy = ownBody(whole(broken, new TextDecoder().decode(broken)), exchange, "response");
    equal([...lossy.bytes], [...broken]);
  }],
  ["of a name that is said twice the last counts, and both are told", () => {
    const root = json.parseTree('{"a":1,"b":[{"c":1,"c":2,"c":3}],"a":2}');
    equal([json.member(root, "a").text, json.member(root, "b", 0, "c").text], ["2", "3"]);
    equal(json.repeatedPlaces(root, 9), [["a"], ["b", 0, "c"]]);
    equal(json.repeatedPlaces(root, 1), [["a"]]);
    equal(json.visibleRows(root, () => true).rows.filter((row) => row.isRepeated)
      .map(({ node, isRepeated }) => [node.text, isRepeated]),
      [["1", "no"], ["1", "no"], ["2", "no"], ["3", "last"], ["2", "last"]]);
  }],
  ["every row that is left out is counted", () => {
    const root = json.parseTree(JSON.stringify(Array.from({ length: 1000 }, (_, index) => index)));
    const { rows, rest } = json.visibleRows(root, () => true, 50);
    equal([rows.length, rest], [50, 1000 - rows.filter((row) => !row.stretch && row.depth > 0).length]);
  }],
  ["a text is found in bytes, by its hexadecimal digits too", () => {
    equal(bytePlaces(bytes("abcabc"), bytes("bc"), 9), [[1, 3], [4, 6]]);
    equal(bytePlaces(bytes("aaa"), bytes("aa"), 9), [[0, 2], [1, 3]]);
    equal(bytePlaces(bytes("abc"), bytes(""), 9), []);
    const text = hexLines(bytes("0123456789abcdefXYZ")).join("\n");
    equal([0, 7, 8, 15, 16, 18].map((at) => text.slice(hexColumn(at), hexColumn(at) + 2)),
      ["30", "37", "38", "66", "58", "5a"]);
    equal(textPlaces("An ant", "an", 9), [[0, 2], [3, 5]]);
    equal(textPlaces("İx", "x", 9), [[1, 2]]);
  }],
  ["a message stands in a file verbatim where it may, else as text or base64", () => {
    equal(recording.bodyMember(bytes('{"a": 1E5}\r')), '"msg":{"a": 1E5}\r');
    equal(recording.bodyMember(bytes("hello")), '"text":"hello"');
    equal(recording.bodyMember(bytes('{"a":"\u2028"}')), '"text":"{\\"a\\":\\"\\u2028\\"}"');
    equal(recording.bodyMember(new Uint8Array([0xff, 0x00])), '"raw_b64":"/wA="');
    equal(recording.fileLine({ seq: 3, t_us: 5, dir: "s2c", kind: "response", stream: 2, eol: "" },
      bytes("{}")), '{"seq":3,"t":5,"dir":"s2c","stream":2,"eol":"","msg":{}}');
  }],
  ["a rule names the place of a value as the program reads it", () => {
    const call = { method: "tools/call", name: "get it", asker: "client" };
    const texts = (side, path, exchange = call) =>
      rule.rulesFor(side, path, exchange).map(({ text }) => text);
    equal(texts("request", ["params", "arguments", "a/b", 0]), ["--ignore 'tool:get it:/arguments/a~1b/0'"]);
    equal(texts("response", ["result", "structuredContent", "id"], { ...call, name: "x" }),
      ["--ignore tool:x:/result/structuredContent/id", "--bind tool:x:/result/structuredContent/id"]);
    equal(texts("request", ["params", "uri"], { method: "resources/read", name: "u", asker: "client" }),
      ["--ignore resources/read:/uri"]);
    equal(texts("request", ["params", "arguments", "*"]), []);
    equal([texts("request", ["params"]), texts("request", ["id"]), texts("response", ["error", "code"])],
      [[], [], []]);
    equal(texts("request", ["params", "a"], { ...call, name: "a:/b" }), ["--ignore /a"]);
  }],
];
