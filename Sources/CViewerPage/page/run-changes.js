// A run that goes on: what is new in its sessions is shown at once, what the run is and where its time went
// less often.

/** The server reads every session of a run to tell of it: so many milliseconds after a change at least. */
const PAUSE = 500;
/** And after so many times as long as that took. */
const SHARE = 5;

export class RunChanges {
  constructor(page) {
    this.page = page;
    this.pause = PAUSE;
    this.going = () => page.app.live.going();
  }

  close() {
    clearTimeout(this.recount);
  }

  /** These of its sessions have changed; without any, others may have joined them. */
  async show(parts) {
    await Promise.all(parts.map((part) => this.refresh(part)));
    if (this.page.isClosed) return;
    if (parts.length > 0) await this.showAgain();
    this.recount ??= setTimeout(() => this.reload(), this.pause);
  }

  async refresh(part) {
    const { rows, app: { api } } = this.page;
    try {
      const session = await api.session(part.id);
      await this.going();
      part.take(session);
      await part.store.refresh(session.exchanges, this.going);
    } catch (error) {
      // It was deleted: the run that is asked for next says what is left.
      if (error.status !== 404) throw error;
      await this.going();
      rows.parts = rows.parts.filter((other) => other !== part);
    }
  }

  async showAgain() {
    const { page } = this;
    page.end = Math.max(1, ...page.parts.map((part) => part.end));
    await page.views.changed();
    await this.going();
    if (page.isClosed) return;
    page.describe();
    page.details?.pane?.changed(this.going);
  }

  async reload() {
    const { page } = this;
    try {
      await this.going();
      if (page.isClosed || page.isLeaving) return;
      const began = performance.now();
      const answer = await page.app.api.run(page.id);
      this.pause = Math.max(PAUSE, SHARE * (performance.now() - began));
      await this.going();
      if (page.isClosed) return;
      page.take(answer);
      await Promise.all(page.parts.map((part) => part.store.refresh(part.session.exchanges, this.going)));
      await this.showAgain();
      page.app.bar.update();
    } catch (error) {
      // Nothing of it is left, or its first session went and it has another name.
      if (error.status === 404 && !page.isClosed) page.app.fail(error);
      else page.failed(error);
    } finally {
      this.recount = undefined;
    }
  }
}
