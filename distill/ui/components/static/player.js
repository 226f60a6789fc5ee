// The player: play, loop, compare, volume, waveform, keys, download and link.

import { copyLink } from "./copy_link.js";
import { button, h, icon, saveFile, typing } from "./dom.js";
import { createKeys } from "./keys.js";
import { recall, remember } from "./memory.js";
import { midiButton } from "./midi_button.js";
import { same, toText } from "./wire.js";
import { createWaveform } from "./waveform.js";

const { distill } = window;

distill.component("player", (element) => {
  const body = element.querySelector(".d-panel-body");
  const canvas = h("canvas", { class: "d-waveform", role: "img", "aria-label": "Waveform of the current sound" });
  const status = h("p", { class: "d-unlock" }, "Click anywhere or press a key to switch the sound on.");
  const keys = createKeys({ on: noteOn, off: (note) => distill.engine?.noteOff(note) });
  body.append(h("div", { class: "d-wave-frame" }, canvas, status), keys.element, controls());
  element.querySelector(".d-panel-head").insertBefore(nowPlaying(), element.querySelector(".d-panel-tools"));
  element.querySelector(".d-panel-tools").append(...tools(keys));
  followWaveform(createWaveform(canvas));
  distill.on("unlocked", () => (status.hidden = true));
  window.addEventListener("keydown", shortcut);
});

function heard() {
  const { compare, original, sound } = distill.state;
  return compare ? original : sound;
}

/** Whether the current sound was moved away from the one it started from. */
function shaped() {
  return !same(distill.state.latent, distill.state.base);
}

function noteOn(note, velocity) {
  const clip = heard();
  distill.engine?.unlock();
  if (clip) distill.engine?.noteOn(note, velocity, clip.audio);
}

function nowPlaying() {
  const label = h("p", { class: "d-now d-muted d-small" });
  const tell = () => {
    const { name } = distill.state;
    const text = name && shaped() ? `${name}, shaped` : name;
    if (text === label.textContent) return;
    label.textContent = text;
    label.title = text;
  };
  for (const event of ["select", "latent"]) distill.on(event, tell);
  tell();
  return label;
}

function followWaveform(waveform) {
  const show = () => waveform.show(heard()?.audio ?? null);
  for (const event of ["sound", "compare", "theme"]) distill.on(event, show);
  distill.on("playhead", ({ seconds, playing, duration }) => waveform.playhead(playing ? seconds / duration : null));
  show();
}

function controls() {
  return h("div", { class: "d-controls" }, playButton(), loopButton(), comparison(), clock(), volume());
}

function playButton() {
  const play = button({ label: "Play", text: "Play", symbol: "play", title: "Play or stop (Space)", style: "d-button-main d-play", run: distill.toggle });
  let shown = false;
  distill.on("playhead", ({ playing }) => {
    if (playing === shown) return;
    shown = playing;
    play.replaceChildren(icon(playing ? "stop" : "play"), playing ? "Stop" : "Play");
  });
  return play;
}

function loopButton() {
  const loop = button({ label: "Loop", symbol: "loop", title: "Loop (L)", pressed: distill.state.loop, run: () => distill.setLoop(!distill.state.loop) });
  distill.on("loop", (on) => loop.setAttribute("aria-pressed", String(on)));
  return loop;
}

function comparison() {
  const choices = [
    segment("Decoded", "What the model makes of it (B)", () => distill.compare(false)),
    segment("Original", "The sound as recorded, at the same level (B)", () => distill.compare(true)),
  ];
  const show = () => {
    const { compare, original } = distill.state;
    choices.forEach((choice, index) => choice.setAttribute("aria-pressed", String(compare === (index === 1))));
    choices[1].disabled = !original;
  };
  distill.on("compare", show);
  distill.on("original", show);
  show();
  return h("div", { class: "d-segments", role: "group", "aria-label": "Compare" }, ...choices);
}

