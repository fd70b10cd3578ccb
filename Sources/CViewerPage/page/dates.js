// Times of the calendar as a person reads them, out of microseconds as the API gives them.

import { pad, wallTime } from "./format.js";

/** How long ago, in one unit: `now`, `42 s`, `7 m`, `5 h`, `12 d`. */
export function age(us) {
  const seconds = Math.floor(us / 1e6);
  if (seconds < 2) return "now";
  if (seconds < 120) return `${seconds} s ago`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} m ago`;
  if (seconds < 172800) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86400)} d ago`;
}

/** Local date and time to the second: `2026-11-23 14:05:09`. */
export function wallDate(us) {
  const date = new Date(Math.floor(us / 1000));
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1, 2)}-${pad(date.getDate(), 2)}`;
  return `${day} ${wallTime(us).slice(0, 8)}`;
}
