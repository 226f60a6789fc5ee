// The sounds inside the lasso: how many, and what can be done with them.
// Other parts of the page hear of them by the event "selection" {ids, names}.

import { saveFile } from "./dom.js";
import { zip } from "./map_zip.js";

const MOST_SAVED = 200;

/** The bar that appears while a selection stands. */
export class MapSelection {
  /**
   * @param {function(string): HTMLElement} part finds a part of the component by name
   * @param {{clear: function(): void, focus: function(string[]): void}} handlers called when the user
   *   clears the selection, or wants a map of it alone
   */
  constructor(part, { clear, focus }) {
    Object.assign(this, { part, sounds: [], saving: null });
    part("selection-clear").addEventListener("click", clear);
    part("selection-map").addEventListener("click", () => focus(this.sounds.map(({ id }) => id)));
    part("selection-train").addEventListener("click", () => this.train());
    part("selection-list").addEventListener("click", () => this.saveList());
    part("selection-save").addEventListener("click", () => this.toggleSaving());
  }

  /** @param {{id: string, name: string, family: string, recorded: boolean}[]} sounds [] closes the bar */
  set(sounds) {
    if (sounds.length === 0 && this.sounds.length === 0) return;
    this.sounds = sounds;
    this.part("selection").hidden = sounds.length === 0;
    this.say(`${sounds.length.toLocaleString("en")} ${sounds.length === 1 ? "sound" : "sounds"} selected`);
    const detail = { ids: sounds.map(({ id }) => id), names: sounds.map(({ name }) => name) };
    distill.emit("selection", detail);
  }

  /** Take a sound in, or out again. */
  toggle(sound) {
    const others = this.sounds.filter(({ id }) => id !== sound.id);
    this.set(others.length < this.sounds.length ? others : [...others, sound]);
  }

  /** Ask to train on the recordings among the sounds; the rest is known to the model alone. */
  train() {
    const ids = this.sounds.filter(({ recorded }) => recorded).map(({ id }) => id);
    distill.emit("train", { ids, count: ids.length });
  }

  say(text) {
    this.part("selection-count").textContent = text;
  }

  saveList() {
    const lines = this.sounds.map(({ id, name, family }) => [id, name, family].map(quoted).join(","));
    const text = ["id,name,family", ...lines].join("\r\n");
    saveFile(new Blob([text], { type: "text/csv" }), "distill-selection.csv");
  }

  toggleSaving() {
    if (this.saving) this.saving.abort();
    else this.saveSounds();
  }

  async saveSounds() {
    const wanted = this.sounds.slice(0, MOST_SAVED);
    if (wanted.length < this.sounds.length) {
      distill.announce(`Saving the first ${MOST_SAVED} of ${this.sounds.length} sounds; select fewer for the rest.`);
    }
    this.saving = new AbortController();
    const button = this.part("selection-save");
    const words = button.textContent;
    button.textContent = "Stop saving";
    const archive = await distill.attempt(() => this.render(wanted, this.saving.signal));
    button.textContent = words;
    this.saving = null;
    this.set(this.sounds);
    if (archive) saveFile(archive, "distill-selection.zip");
  }

  /** The archive, or null when the user stopped it. */
  async render(wanted, signal) {
    const files = [];
    for (const [i, { id, name }] of wanted.entries()) {
      if (signal.aborted) return null;
      this.say(`Saving ${i + 1} of ${wanted.length}…`);
      const body = await distill.fetchLatent(id);
      const options = { method: "POST", body, as: "buffer" };
      const bytes = await distill.api("live/export?format=flac&name=sound", options);
      files.push({ name: fileName(i, name), bytes: new Uint8Array(bytes) });
    }
    return zip(files);
  }
}

function fileName(i, name) {
  const plain = name.replace(/[^\p{L}\p{N} ._-]+/gu, "_").trim().slice(0, 80);
  return `${String(i + 1).padStart(3, "0")} ${plain || "sound"}.flac`;
}

/** A CSV field; a leading sign of a formula is taken away from spreadsheets. */
function quoted(text) {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}
