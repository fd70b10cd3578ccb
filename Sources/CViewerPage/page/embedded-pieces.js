// What an exported page holds, in compressed pieces that are unpacked when they are looked at.

/** Unpacked pieces that are kept: some megabytes of text. */
const KEPT = 12;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

function bytesOf(base64) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** The bytes of the piece in the element of that id. */
export async function unpacked(id) {
  const packed = new Blob([bytesOf(document.getElementById(id).textContent)]);
  const stream = packed.stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

export async function unpackedText(id) {
  return decoder.decode(await unpacked(id));
}

/** Pieces that `read` makes something of; the last ones are kept. */
export class Pieces {
  constructor(read, kept = KEPT) {
    this.read = read;
    this.kept = kept;
    this.known = new Map();
  }

  get(piece) {
    const known = this.known.get(piece) ?? unpackedText(`mcptape-${piece}`).then(this.read);
    // The newest is the last in the map.
    this.known.delete(piece);
    this.known.set(piece, known);
    if (this.known.size > this.kept) this.known.delete(this.known.keys().next().value);
    return known;
  }
}

/** Which of `places`, pairs of a first number and a piece, holds `number`; -1 when all begin behind it. */
export function placeOf(places, number) {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (places[middle][0] <= number) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The entries of a piece and the exact text of each, one a line. */
export function entriesOf(text) {
  const lines = text.split("\n");
  lines.pop();
  return lines.map((line) => ({ line, entry: JSON.parse(line) }));
}

/** The exact bytes that an entry's line holds; undefined when it holds none. */
export function bodyOf({ line, entry }) {
  if (entry.raw_b64 !== undefined) return bytesOf(entry.raw_b64);
  if (entry.text !== undefined) return new TextEncoder().encode(entry.text);
  const key = entry.http !== undefined ? ',"http":' : ',"msg":';
  if (entry.http === undefined && !("msg" in entry)) return undefined;
  // The body is the last member, as it was written; within a string before it no quote is bare.
  return new TextEncoder().encode(line.slice(line.indexOf(key) + key.length, -1));
}
