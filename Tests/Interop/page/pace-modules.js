// Tests of what is counted anew at a pace: `[name, function]`.

import { Paced } from "../../../Sources/CViewerPage/page/paced.js";

function equal(found, wanted, what = "") {
  const [a, b] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (a !== b) throw new Error(`${what} found ${a}, wanted ${b}`);
}

/** A task whose runs the test ends, and a clock that the test turns. */
function paced(facts = {}) {
  const runs = [];
  const pauses = [];
  const clock = { ms: 0 };
  const pace = new Paced(() => new Promise((end, fail) => {
    runs.push({ end, fail });
  }), { ...facts, now: () => clock.ms, later: (resume, ms) => pauses.push({ resume, ms }) });
  return { pace, runs, pauses, clock };
}

export const tests = [
  ["the first is served at once, and the last one after a rest, by one run for all", async () => {
    const { pace, runs, pauses } = paced({ pause: 7 });
    const first = pace.ask();
    equal(runs.length, 1);
    // While it runs, and while it rests.
    pace.ask();
    runs[0].end();
    await first;
    equal([pauses.length, pauses[0].ms, runs.length], [1, 7, 1]);
    for (let count = 0; count < 5; count += 1) await pace.ask();
    equal(runs.length, 1);
    pauses[0].resume();
    equal(runs.length, 2);
    runs[1].end();
    await Promise.resolve();
    await Promise.resolve();
    equal(pauses.length, 2);
    // Nobody asked meanwhile: nothing runs, and the next is served at once again.
    pauses[1].resume();
    equal(runs.length, 2);
    pace.ask();
    equal(runs.length, 3);
  }],
  ["what takes long rests for longer", async () => {
    const { pace, runs, pauses, clock } = paced({ pause: 1000 });
    const first = pace.ask();
    clock.ms = 300;
    runs[0].end();
    await first;
    equal(pauses[0].ms, 1200);
  }],
  ["what fails rests as well", async () => {
    const { pace, runs, pauses } = paced();
    const first = pace.ask();
    runs[0].fail(new Error("gone"));
    let said;
    await first.catch((error) => {
      said = error.message;
    });
    equal([said, pauses.length], ["gone", 1]);
    pace.ask();
    pauses[0].resume();
    equal(runs.length, 2);
  }],
  ["while it is held nobody is served, and then whoever asked is", async () => {
    let isHeld = false;
    const { pace, runs, pauses } = paced({ isHeld: () => isHeld });
    const first = pace.ask();
    pace.ask();
    runs[0].end();
    await first;
    isHeld = true;
    pauses[0].resume();
    equal([runs.length, pauses.length], [1, 2]);
    isHeld = false;
    pauses[1].resume();
    equal(runs.length, 2);
  }],
  ["once it is closed nothing runs any more", async () => {
    const { pace, runs, pauses } = paced();
    const first = pace.ask();
    pace.ask();
    runs[0].end();
    await first;
    pace.close();
    pauses[0].resume();
    pace.ask();
    equal(runs.length, 1);
  }],
];
