// One slider: a track that answers pointer, wheel, keys and typing. Knows a number, not a latent.

import { button, h } from "./dom.js";
import { typeOver } from "./number_field.js";
import { signed } from "./spectrum_words.js";

const STEPS = { fine: 0.01, usual: 0.1, coarse: 0.5 }; // standard deviations
const WHEEL_REST_MS = 250;
const GRAB_PX = 12;

/**
 * @typedef {object} SliderOptions
 * @property {string} name what it is called
 * @property {string} [note] a small word under the name
 * @property {string} [title] what the name and note mean
 * @property {number} low lowest value in standard deviations
 * @property {number} high highest value
 * @property {number[]} [safe] the range within which sounds are likely, by default all of it
 * @property {boolean} [dim] whether it is known to change little
 * @property {boolean} [bare] without name, value and lock of its own
 * @property {function(number, {end: boolean}): void} move told of every new value; `end` ends a gesture
 * @property {function(boolean): void} lock told when locked or unlocked
 */

/** A slider whose zero is marked and whose fill starts there. */
export class Slider {
  /** @param {SliderOptions} options */
  constructor(options) {
    this.options = options;
    this.value = 0;
    this.locked = false;
    this.track = this.buildTrack();
    this.element = options.bare ? this.track : this.buildFader();
    this.set(0);
  }

  buildTrack() {
    const { name, low, high, dim } = this.options;
    const track = h(
      "div",
      {
        class: `d-slider ${dim ? "d-slider-dim" : ""}`,
        role: "slider",
        tabindex: "0",
        "aria-label": name,
        "aria-valuemin": low,
        "aria-valuemax": high,
        "aria-orientation": "vertical",
      },
      h("i", { class: "d-slider-safe" }),
      h("i", { class: "d-slider-fill" }),
      h("i", { class: "d-slider-thumb" }),
    );
    const safe = this.safeRange();
    track.style.setProperty("--zero", this.share(0));
    track.style.setProperty("--safe-from", this.share(safe.low));
    track.style.setProperty("--safe-length", this.share(safe.high) - this.share(safe.low));
    track.addEventListener("pointerdown", (event) => this.grab(event));
    track.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    track.addEventListener("keydown", (event) => this.key(event));
    track.addEventListener("keyup", () => this.finish());
    track.addEventListener("blur", () => this.finish());
    track.addEventListener("dblclick", () => this.moveTo(0, { end: true }));
    return track;
  }

  buildFader() {
    const { name, note = "", title = name } = this.options;
    this.figure = h("button", {
      type: "button",
      class: "d-fader-value d-number",
      tabindex: "-1",
      title: "Type a value",
      onclick: () => this.type(),
    });
    this.lockButton = button({
      label: `Lock ${name}`,
      symbol: "lock",
      title: "Lock: randomise leaves this one alone",
      style: "d-button-quiet d-fader-lock",
      run: () => this.toggleLock(),
      pressed: false,
    });
    this.lockButton.tabIndex = -1;
    const label = h("span", { class: "d-fader-name" }, name);
    return h(
      "div",
      { class: "d-fader", title },
      this.figure,
      this.track,
      label,
      h("span", { class: "d-fader-note" }, note),
      this.lockButton,
    );
  }

  /** Where sounds are likely. */
  safeRange() {
    const { low, high, safe = [low, high] } = this.options;
    return { low: safe[0], high: safe[1] };
  }

  /** Show a value; it may lie beyond the ends. */
  set(value) {
    const shown = Math.abs(value) < 5e-4 ? 0 : value;
    if (shown === this.value && this.shown) return;
    this.value = shown;
    this.shown = true;
    this.draw();
  }

  draw() {
    const { value, track } = this;
    const { low, high } = this.options;
    const at = this.share(value);
    track.style.setProperty("--at", at);
    track.style.setProperty("--from", Math.min(at, this.share(0)));
    track.style.setProperty("--length", Math.abs(at - this.share(0)));
    track.classList.toggle("d-slider-moved", value !== 0);
    track.classList.toggle("d-slider-beyond", value < low || value > high);
    track.setAttribute("aria-valuenow", Math.min(Math.max(value, low), high).toFixed(3));
    track.setAttribute("aria-valuetext", this.words());
    if (this.figure) this.drawFigure(signed(value, 2));
  }

