// The exchanges of one session, under the strip of its whole time.

import { button, toast } from "./dom.js";
import { ExchangeRows } from "./exchange-rows.js";
import { WHOLE_LIMIT } from "./exchange-store.js";
import { ExchangeTable } from "./exchange-table.js";
import * as format from "./format.js";
import { Minimap } from "./minimap.js";
import { waitKey, waitsIn } from "./waits.js";

/** The strip of a session that is too large to load whole is counted anew when it grew by this share. */
const GROWTH = 0.01;

export class ExchangesView extends ExchangeTable {
  constructor(page) {
    super(page, { name: "exchanges", label: "exchanges", rows: new ExchangeRows(page.store),
      Strip: Minimap });
    this.map.show([], this.end);
    this.searchButton = button("■ stop", "", () => this.stopOrGoOn(), { class: "tool wordy", hidden: true });
    this.extra.unshift(this.searchButton);
    this.rows.onprogress = () => this.progressed();
    this.store.onload = () => this.grid.update();
    this.overview();
  }

  get store() {
    return this.page.store;
  }

  get whatWidth() {
    return 130;
  }

  firstColumns() {
    return [{ key: "number", title: "#", hint: "number", width: Math.max(60,
      40 + 8 * String(this.store.count).length), priority: 0, align: "right", sort: true,
      fill: (cell, exchange) => {
        this.fillNumber(cell, exchange);
        this.addFold(cell, "right", exchange.exchange, "");
      } }];
  }

  keyOf({ i: number }) {
    return Number(number);
  }

  selectedExchange() {
    return this.selectedKey();
  }

  shownAnew() {}

  /** The strip shows a small session out of its exchanges; those of a large one are counted elsewhere. */
  async overview(going) {
    const { store, map } = this;
    try {
      if (!store.isSmall) await this.count(going);
      else {
        const all = await store.all();
        await going?.();
        map.show(all, this.end);
        await this.findWaits(all, going);
      }
    } catch (error) {
      map.showCounted(this.counted, this.end);
      this.page.failed(error);
    }
  }

  /** When exchanges waited for whom, for the time line. */
  async findWaits(all, going) {
    const { id, app } = this.page;
    this.waits = waitsIn(all);
    this.grid.draw();
    if (!all.some((exchange) => exchange.result_type === "input_required")) return;
    const { askedMethods } = await import("./run-line.js");
    this.asking ??= { parts: [{ id, api: app.api }] };
    this.asking.all = all.map((exchange) => ({ ...exchange, session: id, key: waitKey(exchange) }));
    const asked = await askedMethods(this.asking);
    await going?.();
    this.waits = waitsIn(all, (exchange) => asked.get(waitKey(exchange)));
    this.grid.draw();
  }

  async count(going) {
    const { store, map } = this;
    if (this.isCounting) return;
    if (store.count < (1 + GROWTH) * (this.countOf ?? 0)) {
      map.showCounted(this.counted, this.end);
      return;
    }
    this.isCounting = true;
    this.countOf = store.count;
    map.showCounted(this.counted, this.end, !this.counted);
    try {
      // It takes the server longer than the rows in sight, which come first.
      await store.one(1);
      const counted = await this.page.app.api.of(store.id, "density");
      await going?.();
      this.counted = counted;
      map.showCounted(this.counted, this.end);
    } finally {
      this.isCounting = false;
    }
  }

  summary() {
    const lacking = this.lackingWords();
    if (lacking) return lacking;
    const { rows, store } = this;
    if ((rows.list === undefined || rows.isGrouped) && !rows.view?.stretch) return "";
    return `${format.count(rows.count)} of ${format.count(store.count)} shown`
      + (rows.isWhole ? "" : " so far") + (rows.searched === undefined ? ""
      : `, ${Math.floor(100 * rows.searched)} % searched`);
  }

  // -- a search through payloads, which comes by and by

  progressed() {
    const { rows, searchButton } = this;
    const isOver = rows.next === null || !rows.view?.filter;
    searchButton.hidden = isOver || (rows.isSearching && rows.next === 1);
    searchButton.textContent = rows.isSearching ? "■ stop" : "▶ go on";
    searchButton.title = rows.isSearching ? "end the search; what was found stays (Esc)" : "search the rest";
    this.page.describe();
  }

  stopOrGoOn() {
    if (this.rows.isSearching) this.rows.stop();
    else this.rows.goOn().catch((error) => this.page.failed(error));
  }

  /** Ends a search that is under way; false when there is none. */
  stopSearch() {
    if (!this.rows.isSearching) return false;
    this.rows.stop();
    return true;
  }

  sortBy(order) {
    if (!this.store.isSmall && order && order !== "number") {
      toast(`sorting is for sessions of up to ${format.count(WHOLE_LIMIT)} exchanges: filter this one`);
      return;
    }
    super.sortBy(order);
  }

  async changed() {
    const { going } = this.rows;
    await this.rows.refresh().catch((error) => this.page.failed(error));
    this.overview(going);
    this.expanded?.refresh(going);
    await this.lanes?.load(going);
  }
}
