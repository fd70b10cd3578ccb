// Who takes part in a session and what they can, in full.

import { wallDate } from "./dates.js";
import { h } from "./dom.js";
import * as format from "./format.js";
import { peer } from "./session-head.js";
import { block } from "./text-block.js";

const line = (value, limit = 400) => format.oneLine(String(value ?? ""), limit);

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

function rows(session) {
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
    ["started", wallDate(format.instant(session.started))],
    ["ended", endText(session)],
    ["run", session.run && line(session.run)],
    ["tags", line(Object.entries(session.tags ?? {}).map(([key, value]) => `${key}=${value}`).join(" "))],
    ["capture", session.capture !== "payloads" ? line(session.capture) : undefined],
  ];
  return list.filter(([, value]) => value);
}

/** Elements that tell all that is known of a session as a whole. */
export function factsOf(session) {
  const instructions = session.head?.server?.instructions;
  return [
    h("dl", { class: "facts" }, rows(session)
      .map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
    instructions ? [h("h2", { class: "label" }, "instructions"),
      h("pre", { class: "text", tabIndex: 0 }, block(instructions))] : undefined,
  ];
}
