// What changed in the store, by one question after the other, until it is paused.

/** Between two questions, which cost the server one number: far below what a commit takes to come. */
const PAUSE = 100;

const rest = (ms) => new Promise((resume) => setTimeout(resume, ms));

/** A function that runs `task`, and once more when it was asked for meanwhile: never two at a time. */
export function oneAtATime(task) {
  let isRunning = false;
  let isAsked = false;
  return async () => {
    isAsked = true;
    if (isRunning) return;
    isRunning = true;
    try {
      while (isAsked) {
        isAsked = false;
        await task();
      }
    } finally {
      isRunning = false;
    }
  };
}

export class Live {
  constructor(api) {
    this.api = api;
    this.listeners = new Set();
    this.isPaused = false;
    this.isLost = this.isRefused = false;
    this.missed = new Set();
    this.held = [];
    this.onstate = () => {};
  }

  /** Calls `listener` with the set of changed session ids; returns what ends that. */
  listen(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async run(revision) {
    let since = revision;
    let wait = 250;
    for (;;) {
      try {
        const answer = await this.api.changes(since);
        since = answer.revision;
        wait = 250;
        this.setLost(false);
        this.tell(answer.sessions);
        await rest(PAUSE);
      } catch (error) {
        if (error.status === 401) return void this.refuse();
        this.setLost(true);
        await rest(wait);
        wait = Math.min(wait * 2, 5000);
      }
    }
  }

  tell(sessions) {
    for (const id of sessions) this.missed.add(id);
    if (this.missed.size === 0) return;
    if (!this.isPaused) {
      const changed = this.missed;
      this.missed = new Set();
      for (const listener of this.listeners) listener(changed);
    }
    this.onstate();
  }

  /** The token is that of an earlier start: nothing is answered to this page any more. */
  refuse() {
    this.isRefused = true;
    this.isLost = false;
    this.onstate();
  }

  setLost(isLost) {
    if (this.isLost === isLost) return;
    this.isLost = isLost;
    this.onstate();
  }

  /** Settles when what is on the page may change: at once, or when it goes on. */
  going() {
    return this.isPaused ? new Promise((resume) => this.held.push(resume)) : Promise.resolve();
  }

  /**
   * Paused, nothing on the page moves; what happened meanwhile is shown when it goes on. An answer that was
   * on its way is held too: whoever shows what changed awaits `going()` behind every question.
   */
  setPaused(isPaused) {
    this.isPaused = isPaused;
    if (!isPaused) for (const resume of this.held.splice(0)) resume();
    this.tell([]);
    this.onstate();
  }
}
