// The spectrogram panel: which sound is shown, how, and what the pointer reads from it.

import { colorTable, cssGradient } from "./colormap.js";
import { h, token } from "./dom.js";
import { DIFFERENCE_DB, paintFrequency, paintMagnitude } from "./spectrum_pixels.js";
import { SpectrumPlot } from "./spectrum_plot.js";
import { SpectrumScale } from "./spectrum_scale.js";
import { describe, readCell } from "./spectrum_words.js";

const MODES = { original: "Original", decoded: "Decoded", difference: "Difference" };
const WORDS_AFTER_MS = 400; // screen readers hear of a sound once it rests

/** The panel "spectrogram-view". */
class SpectrogramView {
  constructor(element, distill) {
    this.distill = distill;
    this.body = element.querySelector(".d-panel-body");
    this.wanted = "decoded";
    this.cell = null;
    this.body.replaceChildren(this.buildPlots(), this.buildFoot());
    element.querySelector(".d-panel-tools").append(this.buildModes());
    distill.ready.then((model) => this.open(model)).catch(() => {});
  }

  buildPlots() {
    this.parts = {
      magnitude: buildPart("Magnitude", "Levels"),
      frequency: buildPart("Inst. frequency", "Places in the band"),
    };
    const figures = Object.values(this.parts).map((part) => part.figure);
    this.empty = h("p", { class: "d-empty d-spectrum-empty" }, "Select a sound on the map to see it here.");
    return h("div", { class: "d-spectrum-plots" }, ...figures, this.empty);
  }

  buildFoot() {
    this.readout = h("div", { class: "d-spectrum-readout", "aria-live": "off" });
    this.showReadout();
    return this.readout;
  }

  buildModes() {
    this.radios = {};
    const choices = Object.entries(MODES).map(([mode, label]) => {
      const choose = () => this.choose(mode);
      const radio = h("input", {
        type: "radio",
        name: "d-spectrum-mode",
        value: mode,
        class: "d-hidden",
        onchange: choose,
      });
      this.radios[mode] = radio;
      return h("label", { class: "d-segment" }, radio, h("span", {}, label));
    });
    return h("div", { class: "d-segments", role: "radiogroup", "aria-label": "Spectrogram of" }, ...choices);
  }

  open(model) {
    this.scale = new SpectrumScale(model);
    for (const part of Object.values(this.parts)) this.openPart(part);
    new ResizeObserver(() => this.resize()).observe(this.body);
    const { distill } = this;
    distill.on("sound", () => this.showLater());
    distill.on("original", () => this.showLater());
    distill.on("theme", () => this.recolor());
    distill.on("compare", ({ original }) => this.follow(original));
    distill.on("playhead", (playhead) => this.movePlayhead(playhead));
    this.recolor();
  }

  openPart(part) {
    part.plot = new SpectrumPlot(part.canvas, this.scale);
    part.canvas.addEventListener("pointermove", (event) => this.point(part, event));
    part.canvas.addEventListener("pointerleave", () => this.read(null));
    part.canvas.addEventListener("blur", () => this.read(null));
    part.canvas.addEventListener("keydown", (event) => this.step(event));
  }

  /** The mode that can be shown now: what the user chose, if the sounds for it are there. */
  mode() {
    return this.distill.state.original ? this.wanted : "decoded";
  }

  choose(mode) {
    this.wanted = mode;
    this.showLater();
  }

  /** A/B listening shows what is heard; who studies the difference keeps it. */
  follow(original) {
    if (this.wanted === "difference") return;
    this.choose(original ? "original" : "decoded");
  }

  /** Draw at the next frame of the screen, however many sounds arrive before it. */
  showLater() {
    if (this.pending) return;
    this.pending = requestAnimationFrame(() => {
      this.pending = null;
      this.show();
    });
  }

  show() {
    const mode = this.mode();
    const { sound, original } = this.distill.state;
    const shown = mode === "original" ? original : sound;
    this.markMode(mode);
    this.empty.hidden = Boolean(shown);
    if (!shown || !this.scale) return;
    this.channels = shown.channels;
    this.against = mode === "difference" ? original.channels : null;
    this.paint();
    this.draw();
    this.showReadout();
    clearTimeout(this.wording);
    this.wording = setTimeout(() => this.putInWords(mode), WORDS_AFTER_MS);
  }

  markMode(mode) {
    const possible = Boolean(this.distill.state.original);
    for (const [name, radio] of Object.entries(this.radios)) {
      radio.checked = name === mode;
      radio.disabled = !possible && name !== "decoded";
    }
    this.markLegends(mode === "difference");
  }

  markLegends(difference) {
    const { magnitude, frequency } = this.parts;
    const levels = difference
      ? [`−${DIFFERENCE_DB}`, `+${DIFFERENCE_DB} dB`]
      : [`−${this.scale?.rangeDb ?? 80}`, "0 dB"];
    const places = difference ? ["lower", "higher"] : ["low", "high"];
    [magnitude.low.textContent, magnitude.high.textContent] = levels;
    [frequency.low.textContent, frequency.high.textContent] = places;
  }

