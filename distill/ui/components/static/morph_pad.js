// The morph pad: the sound at the handle's place, and gestures recorded, replayed and rendered.

import { button, h, icon, saveFile } from "./dom.js";
import { readWhole } from "./download.js";
import { Gesture, LONGEST } from "./gesture.js";
import { Corners, nearestName } from "./morph_corners.js";
import { cornerShares, morph } from "./morph_maths.js";
import { Square } from "./morph_square.js";

const SOURCE = "morph";
const STEP = 0.1; // seconds from latent to latent in a rendered file
const SAVE = { label: "Save the gesture as a sound", symbol: "download" };
const CANCEL = { label: "Stop rendering", symbol: "stop" };

/** The panel "morph-pad". */
class MorphPad {
  constructor(element, distill) {
    this.distill = distill;
    this.gesture = new Gesture();
    this.recording = null; // when the recording began, in milliseconds
    this.replaying = null; // the frame that is asked for while a gesture replays
    this.rendering = null; // what stops the rendering that is on
    this.corners = new Corners(distill, () => this.cornersChanged());
    this.square = new Square((place, phase) => this.handleMoved(place, phase));
    this.square.surface.append(...this.corners.chips);
    element.querySelector(".d-panel-tools").append(...this.buildTools());
    element.querySelector(".d-panel-body").replaceChildren(this.square.surface);
    distill.ready.then((model) => this.open(model)).catch(() => {});
  }

  buildTools() {
    this.clock = h("span", {
      class: "d-number d-muted d-morph-clock",
      role: "timer",
      "aria-label": "Length of the gesture",
    });
    this.record = button({
      label: "Record a gesture",
      symbol: "record",
      style: "d-button-quiet",
      run: () => this.toggleRecording(),
      pressed: false,
    });
    this.replay = button({
      label: "Replay the gesture",
      symbol: "play",
      style: "d-button-quiet",
      run: () => this.toggleReplay(),
      pressed: false,
    });
    this.save = button({ ...SAVE, style: "d-button-quiet", run: () => this.toggleRendering() });
    this.markTools();
    return [this.clock, this.record, this.replay, this.save];
  }

  open(model) {
    this.centre = model.mean;
    this.distill.on("latent", ({ source }) => this.square.setCurrent(source === SOURCE));
    this.distill.on("carry", (carried) => this.corners.carried(carried, this.square.surface));
    this.distill.on("view", ({ corners }) => this.corners.follow(corners));
    this.square.setCurrent(false);
    this.distill.attempt(() => this.corners.fill(this.distill.state.view?.corners));
  }

  cornersChanged() {
    this.corners.held.forEach((corner, i) => {
      const color = corner ? `var(--d-family-${corner.family}, var(--d-muted))` : "transparent";
      this.square.surface.style.setProperty(`--corner-${i}`, color);
    });
    this.showPlace(this.square.place);
    this.square.setCurrent(false);
  }

  showPlace(place) {
    const shares = cornerShares(place);
    this.square.show(place, shares, nearestName(this.corners.held, shares));
  }

  /** The handle was moved by hand: hear the place, and record it if asked to. */
  handleMoved(place, { end }) {
    this.stopReplay();
    if (this.recording !== null) this.gesture.add(this.elapsed(), place);
    this.go(place, end);
  }

  go(place, commit) {
    this.showPlace(place);
    if (!this.corners.ready) return;
    const latent = morph(this.corners.latents, place, this.centre);
    this.send(latent, commit);
  }

  send(latent, commit) {
    cancelAnimationFrame(this.frame);
    const options = { source: SOURCE, commit };
    if (commit) this.distill.setLatent(latent, options);
    else this.frame = requestAnimationFrame(() => this.distill.setLatent(latent, options));
  }

  elapsed() {
    return (performance.now() - this.recording) / 1000;
  }

  toggleRecording() {
    if (this.recording === null) this.startRecording();
    else this.stopRecording();
  }

