// Where one goes from the selected exchange: nearer to it, or to another one like it.

import { toast } from "./dom.js";
import * as format from "./format.js";

/** To the exchange with as much time on either side. */
export function zoom(table) {
  const exchange = table.selectedRow();
  if (!exchange) return toast("select an exchange to zoom to");
  const length = Math.max(1000, exchange.duration_us ?? table.end - exchange.start_us);
  return table.brush({
    from: Math.max(0, Math.floor(exchange.start_us - length)),
    to: Math.min(table.end + 1, Math.ceil(exchange.start_us + 2 * length)),
  });
}

/** To the next or previous exchange of the same method and name. */
export function sameKind(table, step) {
  const now = table.selectedRow();
  if (!now) return;
  const isSame = (other) => other.session === now.session && other.method === now.method
    && other.name === now.name && other.asker === now.asker;
  const name = format.oneLine(String(now.name ?? now.method), 100);
  table.seek(step, isSame, `no ${step > 0 ? "later" : "earlier"} call of ${name}`);
}
