// A recording file of one exchange, as `export --exchange N --context` makes it: the handshake and the lists,
// the exchange, and what the server asked meanwhile. Its format is docs/recording-file.md.

/** What a recording needs to be played, whatever else is left out of it. */
export const CONTEXT_METHODS = ["initialize", "server/discover", "tools/list", "prompts/list",
  "resources/list", "resources/templates/list"];
/** Exchanges and messages that are copied; what is longer is for `mcptape export`. */
const CONTEXT_LIMIT = 200;
const SPAN_LIMIT = 5000;

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Why an exchange cannot be copied, as a sentence for who wanted it. */
export class NotCopied extends Error {}

/** JSON text that may stand in a line of the file: some characters end lines for some readers. */
function lineSafe(value) {
  return JSON.stringify(value).replace(/[\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`);
}

function base64(bytes) {
  let binary = "";
  for (let at = 0; at < bytes.length; at += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  }
  return btoa(binary);
}

/** The last member of a line: the message's own bytes where they may stand there, else as text or base64. */
export function bodyMember(bytes) {
  let text;
  try {
    text = strict.decode(bytes);
  } catch {
    return `"raw_b64":"${base64(bytes)}"`;
  }
  if (/[\n\u2028\u2029\ufeff]/.test(text) || !isJSON(text)) return `"text":${lineSafe(text)}`;
  return `"msg":${text}`;
}

function isJSON(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The line of an entry as the API gives it; `bytes` are the message's own. */
export function fileLine(entry, bytes) {
  const members = [`"seq":${entry.seq}`, `"t":${entry.t_us}`];
  const put = (name, value) => {
    if (value !== undefined && value !== false) members.push(`"${name}":${lineSafe(value)}`);
  };
  put("dir", entry.dir);
  put("stderr", entry.stderr);
  put("batch", entry.kind === "batch" ? true : undefined);
  put("stream", entry.stream);
  put("redacted", entry.redacted);
  put("fault", entry.fault);
  put("fault_side", entry.fault_side);
  put("partial", entry.partial);
  put("eol", entry.eol);
  members.push(bodyMember(bytes));
  return `{${members.join(",")}}`;
}

function side(facts, speaker) {
  return facts && { name: facts.name, version: facts.version, title: facts.title, speaker,
    protocol_version: facts.protocol_version,
    capabilities: typeof facts.capabilities === "object" && facts.capabilities !== null
      ? JSON.stringify(facts.capabilities) : facts.capabilities ?? undefined,
    instructions: facts.instructions ?? undefined };
}

/** The first line. Nothing in it names the machine that it was recorded on. */
export function headerLine(session) {
  const { head = {} } = session;
  const one = {
    id: session.session, name: session.name, transport: session.transport, revision: session.revision,
    client: side(head.client ?? session.client, "c2s"), server: side(head.server ?? session.server, "s2c"),
    eras: session.eras, started: session.started, capture: session.capture,
  };
  return lineSafe({ mcptape: 1, sessions: [one] });
}

/** The numbers of the exchanges that go into the file: context, the one, and what was asked within it. */
async function chosenExchanges(api, id, exchange) {
  const { items, next } = await api.all(id, "exchanges", { filter: `method:${CONTEXT_METHODS.join(",")}` },
    CONTEXT_LIMIT);
  if (next !== null) {
    throw new NotCopied(`there are more than ${CONTEXT_LIMIT} handshakes and lists in this session: `
      + "mcptape export --context writes them all");
  }
  const chosen = new Map(items.map((each) => [each.exchange, each]));
  chosen.set(exchange.exchange, exchange);
  const last = exchange.response_seq ?? exchange.request_seq;
  let from = exchange.exchange + 1;
  while (from !== null) {
    const page = await api.of(id, "exchanges", { from, limit: 200 });
    for (const other of page.exchanges) if (chosen.has(other.parent)) chosen.set(other.exchange, other);
    const isPast = (page.exchanges.at(-1)?.request_seq ?? Infinity) > last;
    from = isPast ? null : page.next ?? null;
  }
  return chosen;
}

/** The entries of those exchanges in the order of the wire, each once. */
async function chosenEntries(api, id, chosen) {
  const found = new Map();
  for (const exchange of chosen.values()) {
    const last = exchange.response_seq ?? exchange.request_seq;
    const span = last - exchange.request_seq + 1;
    if (span > SPAN_LIMIT) {
      throw new NotCopied(`${span} messages lie between request and answer of #${exchange.exchange}: `
        + `mcptape export --exchange ${exchange.exchange} --context writes it`);
    }
    const { items } = await api.all(id, "entries", { from: exchange.request_seq }, span);
    for (const entry of items) {
      const isOwn = chosen.has(entry.exchange) || entry.seq === exchange.request_seq
        || entry.seq === exchange.response_seq;
      if (isOwn && entry.kind !== "http" && entry.kind !== "gap") found.set(entry.seq, entry);
    }
  }
  const ready = await api.of(id, "entries", { filter: "method:notifications/initialized", limit: 1 });
  for (const entry of ready.entries) found.set(entry.seq, entry);
  return [...found.values()].sort((a, b) => a.seq - b.seq);
}

/** The file's text, with its last line feed. Throws NotCopied for what cannot be told whole. */
export async function recordingOf(api, session, exchange) {
  const id = session.session;
  const entries = await chosenEntries(api, id, await chosenExchanges(api, id, exchange));
  const lines = [headerLine(session)];
  for (const entry of entries) {
    if (entry.truncated) throw new NotCopied(`message ${entry.seq} was cut when it was recorded`);
    try {
      lines.push(fileLine(entry, await api.bytes(id, entry.seq)));
    } catch (error) {
      if (error.status !== 404 && error.status !== 413) throw error;
      throw new NotCopied(`message ${entry.seq} cannot be copied: ${error.message}`);
    }
  }
  return `${lines.join("\n")}\n`;
}
