// How names, numbers and dots of the map look. Names come as text and stay text.

/**
 * A coloured dot, as the map draws its points.
 * @param {string} color
 * @param {boolean} [ring] whether it stands for one of the user's own sounds
 * @returns {HTMLElement}
 */
export function dotOf(color, ring = false) {
  const dot = document.createElement("span");
  dot.className = ring ? "d-map-dot d-map-dot-ring" : "d-map-dot";
  dot.style.setProperty("--dot", color);
  dot.setAttribute("aria-hidden", "true");
  return dot;
}

/**
 * A name that may be cut short, whole in its title.
 * @param {string} name anything, markup included: it is shown as it is
 * @returns {HTMLElement}
 */
export function textOf(name) {
  const text = document.createElement("span");
  text.className = "d-map-name";
  text.textContent = text.title = name;
  return text;
}

/**
 * How a value reads beside the colour scale.
 * @param {number} value
 * @param {string} [unit]
 * @returns {string}
 */
export function readable(value, unit = "") {
  const size = Math.abs(value);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : 2;
  const number = size >= 10_000 ? `${(value / 1000).toFixed(1)}k` : value.toFixed(digits);
  return unit && unit !== "1" ? `${number} ${unit}` : number;
}

/**
 * How a column's name reads in the menu.
 * @param {string} name such as "spectral_centroid"
 * @returns {string} such as "Spectral centroid"
 */
export function title(name) {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
