// Tests of the page's pure modules: `[name, function]`. Node runs them when it is there, the browser always.

import { completions } from "../../../Sources/CViewerPage/page/completions.js";
import { Extent } from "../../../Sources/CViewerPage/page/extent.js";
import { operationFigures } from "../../../Sources/CViewerPage/page/exchange-figures.js";
import { grouped } from "../../../Sources/CViewerPage/page/exchange-groups.js";
import { changesBetween, compareTools } from "../../../Sources/CViewerPage/page/tool-lists.js";
import { sort, sorted } from "../../../Sources/CViewerPage/page/exchange-order.js";
import * as density from "../../../Sources/CViewerPage/page/density.js";
import { summaryOf } from "../../../Sources/CViewerPage/page/entry-rows.js";
import * as filter from "../../../Sources/CViewerPage/page/filter.js";
import * as format from "../../../Sources/CViewerPage/page/format.js";
import * as json from "../../../Sources/CViewerPage/page/json-tree.js";
import * as payload from "../../../Sources/CViewerPage/page/payload.js";
import {
  isFirstRound, ofEntries, ofExchanges, ofRepetition, ofSlowness, ofViolations,
} from "../../../Sources/CViewerPage/page/problems.js";
import { arranged, rowKey } from "../../../Sources/CViewerPage/page/run-groups.js";
import { markStep } from "../../../Sources/CViewerPage/page/run-map.js";
import { stretchesOf, timeLine, without } from "../../../Sources/CViewerPage/page/run-time.js";
import * as route from "../../../Sources/CViewerPage/page/route.js";
import { waitKey, waitsIn } from "../../../Sources/CViewerPage/page/waits.js";
import { block } from "../../../Sources/CViewerPage/page/text-block.js";
import * as statistics from "../../../Sources/CViewerPage/page/statistics.js";

function equal(found, wanted, what = "") {
  const [a, b] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (a !== b) throw new Error(`${what} found ${a}, wanted ${b}`);
}

const exchange = (number, facts = {}) => ({
  exchange: number, asker: "client", method: "tools/call", name: "search", status: "ok",
    start_us: number * 1000,
  duration_us: 100, request_bytes: 10, response_bytes: 20, ...facts,
});

