// The binary form of a sound on the live routes. Knows nothing of the network.

const MAGIC = 0x44535431; // "DST1"
const HEADER_BYTES = 32;
const FULL_SCALE = 32767;
const MAGNITUDE_TOP = 2; // the magnitude channel is sent as a share of this value

/**
 * @typedef {object} Clip
 * @property {Float32Array} audio mono samples at the model's rate
 * @property {Float32Array} channels magnitude then IF, [2][bands][frames]
 * @property {Float32Array} latent
 * @property {number} bands
 * @property {number} frames
 * @property {number} remoteness 0 on the data, 1 at its edge, more beyond
 * @property {?{x: number, y: number}} place on the map, where known
 */

/**
 * Read a clip as the server packs it.
 * @param {ArrayBuffer} buffer
 * @param {number} latentSize
 * @returns {Clip}
 */
export function readClip(buffer, latentSize = 128) {
  const [magic, samples, bands, frames] = new Uint32Array(buffer, 0, 4);
  if (magic !== MAGIC) throw new Error("The server sent something that is not a sound.");
  const [gain, remoteness, x, y] = new Float32Array(buffer, 16, 4);
  const latent = new Float32Array(buffer, HEADER_BYTES, latentSize).slice();
  const cells = bands * frames;
  const integers = new Int16Array(buffer, HEADER_BYTES + latentSize * 4, samples + 2 * cells);
  const channels = new Float32Array(2 * cells);
  scaleInto(channels, 0, integers.subarray(samples, samples + cells), MAGNITUDE_TOP);
  scaleInto(channels, cells, integers.subarray(samples + cells), 1);
  const audio = new Float32Array(samples);
  scaleInto(audio, 0, integers.subarray(0, samples), gain);
  const place = Number.isFinite(x) && Number.isFinite(y) ? { x, y } : null;
  return { audio, channels, latent, bands, frames, remoteness, place };
}

function scaleInto(target, offset, integers, top) {
  const step = top / FULL_SCALE;
  for (let i = 0; i < integers.length; i++) target[offset + i] = integers[i] * step;
}

/**
 * Write bytes as text that may stand in a link.
 * @param {Float32Array} values
 * @returns {string} base64url without padding
 */
export function toText(values) {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/**
 * Read what toText wrote, bit for bit.
 * @param {string} text
 * @param {number} length number of values expected
 * @returns {?Float32Array} null when the text is damaged
 */
export function fromText(text, length) {
  try {
    const raw = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(raw, (letter) => letter.charCodeAt(0));
    if (bytes.length !== length * 4) return null;
    const values = new Float32Array(bytes.buffer);
    return values.every(Number.isFinite) ? values : null;
  } catch {
    return null;
  }
}

/**
 * Whether two latents are the same bit for bit.
 * @param {?Float32Array} one
 * @param {?Float32Array} other
 * @returns {boolean}
 */
export function same(one, other) {
  return !!one && !!other && one.length === other.length && one.every((v, i) => v === other[i]);
}