  startRecording() {
    this.stopReplay();
    this.gesture = new Gesture();
    this.recording = performance.now();
    this.gesture.add(0, this.square.place);
    this.distill.announce("Recording: move the handle, then press the button again.");
    this.limit = setTimeout(() => this.stopRecording(), LONGEST * 1000);
    this.ticking = setInterval(() => this.markTools(), 100);
    this.markTools();
  }

  stopRecording() {
    clearTimeout(this.limit);
    clearInterval(this.ticking);
    this.gesture.add(this.elapsed(), this.square.place);
    this.recording = null;
    this.markTools();
  }

  markTools() {
    const recording = this.recording !== null;
    const seconds = recording ? this.elapsed() : this.gesture.seconds;
    this.clock.textContent = seconds > 0 || recording ? `${seconds.toFixed(1)} s` : "";
    this.record.setAttribute("aria-pressed", String(recording));
    this.record.classList.toggle("d-morph-recording", recording);
    this.replay.setAttribute("aria-pressed", String(Boolean(this.replaying)));
    const idle = recording || !this.gesture.points.length;
    this.record.disabled = Boolean(this.rendering);
    this.replay.disabled = idle || Boolean(this.rendering);
    this.save.disabled = idle;
    this.square?.showTrail(this.gesture.points);
  }

  toggleReplay() {
    if (this.replaying) return this.stopReplay();
    const began = performance.now();
    const step = () => {
      const time = (performance.now() - began) / 1000;
      const over = time >= this.gesture.seconds;
      this.replaying = over ? null : requestAnimationFrame(step);
      this.go(this.gesture.at(time), over);
      if (over) this.markTools();
    };
    this.replaying = requestAnimationFrame(step);
    this.markTools();
  }

  stopReplay() {
    if (!this.replaying) return;
    cancelAnimationFrame(this.replaying);
    this.replaying = null;
    this.markTools();
  }

  toggleRendering() {
    if (this.rendering) this.rendering.abort();
    else this.render();
  }

  /** Have the server play the whole gesture into one file, and hand that out. */
  async render() {
    this.rendering = new AbortController();
    this.markSave(CANCEL);
    const file = await this.distill.attempt(() => this.fetchRender(this.rendering.signal));
    this.rendering = null;
    this.markSave(SAVE);
    if (file) saveFile(file, `${this.fileName()}.wav`);
  }

  markSave({ label, symbol }) {
    this.save.replaceChildren(icon(symbol));
    this.save.title = label;
    this.save.setAttribute("aria-label", label);
    this.markTools();
  }

  /** The file, or null when the user stopped it. */
  async fetchRender(signal) {
    const query = new URLSearchParams({ format: "wav", step: STEP, name: this.fileName() });
    const options = { method: "POST", body: this.journey(), as: "response", signal };
    try {
      const answer = await this.distill.api(`live/export?${query}`, options);
      return await readWhole(answer, (share) => this.tellRendered(share));
    } catch (error) {
      if (!signal.aborted) throw error;
      this.distill.announce("Rendering stopped; the gesture is still there.");
      return null;
    }
  }

  tellRendered(share) {
    this.clock.textContent = `${Math.round(100 * share)} %`;
  }

  /** Latents along the gesture, one after the other. */
  journey() {
    const places = this.gesture.places(STEP);
    const { latents } = this.corners;
    const size = latents[0].length;
    const journey = new Float32Array(places.length * size);
    places.forEach((place, i) => journey.set(morph(latents, place, this.centre), i * size));
    return journey;
  }

  fileName() {
    const words = this.corners.held.map(({ name }) =>
      name
        .replace(/\.\w+$/, "")
        .replace(/[^\p{L}\p{N}_-]+/gu, "-")
        .slice(0, 16),
    );
    return `morph_${words.join("_")}`;
  }
}

window.distill.component("morph-pad", (element) => new MorphPad(element, window.distill));
