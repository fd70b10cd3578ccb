// Where a run's time went: one bar, and in words what each part of it is.

import { h } from "./dom.js";
import * as format from "./format.js";

const PARTS = [
  ["outside", "outside MCP (model, host, user)", (time) => time.outside_us],
  ["servers", "in servers", (time) => time.servers_us],
  ["person", "waiting for a person", (time) => time.person_us],
  ["model", "waiting for a model", (time) => time.model_us],
  ["client", "waiting for the client", (time) => time.client_us],
  ["startup", "start-up", (time) => time.startup_us],
];

/** Characters of a server's name in the legend; the bar has more of it. */
const NAME = 24;

const inWords = (us) => format.duration(us);

function share(us, total) {
  const percent = (100 * us) / Math.max(1, total);
  return percent < 1 ? "<1 %" : `${Math.round(percent)} %`;
}

function segment(kind, title, us) {
  const part = h("span", { class: `part part-${kind}`, title });
  part.style.flexGrow = String(us);
  return part;
}

/** `time` is what the API says of a run's time. */
export function breakdown(time) {
  const parts = PARTS.map(([kind, name, value]) => ({ kind, name, us: value(time) ?? 0 }))
    .filter(({ us }) => us > 0);
  const servers = (time.servers ?? []).filter(({ us }) => us > 0).sort((a, b) => b.us - a.us);
  const names = servers.map(({ server, us }) => `${format.oneLine(server, NAME)} ${inWords(us)}`).join(", ");
  const said = ({ kind, name, us }) =>
    `${name} ${inWords(us)}` + (kind === "servers" && names ? ` (${names})` : "");
  const bar = h("div", { class: "breakdown-bar", role: "img",
    "aria-label": "where the time went: " + parts.map(said).join(", ") });
  for (const part of parts) {
    if (part.kind !== "servers" || servers.length === 0) {
      bar.append(segment(part.kind, `${said(part)}, ${share(part.us, time.total_us)}`, part.us));
    } else {
      for (const { server, us } of servers) {
        bar.append(segment("servers", `in ${format.oneLine(server, 60)} ${inWords(us)}, `
          + share(us, time.total_us), us));
      }
    }
  }
  const legend = parts.map((part) => h("li", {}, h("span", { class: `swatch part-${part.kind}` }),
    h("strong", {}, inWords(part.us)), ` ${part.name}`,
    h("span", { class: "dim" }, part.kind === "servers" && names ? ` (${names})` : "",
      ` ${share(part.us, time.total_us)}`)));
  const notes = [];
  if (time.silences) notes.push(`${format.counted(time.silences, "silence")} of ten minutes and more, `
    + `${inWords(time.silence_us)}, left out`);
  if (time.clock === "wall") notes.push("laid side by side by the wall clock");
  return h("section", { class: "breakdown", "aria-label": "where the time went" },
    h("strong", { class: "breakdown-total" }, inWords(time.total_us)), bar,
    h("ul", { class: "breakdown-legend" }, legend, notes.map((note) => h("li", { class: "dim" }, note))));
}
