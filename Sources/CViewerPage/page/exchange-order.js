// In which orders a table has exchanges, and which of them went wrong.

import { isBad, sorted } from "./statistics.js";

export function isBadExchange(exchange) {
  return isBad(exchange.status);
}

const ORDERS = {
  number: (exchange) => exchange.exchange,
  method: (exchange) => `${exchange.method} ${exchange.name ?? ""}`,
  status: (exchange) => exchange.status,
  start: (exchange) => exchange.start_us,
  duration: (exchange) => exchange.duration_us,
  first: (exchange) => exchange.first_event_us,
  in: (exchange) => exchange.request_bytes,
  out: (exchange) => exchange.response_bytes,
};

/** A copy in that order; what is equal stays in the order of its numbers. */
export function sort(exchanges, order) {
  return sorted(exchanges, ORDERS, order);
}
