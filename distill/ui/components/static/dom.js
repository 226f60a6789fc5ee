// Builds elements. Text goes in as text: nothing here ever parses markup.

const SVG = "http://www.w3.org/2000/svg";

const PATHS = {
  play: "M7 4.5v15l12-7.5z",
  stop: "M6 6h12v12H6z",
  loop: "M17 2l4 4-4 4M3 11V9a3 3 0 0 1 3-3h15M7 22l-4-4 4-4M21 13v2a3 3 0 0 1-3 3H3",
  keys: "M3 5h18v14H3zM8 5v8M12 5v8M16 5v8M8 13v6M16 13v6",
  volume: "M4 9v6h4l5 4V5L8 9zM16.5 8.5a5 5 0 0 1 0 7M19.5 6a9 9 0 0 1 0 12",
  download: "M12 4v11M7 10.5l5 5 5-5M5 20h14",
  link: "M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-5.7-5.7L12 7M14 10a4 4 0 0 0-6-.5l-3 3a4 4 0 0 0 5.7 5.7L12 17",
  undo: "M9 14L4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3",
  redo: "M15 14l5-5-5-5M20 9H10a6 6 0 0 0 0 12h3",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z",
  help: "M9 9a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.2-1.5 2.4M12 18h.01",
  add: "M12 5v14M5 12h14",
  microphone: "M12 3a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3zM5 11a7 7 0 0 0 14 0M12 18v3",
  close: "M6 6l12 12M18 6L6 18",
  save: "M5 4h11l3 3v13H5zM8 4v5h7V4M8 20v-6h8v6",
  reset: "M4.5 9A8 8 0 1 1 4 13.5M4.5 4v5h5",
  dice: "M5 4h14v16H5zM9 8.5v.01M15 8.5v.01M12 12v.01M9 15.5v.01M15 15.5v.01",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  record: "M12 6a6 6 0 1 1 0 12 6 6 0 0 1 0-12z",
  train: "M3 18c3 0 3-5 6-5s3 3 6 3 3-9 6-9M17 7h4v4",
  open: "M3 7h6l2 2h10v10H3z",
};

/**
 * Make an element.
 * @param {string} tag
 * @param {object} [attributes] "class", "data-x", "aria-x", properties' names; functions named onclick and
 *   the like become listeners; false and null are left out
 * @param {...(Node|string)} children strings become text
 * @returns {HTMLElement}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) set(element, name, value);
  element.append(...children.filter((child) => child !== null));
  return element;
}

function set(element, name, value) {
  if (typeof value === "function") element.addEventListener(name.slice(2), value);
  else if (value === true) element.setAttribute(name, "");
  else if (value !== false && value !== null) element.setAttribute(name, value);
}

/**
 * Make an icon that screen readers pass over.
 * @param {string} name one of the outlines above
 * @returns {SVGElement}
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "d-icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/**
 * Make a button with an icon, a text, or both.
 * @param {{label: string, symbol?: string, text?: string, run: function, style?: string, title?: string, pressed?: boolean}} options
 * @returns {HTMLButtonElement}
 */
export function button({ label, symbol, text, run, style = "", title = label, pressed }) {
  const shape = symbol && !text ? "d-button-icon" : "";
  const attributes = { type: "button", class: `d-button ${shape} ${style}`, title, onclick: run };
  if (!text || text !== label) attributes["aria-label"] = label;
  if (pressed !== undefined) attributes["aria-pressed"] = String(pressed);
  return h("button", attributes, symbol ? icon(symbol) : null, text ?? null);
}

/** Whether the keyboard belongs to a text field now, so that letters are letters. */
export function typing(target) {
  return target instanceof Element && target.closest("input:not([type=range]):not([type=checkbox]), textarea, select, [contenteditable=true]") !== null;
}

/** Hand a file to the visitor. */
export function saveFile(blob, name) {
  const address = URL.createObjectURL(blob);
  const anchor = h("a", { href: address, download: name });
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** The drawing context of a canvas at the screen's own resolution, cleared. */
export function freshCanvas(canvas) {
  const { width, height } = canvas.getBoundingClientRect();
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.max(1, Math.round(width * ratio));
  canvas.height = Math.max(1, Math.round(height * ratio));
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  return { context, width, height };
}

/** The value of a colour token of the theme. */
export function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
