// What costs the server much is asked for at a pace.

/** Figures of all of a session are counted anew so many milliseconds after the last time, or later. */
const FIGURES_PAUSE = 1000;
/** And after so many times as long as that took: it is the server's work, for others too. */
const SHARE = 4;

/**
 * Runs `task` when it is asked to: at once, and then not again until it has rested; whoever asked meanwhile
 * is served then by one run for all. While `isHeld`, nobody is. `later` and `now` are for tests.
 */
export class Paced {
  constructor(task, { isHeld = () => false, pause = FIGURES_PAUSE,
    later = (resume, ms) => setTimeout(resume, ms), now = () => performance.now() } = {}) {
    Object.assign(this, { task, isHeld, pause, later, now });
    this.isResting = this.isAsked = this.isClosed = false;
  }

  /** Resolves when the run that it began is over; at once when it began none. */
  async ask() {
    this.isAsked = true;
    if (this.isResting || this.isClosed) return;
    this.isResting = true;
    this.isAsked = false;
    const began = this.now();
    try {
      await this.task();
    } finally {
      this.rest(Math.max(this.pause, SHARE * (this.now() - began)));
    }
  }

  rest(ms) {
    this.later(() => {
      if (this.isClosed) return;
      if (this.isAsked && this.isHeld()) {
        this.rest(this.pause);
        return;
      }
      this.isResting = false;
      if (this.isAsked) this.ask();
    }, ms);
  }

  close() {
    this.isClosed = true;
  }
}
