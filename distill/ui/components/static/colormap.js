// Colour maps as tables of 256 packed colours. Knows nothing of sounds or canvases.

const SIZE = 256;

// Each stop is lightness, chroma and hue in OKLCh (Ottosson, 2020). Stops stand at equal
// distances, and lightness is linear between them, so equal steps in value look equally large.
const STOPS = {
  magnitude: {
    dark: [
      [0.17, 0.02, 275],
      [0.33, 0.11, 290],
      [0.49, 0.17, 345],
      [0.65, 0.17, 35],
      [0.81, 0.145, 72],
      [0.97, 0.05, 100],
    ],
    light: [
      [0.985, 0.01, 95],
      [0.85, 0.11, 82],
      [0.71, 0.145, 58],
      [0.55, 0.16, 28],
      [0.4, 0.14, 340],
      [0.24, 0.08, 290],
    ],
  },
  diverging: {
    dark: [
      [0.8, 0.12, 225],
      [0.56, 0.13, 245],
      [0.34, 0.008, 270],
      [0.6, 0.15, 45],
      [0.84, 0.13, 75],
    ],
    light: [
      [0.38, 0.13, 255],
      [0.63, 0.12, 240],
      [0.92, 0.0, 90],
      [0.68, 0.14, 55],
      [0.45, 0.13, 38],
    ],
  },
};

/**
 * A colour map as packed colours for a Uint32 view of image data.
 * @param {"magnitude"|"diverging"} name
 * @param {"dark"|"light"} theme
 * @returns {Uint32Array} 256 opaque colours, 0xAABBGGRR
 */
export function colorTable(name, theme) {
  const stops = STOPS[name][theme];
  return Uint32Array.from({ length: SIZE }, (_, i) => pack(toSrgb(between(stops, i / (SIZE - 1)))));
}

/**
 * The same map as a CSS gradient, for a legend.
 * @param {Uint32Array} table
 * @returns {string}
 */
export function cssGradient(table) {
  const steps = Array.from({ length: 17 }, (_, i) => cssColor(table[Math.round((i * (SIZE - 1)) / 16)]));
  return `linear-gradient(to right, ${steps.join(", ")})`;
}

/** The lightness of each colour of a table, 0 to 1, in OKLab. */
export function lightnesses(table) {
  return Array.from(table, (color) => okLightness(unpack(color).map(toLinear)));
}

function between(stops, share) {
  const place = share * (stops.length - 1);
  const left = Math.min(Math.floor(place), stops.length - 2);
  const rest = place - left;
  const [a, b] = [stops[left], stops[left + 1]].map(toLab);
  return a.map((value, axis) => value + (b[axis] - value) * rest);
}

function toLab([lightness, chroma, hue]) {
  const angle = (hue * Math.PI) / 180;
  return [lightness, chroma * Math.cos(angle), chroma * Math.sin(angle)];
}

function toSrgb([lightness, a, b]) {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  return linear.map((value) => Math.round(255 * toGamma(Math.min(Math.max(value, 0), 1))));
}

function okLightness([r, g, b]) {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s;
}

function toGamma(value) {
  return value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055;
}

function toLinear(byte) {
  const value = byte / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

function pack([red, green, blue]) {
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

function unpack(color) {
  return [color & 255, (color >> 8) & 255, (color >> 16) & 255];
}

function cssColor(color) {
  return `rgb(${unpack(color).join(" ")})`;
}
