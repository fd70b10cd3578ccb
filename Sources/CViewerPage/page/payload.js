// Bytes of a payload: hex, the picture types that a browser cannot mistake, and the texts to copy.

/** Lines of `offset  16 bytes  characters` for bytes `from…to`. */
export function hexLines(bytes, from = 0, to = bytes.length) {
  const lines = [];
  for (let at = from; at < to; at += 16) {
    const part = bytes.subarray(at, Math.min(at + 16, to));
    const hex = Array.from(part, (byte) => byte.toString(16).padStart(2, "0"));
    const left = hex.slice(0, 8).join(" ").padEnd(23);
    const right = hex.slice(8).join(" ").padEnd(23);
    const text = Array.from(part, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "."));
    lines.push(`${at.toString(16).padStart(8, "0")}  ${left}  ${right}  ${text.join("")}`);
  }
  return lines;
}

const SIGNATURES = [
  ["image/png", [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ["image/jpeg", [0xff, 0xd8, 0xff]],
  ["image/gif", [0x47, 0x49, 0x46, 0x38]],
];

/** The type that the bytes begin as; undefined for all but raster pictures (SVG is a program). */
export function pictureType(bytes) {
  for (const [type, signature] of SIGNATURES) {
    if (signature.every((byte, index) => bytes[index] === byte)) return type;
  }
  const word = (at) => String.fromCharCode(...bytes.subarray(at, at + 4));
  return word(0) === "RIFF" && word(8) === "WEBP" ? "image/webp" : undefined;
}

/** The bytes of base64 text; undefined when it is none. */
export function decodeBase64(text) {
  try {
    const binary = atob(text.replace(/\s/g, ""));
    return Uint8Array.from(binary, (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** An argument for a POSIX shell. */
export function shellQuoted(text) {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replace(/'/g, "'\\''")}'`;
}

// The transport writes these itself, and what was masked cannot be sent.
const LEFT_OUT = new Set(["content-length", "connection", "transfer-encoding", "host", "accept-encoding"]);

/** A curl command that sends `body` as the request `head` did; without a head, to `http://HOST/mcp`. */
export function curlCommand(body, head) {
  const fields = head?.fields ?? [
    ["content-type", "application/json"],
    ["accept", "application/json, text/event-stream"],
  ];
  const host = head?.fields.find(([name]) => name.toLowerCase() === "host")?.[1] ?? "HOST";
  const lines = [`curl -sS -X ${shellQuoted(head?.method ?? "POST")}`];
  lines.push(shellQuoted(`http://${host}${head?.target ?? "/mcp"}`));
  for (const [name, value, masked] of fields) {
    if (LEFT_OUT.has(name.toLowerCase())) continue;
    const shown = masked ? `<${name}: was not recorded>` : value;
    lines.push(`-H ${shellQuoted(`${name}: ${shown}`)}`);
  }
  lines.push(`--data-raw ${shellQuoted(body)}`);
  return lines.join(" \\\n  ");
}

/** A head of HTTP as it was written. */
export function headText(http) {
  const fields = (list) => (list ?? []).map(([name, value, masked]) =>
    `${name}: ${value}${masked ? "   (masked)" : ""}`);
  if (http.request) {
    const { method, target, fields: list, minor_version: minor = 1 } = http.request;
    return [`${method} ${target} HTTP/1.${minor}`, ...fields(list)].join("\n");
  }
  if (http.response) {
    const { status, reason, fields: list, minor_version: minor = 1 } = http.response;
    return [`HTTP/1.${minor} ${status} ${reason ?? ""}`.trimEnd(), ...fields(list)].join("\n");
  }
  if (http.trailers) return ["(trailers)", ...fields(http.trailers)].join("\n");
  if (http.event !== undefined) return http.event;
  return JSON.stringify(http, null, 2);
}
