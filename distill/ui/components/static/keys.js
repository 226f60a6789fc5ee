// Turns letter keys, a strip of piano keys and MIDI into notes. Makes no sound itself.

import { h, typing } from "./dom.js";

const LETTERS = "awsedftgyhujk"; // one octave, as on a piano
const BLACK = new Set([1, 3, 6, 8, 10]);
const MIDDLE_C = 60; // plays the sound at its own pitch
const MOST_OCTAVES = 3;

/**
 * Make the keyboard.
 * @param {{on: function(number, number): void, off: function(number): void}} notes
 *   on(semitones, velocity 0 to 1), off(semitones)
 * @returns {{element: HTMLElement, enable: function(boolean): void, connectMidi: function(): Promise<number>}}
 */
export function createKeys(notes) {
  const held = new Map(); // physical key -> note
  let enabled = true;
  let octave = 0;
  const strip = h("div", { class: "d-keys", role: "group", "aria-label": "Piano keys, A to K" }, ...pianoKeys());

  function pianoKeys() {
    return [...LETTERS].map((letter, step) => {
      const press = (event) => (event.preventDefault(), down(`pointer${step}`, step + 12 * octave, 0.9));
      const release = () => up(`pointer${step}`);
      const style = BLACK.has(step) ? "d-key d-key-black" : "d-key";
      return h("button", {
        type: "button", class: style, tabindex: "-1", "aria-label": `Key ${letter.toUpperCase()}`,
        "data-step": step, onpointerdown: press, onpointerup: release, onpointerleave: release, onpointercancel: release,
      }, letter.toUpperCase());
    });
  }

  function down(key, note, velocity) {
    if (held.has(key)) return;
    held.set(key, note);
    notes.on(note, velocity);
    mark();
  }

  function up(key) {
    if (!held.has(key)) return;
    const note = held.get(key);
    held.delete(key);
    if (![...held.values()].includes(note)) notes.off(note);
    mark();
  }

  function mark() {
    const sounding = new Set([...held.values()].map((note) => note - 12 * octave));
    for (const key of strip.children) key.classList.toggle("d-key-down", sounding.has(Number(key.dataset.step)));
  }

  function shift(by) {
    octave = Math.max(-MOST_OCTAVES, Math.min(MOST_OCTAVES, octave + by));
    strip.dataset.octave = octave ? `${octave > 0 ? "+" : ""}${octave}` : "";
    mark();
  }

  function keydown(event) {
    if (!enabled || event.repeat || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const key = event.key.toLowerCase();
    const step = LETTERS.indexOf(key);
    if (key.length === 1 && step >= 0) down(key, step + 12 * octave, 0.9);
    else if (key === "z") shift(-1);
    else if (key === "x") shift(1);
  }

  function releaseAll() {
    [...held.keys()].forEach(up);
  }

  function enable(on) {
    enabled = on;
    strip.hidden = !on;
    if (!on) releaseAll();
  }

  async function connectMidi() {
    const access = await navigator.requestMIDIAccess();
    const listen = () => access.inputs.forEach((input) => (input.onmidimessage = message));
    access.onstatechange = listen;
    listen();
    return access.inputs.size;
  }

  function message({ data: [status, key, velocity] }) {
    const kind = status & 0xf0;
    if (kind === 0x90 && velocity > 0) down(`midi${key}`, key - MIDDLE_C, velocity / 127);
    else if (kind === 0x80 || kind === 0x90) up(`midi${key}`);
  }

  window.addEventListener("keydown", keydown);
  window.addEventListener("keyup", (event) => up(event.key.toLowerCase()));
  window.addEventListener("blur", releaseAll);
  return { element: strip, enable, connectMidi, message };
}
