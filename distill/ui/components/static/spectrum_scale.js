// What the rows, columns and values of a spectrogram mean. Draws nothing.

const FFT_SIZE = 2048; // of the representation: see distill/spectrogram.py
const HOP = 512;
const TICKS_HZ = [1000, 10000, 100, 5000, 2000, 20000, 500, 200]; // the ones to keep come first

/** The scales of one model's channels: bands to Hz, frames to seconds, values to dB and cents. */
export class SpectrumScale {
  /** @param {{bands: number, frames: number, edges_hz: number[], range_db: number, sample_rate: number, clip_samples: number}} model */
  constructor(model) {
    const { bands, frames, edges_hz: edges, range_db: rangeDb, sample_rate: rate } = model;
    Object.assign(this, { bands, frames, rangeDb });
    this.seconds = model.clip_samples / rate;
    this.frameSeconds = HOP / rate;
    this.centres = edges.slice(1, -1);
    const width = (band) => Math.max((edges[band + 2] - edges[band]) / 2, rate / FFT_SIZE);
    this.halfWidths = this.centres.map((_, band) => width(band));
  }

  /** Level of a magnitude in dB under a full-scale sine. */
  decibels(magnitude) {
    return (magnitude - 1) * this.rangeDb;
  }

  /** The frequency in Hz that an IF value means in its band. */
  frequency(band, value) {
    return Math.max(this.centres[band] + value * this.halfWidths[band], 0);
  }

  /** How far that frequency lies from the band's centre, in cents. */
  cents(band, value) {
    return 1200 * Math.log2(Math.max(this.frequency(band, value), 1) / this.centres[band]);
  }

  /** Seconds of a frame's centre. */
  time(frame) {
    return frame * this.frameSeconds;
  }

  /** The frame nearest to a time. */
  frameAt(seconds) {
    return clamp(Math.round(seconds / this.frameSeconds), 0, this.frames - 1);
  }

  /** Height of a frequency on the band axis: 0 at the foot of band 0, `bands` at the top. */
  heightOf(hz) {
    const { centres } = this;
    let band = centres.findIndex((centre) => centre > hz);
    band = clamp(band < 0 ? centres.length - 1 : band, 1, centres.length - 1);
    const step = centres[band] - centres[band - 1];
    return clamp(band - 0.5 + (hz - centres[band - 1]) / step, 0, this.bands);
  }

  /**
   * The round frequencies to label, as many as fit.
   * @param {number} pixels height of the axis
   * @param {number} [gap] least distance of two labels in pixels
   * @returns {{hz: number, share: number, label: string}[]} share of the height, 0 at the foot
   */
  ticks(pixels, gap = 15) {
    const kept = [];
    for (const hz of TICKS_HZ) {
      const share = this.heightOf(hz) / this.bands;
      const free = kept.every((tick) => Math.abs(tick.share - share) * pixels >= gap);
      if (hz < this.centres.at(-1) && free) kept.push({ hz, share, label: shortHertz(hz) });
    }
    return kept.sort((a, b) => a.hz - b.hz);
  }
}

/** A frequency as an axis says it: 500, 2k. */
export function shortHertz(hz) {
  return hz < 1000 ? String(hz) : `${hz / 1000}k`;
}

function clamp(value, least, most) {
  return Math.min(Math.max(value, least), most);
}