  paint() {
    const { channels, against, scale, tables } = this;
    const { magnitude, frequency } = this.parts;
    const levels = against ? tables.diverging : tables.magnitude;
    paintMagnitude({ pixels: magnitude.plot.pixels, channels, against, scale }, levels);
    paintFrequency({ pixels: frequency.plot.pixels, channels, against, scale }, tables.diverging);
    magnitude.bar.style.backgroundImage = cssGradient(levels);
    magnitude.plot.fill();
    frequency.plot.fill();
  }

  draw() {
    for (const { plot } of Object.values(this.parts)) plot.draw(this.colors, this.cell);
  }

  recolor() {
    const theme = this.distill.state.theme;
    this.tables = { magnitude: colorTable("magnitude", theme), diverging: colorTable("diverging", theme) };
    this.colors = {
      ground: token("--d-raised"),
      line: token("--d-line"),
      ink: token("--d-ink"),
      muted: token("--d-muted"),
    };
    this.parts.frequency.bar.style.backgroundImage = cssGradient(this.tables.diverging);
    this.parts.magnitude.bar.style.backgroundImage = cssGradient(this.tables.magnitude);
    this.show();
    this.draw();
  }

  resize() {
    for (const { plot } of Object.values(this.parts)) plot.resize();
    this.draw();
  }

  point(part, event) {
    this.readout.setAttribute("aria-live", "off"); // a moving pointer must not talk
    this.read(part.plot.cellAt({ x: event.offsetX, y: event.offsetY }));
  }

  /** Move the cross-hair by keys. */
  step(event) {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const move = moves[event.key];
    if (!move || !this.channels) return;
    event.preventDefault();
    event.stopPropagation();
    this.readout.setAttribute("aria-live", "polite");
    const { bands, frames } = this.scale;
    const from = this.cell ?? { band: bands >> 2, frame: 0 };
    const by = event.shiftKey ? 8 : 1;
    this.read({
      frame: Math.min(Math.max(from.frame + move[0] * by, 0), frames - 1),
      band: Math.min(Math.max(from.band + move[1] * by, 0), bands - 1),
    });
  }

  read(cell) {
    this.cell = cell;
    if (this.scale) this.draw();
    this.showReadout();
  }

  showReadout() {
    if (!this.cell || !this.channels) {
      this.readout.replaceChildren(h("span", { class: "d-muted" }, "Point at a picture to read it."));
      return;
    }
    const read = readCell(this.scale, this.channels, this.cell, this.against);
    const parts = [
      ["time", read.time],
      ["band", read.band],
      ["level", read.level],
      ["IF", read.frequency],
    ];
    this.readout.replaceChildren(...parts.map(([name, value]) => reading(name, value)));
  }

  putInWords(mode) {
    const { magnitude, frequency } = this.parts;
    const words = describe(this.scale, this.channels);
    const of =
      mode === "difference"
        ? "Difference between decoded and original sound; the decoded one is"
        : `${MODES[mode]} sound:`;
    magnitude.canvas.setAttribute(
      "aria-label",
      `Magnitude over time and frequency. ${of} ${words} Arrow keys read single values.`,
    );
    frequency.canvas.setAttribute(
      "aria-label",
      `Instantaneous frequency: where in each band the partial lies. ${of} ${words}`,
    );
  }

  movePlayhead({ seconds, playing }) {
    for (const { plot, playhead } of Object.values(this.parts)) {
      playhead.hidden = !playing;
      if (!playing || !plot.box) continue;
      const { x, y, width, height } = plot.box;
      playhead.style.height = `${height}px`;
      const share = (seconds % this.scale.seconds) / this.scale.seconds;
      playhead.style.transform = `translate(${x + share * width}px, ${y}px)`;
    }
  }
}

function buildPart(title, what) {
  const canvas = h("canvas", { role: "img", tabindex: "0", "aria-label": `${title}: no sound yet` });
  const playhead = h("div", { class: "d-spectrum-playhead", hidden: true });
  const [low, high] = [h("span"), h("span")];
  const bar = h("span", { class: "d-spectrum-bar" });
  const legend = h(
    "span",
    { class: "d-spectrum-legend", role: "img", "aria-label": `${what}: colour scale` },
    low,
    bar,
    high,
  );
  const caption = h("figcaption", {}, h("span", { class: "d-spectrum-name", title }, title), legend);
  const figure = h(
    "figure",
    { class: "d-spectrum-part" },
    caption,
    h("div", { class: "d-spectrum-plot" }, canvas, playhead),
  );
  return { figure, canvas, playhead, low, high, bar, plot: null };
}

function reading(name, value) {
  return h("span", {}, h("span", { class: "d-muted" }, `${name} `), h("span", { class: "d-number" }, value));
}

window.distill.component("spectrogram-view", (element) => new SpectrogramView(element, window.distill));