  drawFigure(text) {
    this.figure.textContent = text;
    this.figure.setAttribute("aria-label", `${text}: type a value for ${this.options.name}`);
    this.figure.classList.toggle("d-muted", this.value === 0);
  }

  /** The value in words. */
  words() {
    const lock = this.locked ? ", locked" : "";
    return `${signed(this.value, 2)} standard deviations${lock}`;
  }

  share(value) {
    const { low, high } = this.options;
    return Math.min(Math.max((value - low) / (high - low), 0), 1);
  }

  moveTo(value, { end }) {
    const { low, high, move } = this.options;
    this.set(Math.min(Math.max(value, low), high));
    this.moving = !end;
    move(this.value, { end });
  }

  /** End a gesture of keys or wheel, if one is on. */
  finish() {
    clearTimeout(this.resting);
    if (this.moving && !this.pulled) this.moveTo(this.value, { end: true });
  }

  grab(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    this.finish();
    this.track.focus({ preventScroll: true });
    this.track.setPointerCapture(event.pointerId);
    this.pulled = this.startPull(event);
    const pull = (move) => this.pull(move);
    const release = () => {
      this.track.removeEventListener("pointermove", pull);
      this.pulled = null;
      this.finish();
    };
    if (this.pulled.value !== this.value) this.moveTo(this.pulled.value, { end: false });
    this.track.addEventListener("pointermove", pull);
    this.track.addEventListener("lostpointercapture", release, { once: true });
  }

  /** A press beside the thumb brings it there; one on it does not move it. */
  startPull(event) {
    const box = this.track.getBoundingClientRect();
    const upright = box.height > box.width;
    const length = upright ? box.height : box.width;
    const place = upright ? box.bottom - event.clientY : event.clientX - box.left;
    const { low, high } = this.options;
    const pulled = {
      upright,
      perPixel: (high - low) / length,
      x: event.clientX,
      y: event.clientY,
      value: this.value,
    };
    if (Math.abs(place - this.share(this.value) * length) > GRAB_PX)
      pulled.value = low + place * pulled.perPixel;
    return pulled;
  }

  /** Follow the pointer; with Shift ten times finer. */
  pull(event) {
    const { pulled } = this;
    const pixels = pulled.upright ? pulled.y - event.clientY : event.clientX - pulled.x;
    if (!pixels) return;
    pulled.value += pixels * pulled.perPixel * (event.shiftKey ? 0.1 : 1);
    Object.assign(pulled, { x: event.clientX, y: event.clientY });
    this.moveTo(pulled.value, { end: false });
  }

  wheel(event) {
    event.preventDefault();
    const turn = -Math.sign(event.deltaY || event.deltaX);
    this.moveTo(this.value + turn * (event.shiftKey ? STEPS.fine : STEPS.usual), { end: false });
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.finish(), WHEEL_REST_MS);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const value = this.valueAfter(event);
    if (value !== null) this.moveTo(value, { end: !event.repeat });
    else if (event.key === "Enter") this.type();
    else if (event.key === "l" || event.key === "L") this.toggleLock();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  valueAfter({ key, shiftKey }) {
    const { low, high } = this.options;
    const step = shiftKey ? STEPS.fine : STEPS.usual;
    const steps = {
      ArrowUp: step,
      ArrowRight: step,
      ArrowDown: -step,
      ArrowLeft: -step,
      PageUp: STEPS.coarse,
      PageDown: -STEPS.coarse,
    };
    const ends = { Home: low, End: high, Delete: 0, Backspace: 0, 0: 0 };
    if (key in steps) return Math.round((this.value + steps[key]) * 1e6) / 1e6;
    return ends[key] ?? null;
  }

  toggleLock() {
    this.setLocked(!this.locked);
    this.options.lock(this.locked);
  }

  setLocked(locked) {
    this.locked = locked;
    this.lockButton?.setAttribute("aria-pressed", String(locked));
    this.element.classList.toggle("d-locked", locked);
    this.draw();
  }

  /** Let the user type a value over the slider. */
  type() {
    typeOver(this.figure ?? this.track, {
      label: `${this.options.name}, in standard deviations`,
      value: this.value,
      typed: (value) => this.moveTo(value, { end: true }),
      closed: () => this.track.focus(),
    });
  }
}
