// Channels to pixels, one pixel a band and frame. Knows values and colours, not the canvas.

const FAINT_DB = -72; // IF is greyed below the first level and in full colour above the second
const CLEAR_DB = -56;
const OPAQUE = 255 << 24;

/** Level differences are drawn from minus to plus so many dB. */
export const DIFFERENCE_DB = 24;

/**
 * @typedef {object} Frame one picture to paint
 * @property {Uint32Array} pixels [bands * frames], top row first
 * @property {Float32Array} channels magnitude then IF, [2][bands][frames]
 * @property {?Float32Array} against channels to subtract, or null
 * @property {import("./spectrum_scale.js").SpectrumScale} scale
 */

/**
 * Paint levels, or differences of level.
 * @param {Frame} frame
 * @param {Uint32Array} table 256 colours
 */
export function paintMagnitude({ pixels, channels, against, scale }, table) {
  const gain = (127.5 * scale.rangeDb) / DIFFERENCE_DB;
  eachCell(scale, (cell, pixel) => {
    const value = against ? 127.5 + (channels[cell] - against[cell]) * gain : channels[cell] * 255;
    pixels[pixel] = pick(table, value);
  });
}

/**
 * Paint the place of the partial in its band, or by how much it moved; see-through near silence.
 * @param {Frame} frame
 * @param {Uint32Array} table 256 colours
 */
export function paintFrequency({ pixels, channels, against, scale }, table) {
  const cells = scale.bands * scale.frames;
  const opacity = opacityOf(scale);
  eachCell(scale, (cell, pixel) => {
    const before = against ? against[cells + cell] : 0;
    const level = against ? Math.min(channels[cell], against[cell]) : channels[cell];
    const color = pick(table, 127.5 * (1 + channels[cells + cell] - before));
    pixels[pixel] = (color - OPAQUE + opacity(level) * 0x1000000) >>> 0;
  });
}

/**
 * How clearly a level shows its IF.
 * @param {import("./spectrum_scale.js").SpectrumScale} scale
 * @returns {function(number): number} magnitude to 0 (greyed) .. 255
 */
export function opacityOf(scale) {
  const slope = scale.rangeDb / (CLEAR_DB - FAINT_DB);
  const start = 1 + FAINT_DB / scale.rangeDb;
  return (magnitude) => Math.round(255 * Math.min(Math.max((magnitude - start) * slope, 0), 1));
}

/** Whether a level is so low that its IF says nothing. */
export function isMasked(scale, magnitude) {
  return scale.decibels(magnitude) <= FAINT_DB;
}

function eachCell({ bands, frames }, paint) {
  for (let band = 0; band < bands; band++) {
    const row = (bands - 1 - band) * frames;
    for (let frame = 0; frame < frames; frame++) paint(band * frames + frame, row + frame);
  }
}

function pick(table, value) {
  return table[Math.min(Math.max(Math.round(value), 0), 255)];
}
