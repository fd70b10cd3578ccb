// What is copied.

import { h, toast } from "./dom.js";

/** Puts text on the clipboard and says so. */
export async function copy(text, what) {
  let isCopied = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without a secure context there is no clipboard, but a selection can be copied.
    const area = h("textarea", { class: "unseen", value: text, "aria-label": "to copy" });
    document.body.append(area);
    area.select();
    isCopied = document.execCommand("copy");
    area.remove();
  }
  toast(isCopied ? `copied ${what}` : "not copied: this browser lets no page write to the clipboard");
}
