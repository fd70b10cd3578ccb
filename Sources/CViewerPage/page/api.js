// The JSON API of `mcptape serve`, with the token that came in the link.

const KEY = "mcptape.token";

export const UNANSWERED = "mcptape serve does not answer: is it still running?";
export const RESTARTED = "mcptape serve was started anew: type `mcptape open` for a new link";

/** What a failure means. A module that does not come is a server that does not answer. */
export function reason(error) {
  const isModule = error instanceof TypeError && /import|module/i.test(error.message);
  return isModule ? UNANSWERED : error.message;
}

export class ApiError extends Error {
  constructor(status, message, column) {
    super(message);
    this.status = status;
    this.column = column;
  }
}

/** Keeps the token for this tab: it leaves the address, and a reload still has it. */
export function keepToken(token) {
  try {
    if (token) sessionStorage.setItem(KEY, token);
    return token ?? sessionStorage.getItem(KEY) ?? "";
  } catch {
    return token ?? "";
  }
}

export class Api {
  constructor(token, base = "/api") {
    this.token = token;
    this.base = base;
    /** Whether the page is a file with the recording inside: nothing more comes, nothing can be changed. */
    this.isExported = false;
  }

  async request(path, query = {}, signal = undefined, method = "GET") {
    const fields = new URLSearchParams();
    for (const [key, value] of Object.entries(query)) {
      if (value !== undefined && value !== null && value !== "") fields.set(key, value);
    }
    const text = fields.toString();
    const headers = { Authorization: `Bearer ${this.token}` };
    let response;
    try {
      response = await fetch(this.base + path + (text ? "?" + text : ""), { method, headers, signal });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new ApiError(0, UNANSWERED);
    }
    if (response.ok) return response;
    const answer = await response.json().catch(() => ({}));
    throw new ApiError(response.status, answer.error ?? `HTTP ${response.status}`, answer.column);
  }

  async json(path, query, signal) {
    return (await this.request(path, query, signal)).json();
  }

  status(signal) {
    return this.json("/status", {}, signal);
  }

  sessions(query, signal) {
    return this.json("/sessions", query, signal);
  }

  session(id, signal) {
    return this.json(`/sessions/${encodeURIComponent(id)}`, {}, signal);
  }

  /** Deletes a session; throws ApiError 409 while it is being written. */
  remove(id) {
    return this.request(`/sessions/${encodeURIComponent(id)}`, {}, undefined, "DELETE");
  }

  /** What each client did over all of its servers, newest first. */
  runs(query, signal) {
    return this.json("/runs", query, signal);
  }

  /** A run, its sessions, oldest first, and where its time went. */
  run(id, signal) {
    return this.json(`/runs/${encodeURIComponent(id)}`, {}, signal);
  }

  /** A part of a session: `exchanges`, `entries` or `stats`. */
  of(id, part, query, signal) {
    return this.json(`/sessions/${encodeURIComponent(id)}/${part}`, query, signal);
  }

  /** The exact bytes of a message. */
  async bytes(id, sequence, signal) {
    const response = await this.request(`/sessions/${encodeURIComponent(id)}/messages/${sequence}`, {},
      signal);
    return new Uint8Array(await response.arrayBuffer());
  }

  changes(since, signal) {
    return this.json("/changes", { since }, signal);
  }

  /** Every item of a paged list, at most `limit`: `{items, next}`. */
  async all(id, part, query, limit, signal) {
    const items = [];
    let from = query.from ?? 1;
    while (from !== null && items.length < limit) {
      const wanted = Math.min(1000, limit - items.length);
      const page = await this.of(id, part, { ...query, from, limit: wanted }, signal);
      items.push(...page[part]);
      from = page.next ?? null;
    }
    return { items, next: from };
  }
}
