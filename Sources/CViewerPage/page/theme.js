// Light, dark or as the system has it; and the colours that a canvas needs to know.

const ORDER = ["system", "light", "dark"];
let probe;
let known = new Map();
const listeners = new Set();

/** What was chosen: `system`, `light` or `dark`. */
export function theme() {
  return document.documentElement.dataset.theme ?? "system";
}

export function setTheme(name) {
  if (name === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
  remember("theme", name);
  known = new Map();
  for (const listener of listeners) listener();
}

export function nextTheme() {
  const next = ORDER[(ORDER.indexOf(theme()) + 1) % ORDER.length];
  setTheme(next);
  return next;
}

export function startTheme() {
  const stored = remembered("theme");
  if (stored === "light" || stored === "dark") document.documentElement.dataset.theme = stored;
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => setTheme(theme()));
}

/** Calls `listener` whenever colours change; returns what ends that. */
export function onTheme(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The colour of a custom property, as a canvas takes it. */
export function colour(name) {
  if (!known.has(name)) {
    if (!probe) {
      probe = document.createElement("span");
      probe.hidden = true;
      document.body.append(probe);
    }
    probe.style.color = `var(--${name})`;
    known.set(name, getComputedStyle(probe).color);
  }
  return known.get(name);
}

// Storage may be forbidden; then nothing is remembered.
export function remember(key, value) {
  try {
    localStorage.setItem("mcptape." + key, value);
  } catch {
    return;
  }
}

export function remembered(key) {
  try {
    return localStorage.getItem("mcptape." + key) ?? undefined;
  } catch {
    return undefined;
  }
}
