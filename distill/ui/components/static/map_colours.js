// What the map's colours mean: families, clusters, and a scale for measured values.
// Points become groups of one colour and one size each, which is what WebGL draws fastest.

import { groupOf, KIND } from "./map_points.js";

const BINS = 12;
const CLIP = 0.02; // the scale runs from the 2nd to the 98th percentile
const OPACITY = { 0: 0.55, 1: 0.95, 2: 1 };
// Cividis (Nuñez et al. 2018), cut where it would sink into the background.
const SCALES = {
  dark: ["#4a6fb3", "#7d87a3", "#a3a083", "#d0bf62", "#ffe65a"],
  light: ["#b08a00", "#8d8457", "#6a7178", "#3f5580", "#00224e"],
};
// Okabe and Ito's palette, for clusters.
const CLUSTERS = ["#e69f00", "#56b4e9", "#009e73", "#d6c72f", "#3f86d0", "#d55e00", "#cc79a7"];

/**
 * @typedef {object} PointGroup points drawn alike
 * @property {string} color
 * @property {number} size pixels
 * @property {number} opacity
 * @property {?string} ring colour of an outline
 * @property {number[]} indices
 */

/**
 * Read the design's colours where the map stands.
 * @param {Element} element
 * @param {string} theme "dark" or "light"
 * @returns {{theme: string, token: function(string): string}}
 */
export function readPalette(element, theme) {
  const style = getComputedStyle(element);
  const token = (name) => style.getPropertyValue(`--d-${name}`).trim();
  return { theme, token };
}

/**
 * Split the shown points into groups drawn alike, small and dim first.
 * @param {import("./map_points.js").MapPoints} points
 * @param {Uint8Array} shown
 * @param {string} by "family" or a column of the points
 * @param {{theme: string, token: function(string): string}} palette
 * @returns {PointGroup[]}
 */
export function groupPoints(points, shown, by, palette) {
  const colorOf = colouring(points, by, palette);
  const groups = new Map();
  for (let i = 0; i < points.count; i++) {
    if (!shown[i]) continue;
    const color = colorOf(i);
    const key = `${points.kind[i]} ${color}`;
    if (!groups.has(key)) groups.set(key, newGroup(points.kind[i], color, points.count, palette));
    groups.get(key).indices.push(i);
  }
  return [...groups.values()].sort((one, other) => one.size - other.size);
}

function newGroup(kind, color, count, palette) {
  const ring = kind === KIND.yours ? palette.token("accent") : null;
  return { color, size: sizeOf(kind, count), opacity: OPACITY[kind], ring, indices: [] };
}

function sizeOf(kind, count) {
  if (kind === KIND.yours) return 11;
  if (kind === KIND.bundled) return count > 300 ? 8 : 10;
  return count > 15_000 ? 3 : count > 2_000 ? 4 : 5.5;
}

function colouring(points, by, palette) {
  if (by === "family") return (i) => familyColour(groupOf(points, i), palette);
  const values = points.columns.get(by);
  if (by === "cluster") return (i) => clusterColour(values[i], palette);
  const share = shareOf(values, points.units[by]);
  const steps = Array.from({ length: BINS }, (_, bin) => scaleAt(bin / (BINS - 1), palette.theme));
  const nothing = palette.token("faint");
  return (i) => steps[Math.round(share(values[i]) * (BINS - 1))] ?? nothing;
}

/** Where a value stands on the scale, 0 to 1; frequencies on a logarithmic one, as they are heard. */
function shareOf(values, unit) {
  const { low, high } = rangeOf(values);
  const bend = unit === "Hz" && low > 0 ? Math.log : (value) => value;
  const [from, to] = [bend(low), bend(high)];
  return (value) => Math.min(Math.max((bend(value) - from) / (to - from || 1), 0), 1);
}

/** The colour of a family, or of "yours". */
export function familyColour(name, palette) {
  const own = palette.token(name === "yours" ? "ink" : `family-${name}`);
  return own || palette.token("muted");
}

function clusterColour(cluster, palette) {
  if (!(cluster >= 0)) return palette.token("faint");
  return CLUSTERS[cluster % CLUSTERS.length];
}

/**
 * The span of values that a colour scale covers.
 * @param {Float32Array} values
 * @returns {{low: number, high: number}}
 */
export function rangeOf(values) {
  const sorted = values.filter(Number.isFinite).sort();
  if (sorted.length === 0) return { low: 0, high: 1 };
  const at = (share) => sorted[Math.round(share * (sorted.length - 1))];
  return { low: at(CLIP), high: at(1 - CLIP) };
}

/** The scale as a CSS gradient, low to high. */
export function scaleGradient(theme) {
  return `linear-gradient(to right, ${SCALES[theme].join(", ")})`;
}

/** The colours of the clusters side by side, as a CSS gradient. */
export function clusterGradient() {
  const width = 100 / CLUSTERS.length;
  const stops = CLUSTERS.map((color, i) => `${color} ${i * width}% ${(i + 1) * width}%`);
  return `linear-gradient(to right, ${stops.join(", ")})`;
}

/** How many clusters have a colour of their own. */
export const CLUSTER_COLOURS = CLUSTERS.length;

function scaleAt(share, theme) {
  const stops = SCALES[theme];
  const place = share * (stops.length - 1);
  const left = Math.min(Math.floor(place), stops.length - 2);
  return mix(stops[left], stops[left + 1], place - left);
}

function mix(one, other, share) {
  const channels = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  const [from, to] = [channels(one), channels(other)];
  const mixed = from.map((value, i) => Math.round(value + (to[i] - value) * share));
  return `rgb(${mixed.join(",")})`;
}
