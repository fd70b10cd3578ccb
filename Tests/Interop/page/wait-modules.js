// Tests of what a server waits for, in the page as in `mcptape stats`: `[name, function]`.

import { stretchesOf } from "../../../Sources/CViewerPage/page/run-time.js";
import { operationOf, waitedIn } from "../../../Sources/CViewerPage/page/operation-waits.js";
import { waitsIn } from "../../../Sources/CViewerPage/page/waits.js";

function equal(found, wanted, what = "") {
  const [a, b] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (a !== b) throw new Error(`${what} found ${a}, wanted ${b}`);
}

const exchange = (number, start, took, facts = {}) => ({
  exchange: number, asker: "client", method: "tools/call", name: "ask", status: "ok", start_us: start,
  duration_us: took, ...facts,
});
const question = (number, method, start) =>
  exchange(number, start, 300, { asker: "server", method, name: undefined, parent: 1 });

export const tests = [
  ["a ping within an exchange is no wait, in its bar and in its run", () => {
    const rows = [exchange(1, 0, 1000), question(2, "ping", 100)];
    equal([...waitsIn(rows)], []);
    const found = stretchesOf(rows, 0, 1000);
    equal([found.servers, found.client], [[{ from: 0, to: 1000 }], []]);
  }],
  ["a server may ask by any name, also one that every object has", () => {
    const names = ["constructor", "toString", "hasOwnProperty", "__proto__", ""];
    const rows = [exchange(1, 0, 1000), ...names.map((name, index) => question(index + 2, name, 100))];
    equal([...waitsIn(rows)], []);
    const found = stretchesOf(rows, 0, 1000);
    equal([found.servers, found.client], [[{ from: 0, to: 1000 }], []]);
    const rounds = [exchange(1, 0, 10, { chain: 1 }), exchange(2, 20, 10, { chain: 1 })];
    for (const name of names) {
      equal(stretchesOf(rounds, 0, 30, () => name).client, [{ from: 10, to: 20 }]);
      equal(waitsIn(rounds, () => name).get(" 1")[0].kind, "client");
    }
  }],
  ["roots are the client's, and so is a round of which it is not known what it asked", () => {
    const rows = [exchange(1, 0, 1000), question(2, "roots/list", 100), exchange(3, 2000, 10, { chain: 3 }),
      exchange(4, 2500, 10, { chain: 3 })];
    equal([...waitsIn(rows).values()].flat().map(({ kind }) => kind), ["client", "client"]);
    const found = stretchesOf(rows, 0, 3000);
    equal(found.client, [{ from: 100, to: 400 }, { from: 2010, to: 2500 }]);
  }],
  ["what the server worked is what nobody was waited for, questions at once once", () => {
    const rows = [exchange(1, 0, 1000), question(2, "elicitation/create", 100), question(3, "roots/list",
      200), question(4, "ping", 600), exchange(9, 2000, 5)];
    const { waits, ...figures } = waitedIn(operationOf(rows[0], rows));
    equal(figures, { begin: 0, took: 1000, server: 600 });
    equal(waits.map(({ kind, by }) => [kind, by]), [["person", 2], ["client", 3]]);
  }],
  ["rounds are one operation, whichever is asked for", () => {
    const rows = [exchange(5, 100, 10, { chain: 5 }), exchange(6, 200, 50, { chain: 5 })];
    for (const row of rows) {
      const { waits, ...figures } = waitedIn(operationOf(row, rows), () => "elicitation/create");
      equal(figures, { begin: 100, took: 150, server: 60 });
      equal(waits, [{ from: 110, to: 200, kind: "person", by: 6 }]);
    }
    const open = [rows[0], { ...rows[1], duration_us: undefined }];
    equal(waitedIn(operationOf(open[0], open)).took, undefined);
  }],
];
