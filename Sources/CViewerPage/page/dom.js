// Elements are made here and nowhere else. Text only ever becomes a text node: everything that was recorded
// is hostile, and the page's policy (trusted types) refuses the rest.

const SET_AS_PROPERTY = new Set(["value", "checked", "disabled", "hidden", "tabIndex", "type", "htmlFor"]);

/**
 * An element. `facts`: `class`, `on…` listeners, properties, other names as attributes; undefined ones are
 * left out. Children are elements or texts.
 */
export function h(name, facts = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(facts)) {
    if (value === undefined || value === false) continue;
    if (key === "class") element.className = value;
    else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (SET_AS_PROPERTY.has(key)) element[key] = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  append(element, children);
  return element;
}

export function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

export function replace(element, ...children) {
  element.replaceChildren();
  append(element, children);
}

const styles = new Map();

/** A style sheet of the page that only some places need; settles when it is there, or cannot be had now. */
export function loadStyle(name) {
  const address = `/page/${name}`;
  // An exported page has all of them.
  const isThere = !styles.has(name) && document.head.querySelector(`link[href="${address}"]`);
  if (!isThere && !styles.has(name)) {
    styles.set(name, new Promise((resume) => {
      const link = h("link", { rel: "stylesheet", href: address, onload: resume, onerror: () => {
        // Whoever needs it next asks again.
        link.remove();
        styles.delete(name);
        resume();
      } });
      document.head.append(link);
    }));
  }
  return styles.get(name) ?? Promise.resolve();
}

/** A module with the style sheet that it needs. */
export async function styled(name, module) {
  return (await Promise.all([module, loadStyle(name)]))[0];
}

/** A button that says in words what it does; `key` is the one that does the same. */
export function button(text, title, onclick, facts = {}) {
  return h("button", { type: "button", title, "aria-label": facts["aria-label"], onclick, ...facts }, text);
}

/** Says a sentence to who listens to the page. */
export function say(text) {
  const place = document.getElementById("said");
  if (place.textContent !== text) place.textContent = text;
}

/** A short message at the lower edge that goes by itself. */
export function toast(text) {
  document.querySelector(".toast")?.remove();
  const note = h("div", { class: "toast" }, text);
  document.body.append(note);
  note.addEventListener("animationend", () => note.remove());
  say(text);
}

/** Calls `draw` once before the next frame, however often it is asked. */
export function onFrame(draw) {
  let isAsked = false;
  return () => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() => {
      isAsked = false;
      draw();
    });
  };
}

/** A canvas's context in CSS pixels, its bitmap as sharp as the screen; undefined while it has no size. */
export function sharp(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  if (width === 0 || height === 0) return undefined;
  const ratio = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}