function segment(text, title, run) {
  return h("button", { type: "button", class: "d-segment", title, onclick: run }, text);
}

function clock() {
  const text = h("span", { class: "d-clock d-number d-muted" }, "0.0 s");
  let shown = text.textContent;
  distill.on("playhead", ({ seconds }) => {
    const now = `${seconds.toFixed(1)} s`; // hundredths cannot be read while they run
    if (now !== shown) text.textContent = shown = now;
  });
  return text;
}

function volume() {
  const slider = h("input", { type: "range", class: "d-range", min: 0, max: 1, step: 0.01, "aria-label": "Volume", value: recall("volume", 0.8) });
  const apply = () => {
    slider.style.setProperty("--fill", `${slider.value * 100}%`);
    slider.setAttribute("aria-valuetext", `${Math.round(slider.value * 100)} percent`);
  };
  slider.addEventListener("input", () => {
    distill.engine?.setVolume(Number(slider.value));
    remember("volume", Number(slider.value));
    apply();
  });
  apply();
  const symbol = button({ label: "Mute", symbol: "volume", style: "d-button-quiet", run: () => mute(slider) });
  return h("div", { class: "d-volume" }, symbol, slider);
}

function mute(slider) {
  const back = slider.dataset.before ?? "0.8";
  const silent = Number(slider.value) === 0;
  if (!silent) slider.dataset.before = slider.value;
  slider.value = silent ? back : "0";
  slider.dispatchEvent(new Event("input"));
}

function tools(keys) {
  const toggle = button({ label: "Play on keys", symbol: "keys", style: "d-button-quiet", title: "Play on the keys A to K", pressed: true, run: flip });
  let on = recall("keys", true);
  const apply = () => {
    toggle.setAttribute("aria-pressed", String(on));
    keys.enable(on);
  };
  function flip() {
    on = !on;
    remember("keys", on);
    apply();
  }
  apply();
  return [
    toggle,
    ...midiButton(keys),
    button({ label: "Copy link", symbol: "link", style: "d-button-quiet", title: "Copy a link to this sound", run: () => copyLink(distill) }),
    button({ label: "Save as WAV", text: "WAV", style: "d-button-quiet", title: "Save as 24-bit WAV", run: () => download("wav") }),
    button({ label: "Save as FLAC", text: "FLAC", style: "d-button-quiet", title: "Save as 24-bit FLAC", run: () => download("flac") }),
  ];
}

async function download(format) {
  const { latent, sound } = distill.state;
  if (!sound) return;
  const name = fileName();
  const path = `live/export?format=${format}&name=${encodeURIComponent(name)}`;
  const answer = await distill.attempt(() => distill.api(path, { method: "POST", body: latent, as: "response" }));
  if (answer) saveFile(await answer.blob(), `${name}.${format}`);
}

/** Such as "bd_808 shaped x7Qk2a": the same latent always gets the same name. */
function fileName() {
  const { latent, name } = distill.state;
  const plain = (name || "sound").replace(/\.[a-z0-9]{2,4}$/i, "").replace(/[^\p{L}\p{N} _-]+/gu, " ").trim().slice(0, 60);
  return `${plain || "sound"} ${shaped() ? "shaped" : "decoded"} ${fingerprint(latent)}`;
}

function fingerprint(latent) {
  let hash = 0x811c9dc5;
  for (const letter of toText(latent)) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193) >>> 0;
  return hash.toString(36).padStart(6, "0").slice(-6);
}

function shortcut(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const key = event.key.toLowerCase();
  const onButton = event.target instanceof Element && event.target.closest("button, a, summary, [role=button]");
  if (key === " " && !onButton) act(event, distill.toggle);
  else if (key === "b" && !event.repeat) act(event, () => distill.compare());
  else if (key === "l" && !event.repeat) act(event, () => distill.setLoop(!distill.state.loop));
}

function act(event, run) {
  event.preventDefault();
  run();
}
