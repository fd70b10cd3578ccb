// When exchanges wait for somebody else: for a person or a model that their server asked for, or for the
// client between two rounds of one operation.

// A server may call its method whatever an object has a member for.
const WAITS = new Map([["elicitation/create", "person"], ["sampling/createMessage", "model"],
  ["roots/list", "client"]]);

/** Who is waited for while a request of the server's is open: as in `mcptape stats`, nobody for a ping. */
export function waitOf(method) {
  return WAITS.get(method);
}

/** Names an exchange, also among those of several sessions. */
export const waitKey = ({ session, exchange }) => `${session ?? ""} ${exchange}`;

/**
 * `waitKey → [{from, to, kind, by}]`; `to` is undefined while nobody answered, `by` is the question or the
 * round that ends it. `exchanges` by number; `asked(exchange)` is the method that an answer asks the client
 * for, where its result is not complete.
 */
export function waitsIn(exchanges, asked = () => undefined) {
  const found = new Map();
  const add = (session, exchange, wait) => {
    const key = waitKey({ session, exchange });
    found.set(key, [...(found.get(key) ?? []), wait]);
  };
  const endOf = (one) => (one.duration_us === undefined ? undefined : one.start_us + one.duration_us);
  const rounds = new Map();
  for (const one of exchanges) {
    const { session, parent, chain, asker } = one;
    if (asker === "server") {
      const kind = waitOf(one.method);
      // Without a parent nobody knows which exchange waits.
      if (parent !== undefined && kind) {
        add(session, parent, { from: one.start_us, to: endOf(one), kind, by: one.exchange });
      }
    } else if (chain !== undefined) {
      const key = waitKey({ session, exchange: chain });
      const before = rounds.get(key);
      const from = before && endOf(before);
      if (from !== undefined) {
        const kind = waitOf(asked(before)) ?? "client";
        add(session, before.exchange, { from, to: one.start_us, kind, by: one.exchange });
      }
      rounds.set(key, one);
    }
  }
  return found;
}
