// The state of the page as the URL's fragment, so that every state can be linked to.

/**
 * r run, s session, v view, i exchange, m message, q filter, t stretch of time, o order, d part of the
 * details, c exchange to compare with, f text that is found inside the details, e exchanges that are
 * unfolded, y order of figures, tools or sessions, n tool that is chosen, l lanes ("on"), k kind of times,
 * a row that is selected, where what is open does not name it.
 */
const KEYS = ["r", "s", "v", "i", "m", "q", "t", "o", "d", "c", "f", "e", "y", "n", "l", "k", "a"];

/** Reads `#token=…&s=…&i=…`. Unknown members are dropped, so nothing of the token stays in the state. */
export function parseFragment(hash) {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  const state = {};
  for (const key of KEYS) {
    const value = fields.get(key);
    if (value) state[key] = value;
  }
  return { state, token: fields.get("token") ?? undefined };
}

/** The fragment of a state: members in a fixed order, so equal states have equal links. */
export function fragment(state) {
  const parts = [];
  for (const key of KEYS) {
    const value = state[key];
    if (value === undefined || value === null || value === "") continue;
    // What a fragment may hold is left readable.
    const text = encodeURIComponent(String(value)).replace(/%(3A|2C|2F|40|3E|3C|7C|2A)/g, decodeURIComponent);
    parts.push(`${key}=${text.replace(/%20/g, "+")}`);
  }
  return parts.length === 0 ? "#" : "#" + parts.join("&");
}

/** A stretch of time, `from-to` in microseconds; undefined when it is none. */
export function parseStretch(text) {
  const match = /^(\d{1,15})-(\d{1,15})$/.exec(text ?? "");
  if (!match) return undefined;
  const [from, to] = [Number(match[1]), Number(match[2])];
  return from < to ? { from, to } : undefined;
}
