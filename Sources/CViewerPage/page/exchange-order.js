// In which orders a table has exchanges, and which of them went wrong.

export function isBadExchange(exchange) {
  return isBad(exchange.status);
}

const operationKey = ({ session, exchange, chain }) => `${session ?? ""} ${chain ?? exchange}`;

/** How long each operation of several rounds took, from its first request to its last answer. */
export function operationTimes(exchanges) {
  const found = new Map();
  for (const one of exchanges) {
    if (one.chain === undefined) continue;
    const key = operationKey(one);
    const begin = found.get(key)?.begin ?? one.start_us;
    const took = one.duration_us === undefined ? undefined : one.start_us + one.duration_us - begin;
    found.set(key, { begin, took });
  }
  return found;
}

/** What an exchange's row tells: the time of the whole operation where it begins one, else its own. */
export function tookOf(exchange, times) {
  const operation = exchange.chain === exchange.exchange ? times.get(operationKey(exchange)) : undefined;
  return operation ? operation.took : exchange.duration_us;
}

const ORDERS = {
  number: (exchange) => exchange.exchange,
  method: (exchange) => `${exchange.method} ${exchange.name ?? ""}`,
  status: (exchange) => exchange.status,
  start: (exchange) => exchange.start_us,
  first: (exchange) => exchange.first_event_us,
  in: (exchange) => exchange.request_bytes,
  out: (exchange) => exchange.response_bytes,
};

/** A copy in that order; what is equal stays in the order of its numbers. `times` are `operationTimes`. */
export function sort(exchanges, order, times = operationTimes(exchanges)) {
  return sorted(exchanges, { ...ORDERS, duration: (exchange) => tookOf(exchange, times) }, order);
}

export function isBad(status) {
  return status === "error" || status === "tool_error";
}

/**
 * A copy in the order `column` or `-column` (descending), as `values[column]` gives them; what has no value
 * comes last either way, what is equal stays as it was.
 */
export function sorted(rows, values, order) {
  const column = (order ?? "").replace(/^-/, "");
  // An address may name anything.
  if (!Object.hasOwn(values, column)) return [...rows];
  const value = values[column];
  const sign = order.startsWith("-") ? -1 : 1;
  return [...rows].sort((left, right) => {
    const [a, b] = [value(left), value(right)];
    if (a === b) return 0;
    if (a === undefined) return 1;
    if (b === undefined) return -1;
    return a < b ? -sign : sign;
  });
}
