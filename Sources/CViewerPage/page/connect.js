// Where the page has its answers from: the server that sent it, or the page itself when it was exported.

import { Api, keepToken } from "./api.js";

/** `token` is the one in the address; an exported page needs none. */
export async function connect(token) {
  if (!document.getElementById("mcptape-index")) return new Api(keepToken(token));
  const { EmbeddedApi } = await import("./embedded-api.js");
  const api = await EmbeddedApi.open();
  const [first, ...others] = api.index.sessions;
  // Of one session there is nothing to choose.
  if (!location.hash && first && others.length === 0) {
    history.replaceState(null, "", `#s=${encodeURIComponent(first.session)}`);
  }
  return api;
}
