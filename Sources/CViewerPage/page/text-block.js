// Text of many lines.

import { picture, UNSEEN } from "./format.js";

/** Many lines; line feeds and tabs stay. */
export function block(text) {
  return text.replace(UNSEEN, (c) => (c === "\n" || c === "\t" ? c : c === "\r" ? "" : picture(c)));
}
