// One channel on a canvas: heat, axes and cross-hair. Knows pixels, not what is compared.

import { shortHertz } from "./spectrum_scale.js";

const AXIS = { left: 30, bottom: 18, top: 1, right: 1 };
const FONT = "11px Inter, system-ui, sans-serif";

/** The picture of one channel. */
export class SpectrumPlot {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {import("./spectrum_scale.js").SpectrumScale} scale
   */
  constructor(canvas, scale) {
    this.canvas = canvas;
    this.scale = scale;
    this.heat = new OffscreenCanvas(scale.frames, scale.bands);
    this.image = new ImageData(scale.frames, scale.bands);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.filled = false;
  }

  /** Fit the canvas to its place on the page at the screen's own resolution. */
  resize() {
    const { clientWidth, clientHeight } = this.canvas;
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.max(1, Math.round(clientWidth * ratio));
    this.canvas.height = Math.max(1, Math.round(clientHeight * ratio));
    this.ratio = ratio;
    this.box = {
      x: AXIS.left,
      y: AXIS.top,
      width: Math.max(clientWidth - AXIS.left - AXIS.right, 1),
      height: Math.max(clientHeight - AXIS.top - AXIS.bottom, 1),
    };
  }

  /** Take what was painted into `pixels`. */
  fill() {
    this.heat.getContext("2d").putImageData(this.image, 0, 0);
    this.filled = true;
  }

  /**
   * Draw everything.
   * @param {{ground: string, line: string, ink: string, muted: string}} colors
   * @param {?{band: number, frame: number}} cell under the cross-hair
   */
  draw(colors, cell = null) {
    if (!this.box) this.resize();
    const context = this.canvas.getContext("2d");
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, this.canvas.clientWidth, this.canvas.clientHeight);
    this.drawHeat(context, colors);
    this.drawAxes(context, colors);
    if (cell && this.filled) this.drawCross(context, cell, colors);
  }

  drawHeat(context, { ground }) {
    const { x, y, width, height } = this.box;
    context.fillStyle = ground;
    context.fillRect(x, y, width, height);
    if (!this.filled) return;
    context.save();
    context.beginPath();
    context.rect(x, y, width, height);
    context.clip();
    const frame = (this.scale.frameSeconds / this.scale.seconds) * width;
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = "high";
    context.drawImage(this.heat, x - frame / 2, y, frame * this.scale.frames, height);
    context.restore();
  }

  drawAxes(context, { line, muted }) {
    const { x, y, width, height } = this.box;
    context.font = FONT;
    context.fillStyle = muted;
    context.strokeStyle = line;
    context.lineWidth = 1;
    context.strokeRect(x - 0.5, y - 0.5, width + 1, height + 1);
    this.drawFrequencies(context);
    this.drawTimes(context);
  }

  drawFrequencies(context) {
    const { x, y, height } = this.box;
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const { hz, share } of this.scale.ticks(height)) {
      const at = y + height * (1 - share);
      context.fillRect(x - 4, Math.round(at), 3, 1);
      context.fillText(shortHertz(hz), x - 7, Math.max(at, y + 6));
    }
  }

  drawTimes(context) {
    const { x, y, width, height } = this.box;
    const parts = width > 190 ? 4 : 2;
    context.textBaseline = "top";
    for (let part = 0; part <= parts; part++) {
      const share = part / parts;
      context.textAlign = part === 0 ? "left" : part === parts ? "right" : "center";
      context.fillRect(Math.round(x + share * (width - 1)), y + height + 1, 1, 3);
      const seconds = Number((share * this.scale.seconds).toFixed(2));
      context.fillText(part === parts ? `${seconds} s` : String(seconds), x + share * width, y + height + 6);
    }
  }

  drawCross(context, cell, { ink }) {
    const { x, y } = this.pointOf(cell);
    const { box } = this;
    context.globalAlpha = 0.55;
    context.fillStyle = ink;
    context.fillRect(box.x, Math.round(y), box.width, 1);
    context.fillRect(Math.round(x), box.y, 1, box.height);
    context.globalAlpha = 1;
  }

  /** The middle of a cell, in CSS pixels of the canvas. */
  pointOf({ band, frame }) {
    const { x, y, width, height } = this.box;
    return {
      x: x + (this.scale.time(frame) / this.scale.seconds) * width,
      y: y + height * (1 - (band + 0.5) / this.scale.bands),
    };
  }

  /** The cell under a point of the canvas, or null beside the picture. */
  cellAt({ x, y }) {
    const { box, scale } = this;
    const across = (x - box.x) / box.width;
    const up = 1 - (y - box.y) / box.height;
    if (across < 0 || across > 1 || up < 0 || up > 1) return null;
    const band = Math.min(Math.floor(up * scale.bands), scale.bands - 1);
    return { band, frame: scale.frameAt(across * scale.seconds) };
  }
}
