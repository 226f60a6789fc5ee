// Spectrograms in words: the hover readout and the sentence for those who cannot see them.

import { isMasked } from "./spectrum_pixels.js";

/**
 * What one cell holds.
 * @param {import("./spectrum_scale.js").SpectrumScale} scale
 * @param {Float32Array} channels
 * @param {{band: number, frame: number}} cell
 * @param {?Float32Array} against channels to compare with
 * @returns {{time: string, band: string, level: string, frequency: string}}
 */
export function readCell(scale, channels, { band, frame }, against = null) {
  const at = band * scale.frames + frame;
  const place = { time: `${scale.time(frame).toFixed(2)} s`, band: hertz(scale.centres[band]) };
  const values = against ? readDifference : readValue;
  return { ...place, ...values(scale, band, at, channels, against) };
}

function readValue(scale, band, at, channels) {
  const position = channels[scale.bands * scale.frames + at];
  const masked = isMasked(scale, channels[at]);
  const cents = signed(scale.cents(band, position), 0);
  return {
    level: `${signed(scale.decibels(channels[at]), 1)} dB`,
    frequency: masked ? "too quiet to tell" : `${hertz(scale.frequency(band, position))}, ${cents} cents`,
  };
}

function readDifference(scale, band, at, channels, against) {
  const cells = scale.bands * scale.frames;
  const masked = isMasked(scale, Math.min(channels[at], against[at]));
  const cents = scale.cents(band, channels[cells + at]) - scale.cents(band, against[cells + at]);
  return {
    level: `${signed(scale.decibels(channels[at]) - scale.decibels(against[at]), 1)} dB`,
    frequency: masked ? "too quiet to tell" : `${signed(cents, 0)} cents`,
  };
}

/**
 * A sentence on what a spectrogram shows.
 * @param {import("./spectrum_scale.js").SpectrumScale} scale
 * @param {Float32Array} channels
 * @returns {string}
 */
export function describe(scale, channels) {
  const peak = loudest(channels.subarray(0, scale.bands * scale.frames));
  if (isMasked(scale, channels[peak])) return "Silence.";
  const { band, frame } = cellOf(scale, peak);
  const read = readCell(scale, channels, { band, frame });
  const pitch = hertz(scale.frequency(band, channels[scale.bands * scale.frames + peak]));
  const low = hertz(scale.centres[edgeBand(scale, channels, 1)]);
  const high = hertz(scale.centres[edgeBand(scale, channels, -1)]);
  const where = `loudest at ${pitch}, ${read.level}, ${read.time} in`;
  return `${where}; most energy between ${low} and ${high}.`;
}

function loudest(magnitude) {
  let best = 0;
  for (let i = 1; i < magnitude.length; i++) if (magnitude[i] > magnitude[best]) best = i;
  return best;
}

function cellOf({ frames }, index) {
  return { band: Math.floor(index / frames), frame: index % frames };
}

/** The outermost band, from below (1) or above (-1), whose mean level is within 20 dB of the top. */
function edgeBand({ bands, frames, rangeDb }, channels, step) {
  const levels = Array.from({ length: bands }, (_, band) => {
    const row = channels.subarray(band * frames, (band + 1) * frames);
    return row.reduce((sum, value) => sum + value, 0) / frames;
  });
  const enough = Math.max(...levels) - 20 / rangeDb;
  const loud = (level) => level >= enough;
  return step > 0 ? levels.findIndex(loud) : levels.findLastIndex(loud);
}

/** A frequency in words: 440 Hz, 1,203 Hz. */
export function hertz(value) {
  return `${Math.round(value).toLocaleString("en-GB")} Hz`;
}

/** A number with its sign, and a real minus. */
export function signed(value, digits) {
  const text = Math.abs(value).toFixed(digits);
  if (Number(text) === 0) return text;
  return `${value < 0 ? "−" : "+"}${text}`;
}