export const tests = [
  ["durations read as in the terminal", () => {
    const cases = [
      [0, "0 µs"], [999, "999 µs"], [999.9, "999 µs"], [1000, "1.00 ms"], [999_999, "999 ms"],
        [1_500_000, "1.50 s"],
      [59_999_999, "59.9 s"], [123_000_000, "2 m 03 s"], [18_120_000_000, "5 h 02 m"],
        [273_600_000_000, "3 d 04 h"],
      [-1500, "-1.50 ms"], [undefined, ""],
    ];
    for (const [us, text] of cases) equal(format.duration(us), text, `${us}:`);
  }],
  ["sizes, counts and offsets read as in the terminal", () => {
    equal([0, 1023, 1024, 1_572_864, 1_048_575_000].map(format.size),
      ["0 B", "1023 B", "1.0 KiB", "1.5 MiB", "999 MiB"]);
    equal([0, 999, 1000, 1_048_576].map(format.count), ["0", "999", "1,000", "1,048,576"]);
    equal(format.offset(12_004_512), "12.004512");
    equal(format.counted(1, "gap") + format.counted(2, "gap"), "1 gap2 gaps");
  }],
  ["a time stamp keeps its microseconds", () => {
    equal(format.instant("1970-01-01T00:00:01.234567Z"), 1_234_567);
    equal(format.instant("1970-01-01T00:00:01Z"), 1_000_000);
    equal(format.instant("nonsense"), 0);
  }],
  ["what a terminal or a browser obeys is shown, not obeyed", () => {
    equal(format.oneLine("a\u001b[31mb\r\nc\u202ed\u0000", 50), "a⟨1B⟩[31mb⏎c⟨202E⟩d⟨00⟩");
    equal(block("a\r\n\tb\u0007"), "a\n\tb⟨07⟩");
    equal(format.oneLine("abcdef", 4), "abc…");
  }],
  ["a later round of an operation is no repeated call", () => {
    equal([exchange(1), exchange(2, { chain: 2 }), exchange(3, { chain: 2 })].map(isFirstRound),
      [true, true, false]);
  }],
  ["an exchange waits for whom its server asked, an operation for the client between its rounds", () => {
    const rows = [
      exchange(1, { duration_us: 9000 }),
      exchange(2, { asker: "server", method: "elicitation/create", parent: 1, duration_us: 500 }),
      exchange(3, { asker: "server", method: "sampling/createMessage", parent: 1, duration_us: undefined }),
      exchange(4, { asker: "server", method: "ping" }),
      exchange(5, { chain: 5 }), exchange(8, { chain: 5 }),
    ];
    equal([...waitsIn(rows)], [
      [" 1", [{ from: 2000, to: 2500, kind: "person", by: 2 },
        { from: 3000, kind: "model", by: 3 }]],
      [" 5", [{ from: 5100, to: 8000, kind: "client", by: 8 }]],
    ]);
    equal(waitsIn(rows, () => "elicitation/create").get(" 5")[0].kind, "person");
    // Of another session with the same numbers it is another one.
    equal([...waitsIn(rows.map((row) => ({ ...row, session: "a" }))).keys()], ["a 1", "a 5"]);
  }],
  ["counts are spread over other parts, each with its share", () => {
    equal([...density.spread([4, 0, 2, 2], 2)], [4, 4]);
    equal([...density.spread([3, 6], 3)], [2, 3, 4]);
    equal([...density.spread([2, 8], 4, 0.5)], [2, 8, 0, 0]);
    equal([...density.spread([], 2)], [0, 0]);
    const odd = [...density.spread(new Array(512).fill(10), 421)];
    equal([Math.round(odd.reduce((a, b) => a + b)), odd.every((one) => Math.abs(one - 5120 / 421) < 1e-6)],
      [5120, true]);
  }],
  ["a short list scrolls pixel by pixel", () => {
    const extent = new Extent(100, 24, 240);
    equal([extent.height, extent.isScaled, extent.position(240), extent.scrollTop(240)],
      [2400, false, 240, 240]);
    equal(extent.window(240, 0), { first: 10, end: 20 });
    equal([extent.reveal(5, 240), extent.reveal(25, 240), extent.reveal(12, 240)], [120, 384, 240]);
  }],
  ["a list higher than an element scrolls to its last row, and back to the same place", () => {
    const extent = new Extent(2_000_000, 24, 500, 1_000_000);
    equal([extent.isScaled, extent.height], [true, 1_000_000]);
    equal(extent.position(1_000_000 - 500), 2_000_000 * 24 - 500);
    equal(extent.window(extent.end, 0).end, 2_000_000);
    for (const row of [0, 1, 777_777, 1_999_999]) {
      const position = extent.clamp(row * 24);
      const again = extent.position(extent.scrollTop(position));
      if (Math.abs(again - position) > 1) throw new Error(`row ${row} came back ${again - position} px off`);
    }
  }],
  ["the state goes into the address and back, and the token does not", () => {
    const state = { s: "7k2f", v: "messages", i: "14", q: "tool:get_* >250ms | \"a b\"&=#%", t: "1-200" };
    equal(route.parseFragment(route.fragment(state)), { state: { ...state }, token: undefined });
    const parsed = route.parseFragment("#token=secret&s=abc&evil=1");
    equal(parsed, { state: { s: "abc" }, token: "secret" });
    equal(route.fragment(parsed.state), "#s=abc");
    equal(route.fragment({}), "#");
    equal([route.parseStretch("5-7"), route.parseStretch("7-5"), route.parseStretch("x")],
      [{ from: 5, to: 7 }, null, null]);
  }],
  ["a filter that the program reads has no mark", () => {
    const right = [
      "", "tool:search", "tool:get_*,fetch -status:ok", "(a | b) NOT c", "duration:250ms..",
        "duration:10ms..1s >250ms",
      "size:1MB.. <3KiB", "since:2h", "\"two words\" 'x'", "http://example.test/x", "tool:a|b",
        "tool:a|status:ok",
      "since:2026-11-23", "since:2026-11-23T14:05Z", "since:'2026-11-23 14:05:06.5'", "since:2d..1d",
      "since:..1d",
      "a || b", "STATUS:ok", "kind:gap,stderr", "> 250ms", "size:..5", "a OR b AND c", "--x", "tool:\"a b\"",
    ];
    for (const text of right) equal(filter.problem(text), undefined, `${text}:`);
  }],
  ["a wrong filter is marked where it is wrong", () => {
    const wrong = [
      ["statu:ok", 0, 6], ["tool:", 0, 5], ["a status:bad", 9, 12], ["duration:250ms", 9, 14],
        ["duration:5x..", 9, 13],
      ["(a", 0, 1], ["a)", 1, 2], ["a OR", 2, 4], ["| a", 0, 1], ["\"open", 0, 5], ["tool:a,", 6, 7],
        ["size:..", 5, 7],
      [">x", 0, 2], ["NOT", 0, 3], ["a | | b", 4, 5], ["()", 1, 2], ["since:1", 6, 7],
      ["since:2026-13-01", 6, 16], ["since:..", 6, 8], ["since:2d..x", 6, 11],
    ];
    for (const [text, start, end] of wrong) {
      const found = filter.problem(text);
      equal([found?.start, found?.end], [start, end], `${text}:`);
    }
    equal(filter.problem("statu:ok").hint, "did you mean status:?");
  }],
  ["words, their values and names that occur are completed", () => {
    const texts = (text, names) => completions(text, text.length,
      names).items.map((item) => item.text);
    equal(texts("st"), ["status:"]);
    equal(texts("-st"), ["status:"]);
    equal(texts("status:ok,e"), ["error"]);
    equal(texts("tool:get", { tool: ["get_a", "get_b", "put"] }), ["get_a", "get_b"]);
    equal(texts("x status:can"), ["cancelled"]);
    const place = completions("a status:er z", 11);
    equal([place.from, place.to], [9, 11]);
  }],
  ["a value that is no word is quoted", () => {
    equal(["a_b", "a b", "x\"y", "-a", "a,b"].map(filter.quoted),
      ["a_b", "\"a b\"", "\"x\\\"y\"", "\"-a\"", "\"a,b\""]);
  }],
  ["a tree keeps numbers as written, and members that occur twice", () => {
    const root = json.parseTree('{"a":1.0,"b":12345678901234567890,"a":[true,null,"\\u0041"],"c":{}}');
    equal(root.children.map(({ key }) => key), ["a", "b", "a", "c"]);
    equal([root.children[0].node.text, root.children[1].node.text], ["1.0", "12345678901234567890"]);
    equal(json.written(root),
      '{\n  "a": 1.0,\n  "b": 12345678901234567890,\n  "a": [\n    true,\n    null,\n    "A"\n  ],\n'
      + '  "c": {}\n}');
  }],
  ["what is no JSON is no tree", () => {
    for (const text of ["", "{", "[1,]", "{a:1}", "01", "nul", "\"a", "1 2", "[1}", "\"\u0001\"",
        "[".repeat(100_000)]) {
      equal(json.parseTree(text), undefined, `${text.slice(0, 9)}:`);
    }
  }],
  ["a long string is read without a long stack", () => {
    equal(json.parseTree(JSON.stringify("x\\\"\n".repeat(300_000))).value.length, 1_200_000);
  }],
  ["paths read as in jq", () => {
    equal([[], ["params", "a b", 0, "c"], [1]].map(json.pathText), [".", '.params["a b"][0].c', ".[1]"]);
  }],
  ["equal values have equal canonical text", () => {
    const text = (source) => json.canonical(json.parseTree(source));
    equal(text('{"b":1,"a":[1,2]}'), text('{ "a" : [1, 2], "b": 1 }'));
    if (text('{"a":1}') === text('{"a":1.0}')) throw new Error("1 and 1.0 differ on the wire");
  }],
  ["of a large tree a limited number of rows is drawn", () => {
    const root = json.parseTree(JSON.stringify(Array.from({ length: 50 }, (_, index) => index)));
    const { rows, rest } = json.visibleRows(root, () => true, 11);
    equal([rows.length, rest], [11, 40]);
  }],
  ["quantiles and buckets", () => {
    const values = Array.from({ length: 100 }, (_, index) => index + 1);
    equal([0.5, 0.95, 0.99, 1].map((q) => statistics.quantile(values, q)), [50, 95, 99, 100]);
    equal(statistics.quantile([], 0.5), undefined);
    equal(statistics.histogram([1, 2, 3, 7, 900]).map(({ from, count }) => [from, count]).filter(([, n]) =>
      n),
      [[1, 1], [2, 2], [5, 1], [500, 1]]);
    equal(statistics.histogram([0])[0], { from: 0, to: 1, count: 1 });
  }],
  ["slow is slow for its own kind", () => {
    const quick = Array.from({ length: 40 }, (_, index) => exchange(index + 1));
    const slow = exchange(41, { duration_us: 5000 });
    const other = exchange(42, { name: "report", duration_us: 900_000 });
    equal(statistics.slowExchanges([...quick, slow, other]).map((found) => found.exchange.exchange), [41]);
    equal(statistics.slowExchanges(quick), []);
    const rounds = [exchange(42, { duration_us: 1, chain: 42 }),
      exchange(43, { start_us: 9_000_000, duration_us: 1, chain: 42 })];
    equal(statistics.slowExchanges([...quick, ...rounds]).map((found) => found.exchange.exchange), [42]);
  }],
  ["slow is what the configuration says, too", () => {
    const told = (list, least) => ofSlowness(list, least).map((row) => [row.exchange, row.text]);
    const long = [exchange(1, { duration_us: 2_000_000 }), exchange(2, { duration_us: 3_500_000 }),
      exchange(3, { name: "report", duration_us: 2_500_000 }), exchange(4, { duration_us: 1_999_999 }),
      exchange(5, { method: "subscriptions/listen", duration_us: 9_000_000 })];
    equal(told(long, 2_000_000), [
      [2, "tools/call search took 2.00 s or longer 2 times, 3.50 s at most: #1 #2"],
      [3, "tools/call report took 2.00 s or longer once: 2.50 s"]]);
    equal(told(long, undefined), []);
    // Said already, with more about it.
    const quick = Array.from({ length: 40 }, (_, index) => exchange(index + 1));
    const slow = exchange(41, { duration_us: 5_000_000 });
    equal(told([...quick, slow], 2_000_000).map(([number]) => number), [41]);
  }],
  ["an operation that was never gone on with was not answered", () => {
    const session = { session: "a", name: "x" };
    const rounds = [exchange(1, { chain: 1, result_type: "input_required", duration_us: 500 })];
    const told = (list) => {
      const { total } = operationFigures(list.map((one) => ({ session, exchange: one, isFound: true })));
      return [total.count, total.answered, total.never_answered, total.p50_us];
    };
    equal(told(rounds), [1, 0, 1, undefined]);
    equal(told([...rounds, exchange(2, { chain: 1, start_us: 1000, duration_us: 5 })]).slice(0, 3), [1, 1, 0]);
  }],
  ["problems are named with where they are", () => {
    const list = [
      exchange(1, { status: "error", error: { code: -32602, message: "no" } }),
      exchange(2, { status: "tool_error", response_seq: 9 }),
        exchange(3, { status: "pending", duration_us: undefined }),
      exchange(4, { status: "late" }), exchange(5),
    ];
    const found = ofExchanges(list, undefined, new Map([[2, "broken"]]));
    equal(found.map(({ kind, exchange: number }) => [kind, number]),
      [["error", 1], ["tool error", 2], ["unanswered", 3], ["late", 4]]);
    if (!found[1].text.includes("broken")) throw new Error(found[1].text);
    equal(ofRepetition([[exchange(1), "{}"], [exchange(2), "{1}"], [exchange(3), "{}"]]).map((row) =>
      row.exchange), [1]);
    // An operation that was asked for input, and nothing went on with it; one whose second round hangs.
    const asks = { chain: 7, result_type: "input_required" };
    equal(ofExchanges([exchange(7, asks)]).map(({ kind, exchange: number }) => [kind, number]),
      [["unanswered", 7]]);
    equal(ofExchanges([exchange(7, asks), exchange(8, { chain: 7 })]), []);
    const quick = Array.from({ length: 40 }, (_, index) => exchange(index + 1));
    const hangs = exchange(42, { chain: 41, status: "pending", duration_us: undefined, start_us: 200 });
    equal(ofExchanges([...quick, exchange(41, { chain: 41, result_type: "input_required", start_us: 100 }),
      hangs], 90_000_000).map(({ kind, exchange: number }) => [kind, number]), [["pending", 42]]);
    equal(ofEntries([{ kind: "gap", seq: 4, t_us: 1, reason: "full", c2s_bytes: 3 },
      { kind: "foreign", seq: 5, t_us: 2, dir: "s2c", preview: "hi" }]).map(({ kind, seq }) => [kind, seq]),
    [["gap", 4], ["foreign line", 5]]);
    equal(ofViolations([{ rule: "duplicate_id", seq: 8, t_us: 3, exchange: 2, text: "again" },
      { rule: "header_mismatch", seq: 9, t_us: 4, text: "<b>" }]).map(({ kind, seq, exchange: number }) =>
      [kind, seq, number]), [["duplicate id", 8, 2], ["header mismatch", 9, undefined]]);
  }],
  ["rows are sorted, and what has no value comes last either way", () => {
    const list = [exchange(1, { duration_us: 5 }), exchange(2, { duration_us: undefined }),
      exchange(3, { duration_us: 1 })];
    equal(sort(list, "duration").map((row) => row.exchange), [3, 1, 2]);
    equal(sort(list, "-duration").map((row) => row.exchange), [1, 3, 2]);
    // An operation of several rounds took what all of them took together with what lay between.
    const chain = [exchange(1, { duration_us: 60 }), exchange(2, { start_us: 10, duration_us: 5, chain: 2 }),
      exchange(3, { start_us: 100, duration_us: 9, chain: 2 })];
    equal(sort(chain, "-duration").map((row) => row.exchange), [2, 1, 3]);
    equal(sort([...chain.slice(0, 2), { ...chain[2], duration_us: undefined }], "-duration")
      .map((row) => row.exchange), [1, 2, 3]);
    // What every object has is no column.
    for (const order of ["nothing", "-hasOwnProperty", "__proto__"]) {
      equal(sort(list, order).map((row) => row.exchange), [1, 2, 3]);
    }
  }],
  ["a row of a message keeps no payload", () => {
    const row = summaryOf({ seq: 1, kind: "response", bytes: 9,
      msg: { result: { isError: true, text: "x".repeat(9999) } } });
    equal([row.isError, row.msg, row.preview.length <= 240], [true, undefined, true]);
  }],
  ["hex has offsets, two halves and characters", () => {
    const [line, last] = payload.hexLines(Uint8Array.from({ length: 17 }, (_, index) => index + 0x3c));
    equal(line, "00000000  3c 3d 3e 3f 40 41 42 43  44 45 46 47 48 49 4a 4b  <=>?@ABCDEFGHIJK");
    equal(last.slice(0, 12), "00000010  4c");
  }],
  ["only raster pictures are pictures", () => {
    const type = (text) => payload.pictureType(payload.decodeBase64(text) ?? new Uint8Array());
    equal(type("iVBORw0KGgoAAAAN"), "image/png");
    equal(type("/9j/4AAQ"), "image/jpeg");
    equal(type("R0lGODlh"), "image/gif");
    equal(type("UklGRgAAAABXRUJQ"), "image/webp");
    equal(type(btoa("<svg onload=alert(1)>")), undefined);
    equal(payload.decodeBase64("%%%"), undefined);
  }],
  ["a curl command is one a shell takes literally", () => {
    const head = { method: "POST", target: "/mcp", fields: [["Host", "127.0.0.1:1"], ["X-A", "it's $HOME"],
      ["authorization", "[redacted]", "masked", 9], ["Content-Length", "5"]] };
    equal(payload.curlCommand("{'a'}", head).split(" \\\n  "), ["curl -sS -X POST", "http://127.0.0.1:1/mcp",
      "-H 'X-A: it'\\''s $HOME'", "-H 'authorization: <authorization: was not recorded>'",
        "--data-raw '{'\\''a'\\''}'"]);
  }],
  ["sessions of a run stand under it, where the newest is", () => {
    const sessions = ["d", "c", "b", "a"].map((session) => ({ session, exchanges: 2, errors: 1,
      tool_errors: 1, gaps: 0, duration_us: 5 }));
    const runs = [{ run: "a", sessions: ["a", "c"] }, { run: "d", sessions: ["d"] }];
    equal(arranged(sessions, runs).map(rowKey), ["d", "run a", "c", "a", "b"]);
    const [, row, first] = arranged(sessions, runs);
    equal([first.inRun, row.exchanges, row.errors, row.tool_errors, row.live], ["a", 4, 2, 2, false]);
    equal(arranged(sessions, []).map(rowKey), ["d", "c", "b", "a"]);
  }],
  ["an instant of a run belongs to the first that holds", () => {
    const none = { servers: [], person: [], model: [], client: [], startup: [] };
    const one = { ...none, servers: [{ from: 10, to: 20 }], startup: [{ from: 0, to: 12 }] };
    const two = { ...none, person: [{ from: 15, to: 30 }], client: [{ from: 25, to: 35 }] };
    equal(timeLine([one, two], 40).map(({ from, to, kind }) => `${from}-${to} ${kind}`),
      ["0-10 startup", "10-20 servers", "20-30 person", "30-35 client", "35-40 outside"]);
    equal(timeLine([], 5), [{ from: 0, to: 5, kind: "outside" }]);
  }],
  ["what a server asks back is no work of the server's", () => {
    const rows = [
      exchange(1, { method: "initialize", duration_us: 500, start_us: 0 }),
      exchange(2, { start_us: 1000, duration_us: 1000 }),
      exchange(3, { asker: "server", method: "elicitation/create", parent: 2, start_us: 1200,
        duration_us: 300 }),
      exchange(4, { chain: 4, start_us: 3000, duration_us: 100 }),
      exchange(5, { chain: 4, start_us: 3400, duration_us: undefined }),
      exchange(6, { method: "subscriptions/listen", start_us: 3500, duration_us: undefined }),
    ];
    const found = stretchesOf(rows, 0, 4000, () => "sampling/createMessage");
    equal(found.servers, [{ from: 1000, to: 1200 }, { from: 1500, to: 2000 }, { from: 3000, to: 3100 },
      { from: 3400, to: 4000 }]);
    equal([found.person, found.model, found.startup],
      [[{ from: 1200, to: 1500 }], [{ from: 3100, to: 3400 }], [{ from: 0, to: 500 }]]);
    equal(without({ from: 0, to: 10 }, [{ from: 8, to: 12 }, { from: 2, to: 4 }, { from: 3, to: 5 }]),
      [{ from: 0, to: 2 }, { from: 5, to: 8 }]);
  }],
  ["marks of a time line are round and few", () => {
    equal([markStep(19_451_232, 9), markStep(1000, 10), markStep(1, 4)], [5_000_000, 100, 1]);
  }],
  ["rounds and questions stand under what they belong to", () => {
    const rows = [exchange(1, { chain: 1 }), exchange(2), exchange(3, { asker: "server", parent: 2 }),
      exchange(4, { chain: 1 }), exchange(5, { asker: "server", parent: 4 }), exchange(6, { chain: 1 })];
    const { rows: order, places, isMoved } = grouped(rows);
    equal(order.map((row) => row.exchange), [1, 4, 5, 6, 2, 3]);
    equal([1, 4, 5, 6, 2].map((number) => places.get(waitKey(exchange(number)))), [
      { depth: 0, round: 1, rounds: 3 }, { depth: 1, round: 2, rounds: 3 },
      { depth: 2, round: 1, rounds: 1 }, { depth: 1, round: 3, rounds: 3 },
      { depth: 0, round: 1, rounds: 1 }]);
    equal([isMoved, grouped(rows.slice(0, 3)).isMoved], [true, false]);
    // What it belongs to is not shown: it stands by itself.
    equal(grouped(rows.slice(3)).rows.map((row) => row.exchange), [4, 5, 6]);
  }],
  ["exchanges of another session do not belong to one of the same number", () => {
    const rows = [exchange(1, { session: "a", chain: 1 }), exchange(1, { session: "b" }),
      exchange(2, { session: "b", asker: "server", parent: 1 }), exchange(2, { session: "a", chain: 1 })];
    const { rows: order, places } = grouped(rows);
    equal(order.map((row) => row.session + row.exchange), ["a1", "a2", "b1", "b2"]);
    equal(order.map((row) => places.get(waitKey(row)).rounds), [2, 2, 1, 1]);
  }],
  ["definitions are compared by place", () => {
    const tree = (value) => json.parseTree(JSON.stringify(value));
    const changes = (before, after) => changesBetween(tree(before), tree(after));
    equal(changes({ a: 1, b: [1, 2], c: { d: "x" } }, { a: 1, b: [1, 3], c: {} }),
      [{ path: ".b[1]", before: "2", after: "3" }, { path: ".c.d", before: '"x"' }]);
    equal(changes([1], [1, 2]), [{ path: ".[1]", after: "2" }]);
    equal(changes([1, 2, 3], [3, 1, 2]), [{ path: ".[2]", before: "at 2", after: "at 0" }]);
    equal(changes({ d: "one\ntwo" }, { d: "one\n2" }),
      [{ path: ".d", before: '"one\\ntwo"', after: '"one\\n2"' }]);
    equal(changes(1, "x"), [{ path: ".", before: "1", after: '"x"' }]);
    equal(changes({ a: 1, b: 2 }, { b: 2, a: 1 }), []);
    const tools = (isWhole, ...names) => ({ isWhole,
      tools: new Map(names.map((name) => [name, { key: name, node: tree({ name }) }])) });
    const kinds = (before, now) =>
      [...compareTools(before, now)].map(([name, { kind }]) => `${name} ${kind}`);
    equal(kinds(tools(true, "a", "b"), tools(true, "b", "c")), ["c added", "a removed"]);
    equal(kinds(tools(false, "a", "b"), tools(false, "b", "c")), []);
  }],
];
