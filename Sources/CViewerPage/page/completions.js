// What could come next in a filter.

import { quoted, WORDS } from "./filter.js";

/**
 * What could stand at the cursor: `{from, to, items: [{text, note}]}`; `from…to` is what an item replaces.
 * `names` gives values that occur: `{tool: […], method: […]}`. `isAsked`: all words, where none is begun too.
 */
export function completions(text, cursor, names = {}, isAsked = false) {
  const head = /[^\s()|]*$/.exec(text.slice(0, cursor))[0];
  const from = cursor - head.length;
  const typed = head.replace(/^-/, "");
  const start = from + (head.length - typed.length);
  const value = /^([A-Za-z_]+):(?:.*,)?([^,]*)$/s.exec(typed);
  if (!value) {
    const items = Object.keys(WORDS)
      .filter((word) => (typed !== "" || isAsked) && word.startsWith(typed.toLowerCase()))
      .map((word) => ({ text: word + ":", note: WORDS[word].example ?? WORDS[word].choices.join(" ") }));
    return { from: start, to: cursor, items };
  }
  const word = WORDS[value[1].toLowerCase()];
  if (!word) return { from: cursor, to: cursor, items: [] };
  const choices = word.choices ?? word.usual ?? (names[value[1].toLowerCase()] ?? []).map(quoted);
  const items = choices
    .filter((choice) => begins(choice, value[2]) && choice !== value[2])
    .slice(0, 12)
    .map((choice) => ({ text: choice, note: "" }));
  if (items.length === 0 && word.example && value[2] === "") {
    items.push({ text: "", note: `for example ${word.example}` });
  }
  return { from: cursor - value[2].length, to: cursor, items };
}

// A value with spaces is found by its letters too: its quotes need not be typed first.
function begins(choice, typed) {
  const [whole, part] = [choice.toLowerCase(), typed.toLowerCase()];
  return whole.startsWith(part) || (whole.startsWith('"') && whole.slice(1).startsWith(part));
}
