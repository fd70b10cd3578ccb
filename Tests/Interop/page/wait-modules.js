// Tests of what a server waits for, in the page as in `mcptape stats`: `[name, function]`.

import { stretchesOf } from "../../../Sources/CViewerPage/page/run-time.js";
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
];
