// Who takes part in a session: one line, and all of it when it is unfolded.

import { button, h, replace } from "./dom.js";
import * as format from "./format.js";
import { remember, remembered } from "./theme.js";

const line = (value, limit = 400) => format.oneLine(String(value ?? ""), limit);

function peer(info) {
  if (!info?.name) return "(has not said who it is)";
  return line([info.name, info.version].filter(Boolean).join(" "))
    + (info.title ? ` “${line(info.title, 80)}”` : "");
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return { [text]: {} };
  }
}

/** The names of the capabilities with what is switched on in each: `tools(listChanged), logging`. */
export function capabilityText(stated) {
  const capabilities = typeof stated === "string" ? parsed(stated) : stated;
  const parts = Object.entries(capabilities ?? {}).map(([name, value]) => {
    const on = value && typeof value === "object"
      ? Object.entries(value).filter(([, inner]) => inner !== false).map(([inner]) => inner)
      : [];
    return line(name, 80) + (on.length > 0 ? `(${line(on.join(", "), 120)})` : "");
  });
  return parts.length > 0 ? parts.join(", ") : "nothing stated";
}

function endText(session) {
  if (session.live) return "still running";
  const { reason, exit_code: code, signal } = session.end ?? {};
  const how = code !== undefined ? `exit status ${code}` : signal !== undefined ? `signal ${signal}` : "";
  return [line((reason ?? "").replace(/_/g, " ")), how].filter(Boolean).join(", ");
}

function facts(session) {
  const head = session.head ?? {};
  const isHTTP = session.transport === "http";
  const eras = (session.eras ?? []).join(" and ");
  const list = [
    ["server", peer(head.server?.name ? head.server : session.server)],
    ["client", peer(head.client?.name ? head.client : session.client)],
    ["protocol", [line(session.revision ?? "not negotiated"),
      eras && `${eras} era`].filter(Boolean).join(", ")],
    ["server can", head.server ? capabilityText(head.server.capabilities) : undefined],
    ["client can", head.client ? capabilityText(head.client.capabilities) : undefined],
    [isHTTP ? "upstream" : "command", line((session.command ?? []).join(" "))],
    ["directory", isHTTP ? undefined : session.directory && line(session.directory)],
    ["client at", session.client_address && line(session.client_address)],
    [isHTTP ? "started by" : "host",
      session.host && `${line(session.host.name, 80)} (pid ${session.host.pid})`],
    ["started", format.wallDate(format.instant(session.started))],
    ["ended", endText(session)],
    ["run", session.run && line(session.run)],
    ["tags", line(Object.entries(session.tags ?? {}).map(([key, value]) => `${key}=${value}`).join(" "))],
    ["capture", session.capture !== "payloads" ? line(session.capture) : undefined],
  ];
  return list.filter(([, value]) => value);
}

export class SessionHead {
  /** `lists()` gives elements that name what the server offered; it is asked when they come in sight. */
  constructor(lists) {
    this.line = h("span", { class: "head-line" });
    this.facts = h("div");
    this.lists = h("div");
    this.acts = h("div", { class: "head-acts" });
    this.body = h("div", { class: "head-body" }, this.facts, this.acts, this.lists);
    this.whole = h("details", { class: "head" },
      h("summary", { title: "who takes part (h)" }, this.line), this.body);
    this.trouble = h("p", { class: "trouble is-error", hidden: true });
    this.element = h("div", {}, this.whole, this.trouble);
    this.whole.open = remembered("head") === "open";
    // Unfolded from the start it is toggled too.
    this.whole.addEventListener("toggle", async () => {
      remember("head", this.whole.open ? "open" : "");
      if (this.whole.open) replace(this.lists, await lists());
    });
  }

  /** A button that deletes the session; undefined: it cannot be deleted. */
  offer(remove) {
    if (Boolean(remove) === this.acts.childElementCount > 0) return;
    replace(this.acts, remove && button("✕ delete this session …", "delete its recording (Delete)", remove,
      { class: "tool wordy" }));
  }

  toggle() {
    this.whole.open = !this.whole.open;
  }

  show(session) {
    const warnings = [];
    if (session.gaps) {
      const lost = format.size(session.gap_bytes);
      warnings.push(`▲ ${format.counted(session.gaps, "gap")}: ${lost} are lacking`);
    }
    if (session.head_lost_before) warnings.push("▲ the beginning is no longer stored");
    replace(this.line,
      h("span", {}, peer(session.client)), h("span", { class: "dim" }, " → "),
        h("span", {}, peer(session.server)),
      h("span", { class: "dim" }, [session.revision, session.transport].filter(Boolean)
        .map((word) => ` · ${line(word, 40)}`).join("")),
      warnings.length > 0 ? h("span", { class: "is-warn" }, " · " + warnings.join(" · ")) : "");
    const { diagnosis } = session;
    this.trouble.hidden = !diagnosis;
    replace(this.trouble, diagnosis ? `✕ ${line(diagnosis, 1000)}` : "");
    const instructions = session.head?.server?.instructions;
    replace(this.facts,
      h("dl", { class: "facts" }, facts(session).map(([name, value]) =>
        [h("dt", {}, name), h("dd", {}, value)])),
      instructions
        ? [h("h2", { class: "label" }, "instructions"), h("pre", { class: "text", tabIndex: 0 },
          format.block(instructions))]
        : undefined);
  }
}
