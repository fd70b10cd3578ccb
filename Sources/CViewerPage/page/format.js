// Durations, sizes, times and counts as a person reads them; the same words as the terminal's.
// Times come in microseconds, as the API gives them.

export const pad = (number, width) => String(number).padStart(width, "0");

// Rounded down, so that 999.9 µs never reads 1000 µs.
function scaled(value, unit, name) {
  const number = value / unit;
  const digits = number < 10 ? 2 : number < 100 ? 1 : 0;
  const factor = 10 ** digits;
  return `${(Math.floor(number * factor + 1e-9) / factor).toFixed(digits)} ${name}`;
}

/** `13 µs`, `4.20 ms`, `1.50 s`, `2 m 03 s`, `5 h 02 m`, `3 d 04 h`. Nothing for what was not measured. */
export function duration(us) {
  if (us === undefined || us === null) return "";
  if (us < 0) return "-" + duration(-us);
  if (us < 1000) return `${Math.floor(us)} µs`;
  if (us < 1e6) return scaled(us, 1e3, "ms");
  if (us < 60e6) return scaled(us, 1e6, "s");
  const seconds = Math.floor(us / 1e6);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m ${pad(seconds % 60, 2)} s`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ${pad(Math.floor(seconds / 60) % 60, 2)} m`;
  return `${Math.floor(seconds / 86400)} d ${pad(Math.floor(seconds / 3600) % 24, 2)} h`;
}

/** `512 B`, `1.2 KiB`, `3.4 MiB`. */
export function size(bytes) {
  if (bytes === undefined || bytes === null) return "";
  if (bytes < 1024) return `${bytes} B`;
  const units = ["KiB", "MiB", "GiB", "TiB"];
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value < 10 ? (Math.floor(value * 10) / 10).toFixed(1) : Math.floor(value)} ${units[unit]}`;
}

/** `1,048,576`. */
export function count(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `1 message`, `2 messages`. */
export function counted(number, one, many = one + "s") {
  return `${count(number)} ${number === 1 ? one : many}`;
}

/** Seconds with microseconds since the session began: `12.004512`. */
export function offset(us) {
  const whole = Math.max(0, Math.floor(us));
  return `${Math.floor(whole / 1e6)}.${pad(whole % 1e6, 6)}`;
}

/** Microseconds since 1970 of an API time stamp: `Date` knows milliseconds only. */
export function instant(text) {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) return 0;
  const fraction = /\.(\d+)/.exec(text);
  const micros = fraction ? Number(fraction[1].padEnd(6, "0").slice(3, 6)) : 0;
  return ms * 1000 + micros;
}

/** Local time of day with microseconds: `14:05:09.123456`. */
export function wallTime(us) {
  const date = new Date(Math.floor(us / 1000));
  const micros = pad(Math.floor(us) % 1e6, 6);
  return `${pad(date.getHours(), 2)}:${pad(date.getMinutes(), 2)}:${pad(date.getSeconds(), 2)}.${micros}`;
}

/** How wide a column of such times is, in pixels. */
export function timeWidth(times) {
  return times === "wall" ? 132 : 116;
}

// What would move the text, hide it or turn it round is shown as its number: fonts lack pictures of it.
export const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

export function picture(character) {
  return `\u27e8${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}\u27e9`;
}

/** One line of at most `limit` characters, with nothing in it that a terminal or a browser obeys. */
export function oneLine(text, limit = 400) {
  const cut = text.length > limit ? text.slice(0, limit - 1) + "…" : text;
  return cut.replace(/\r?\n/g, "⏎").replace(UNSEEN, picture);
}
