// The shelf: the visitor's own sounds, by drop, by file or by microphone.

import { button, h } from "./dom.js";
import { createDropZone } from "./drop.js";
import { createRecorder } from "./recorder.js";
import { openSession, saveSession } from "./sessions.js";
import { createTraining } from "./training.js";
import { createUploads } from "./uploads.js";

const { distill } = window;
const ACCEPT = "audio/*,.wav,.aif,.aiff,.flac,.ogg,.opus,.mp3";

distill.component("shelf", (element) => {
  const list = h("ul", { class: "d-sounds d-scroll", "aria-label": "Your sounds" });
  const empty = emptyState();
  const progress = h("progress", { class: "d-progress", max: 1, value: 0, "aria-label": "Uploads", hidden: true });
  element.querySelector(".d-panel-body").append(progress, list, empty);
  const uploads = createUploads(distill, { changed: () => show(uploads, list, empty, progress) });
  const training = createTraining(distill);
  distill.on("train", training.ask);
  const picker = filePicker((files) => uploads.add(files));
  element.querySelector(".d-panel-tools").append(...tools(uploads, picker), picker);
  empty.querySelector(".d-pick").addEventListener("click", () => picker.click());
  element.querySelector(".d-panel-body").prepend(training.element);
  createDropZone((files) => uploads.add(files));
  distill.ready.then(() => uploads.restore());
});

function emptyState() {
  const pick = button({ label: "Choose files", text: "Choose files", style: "d-pick", run: () => {} });
  return h("div", { class: "d-empty" }, h("p", {}, "Drop sounds anywhere on the page: WAV, AIFF, FLAC, OGG, Opus or MP3, up to a minute each."), pick);
}

function filePicker(chosen) {
  const picker = h("input", { type: "file", multiple: true, accept: ACCEPT, class: "d-hidden", tabindex: "-1", "aria-label": "Add sound files" });
  picker.addEventListener("change", () => {
    chosen([...picker.files]);
    picker.value = "";
  });
  return picker;
}

function tools(uploads, picker) {
  return [
    button({ label: "Add files", symbol: "add", style: "d-button-quiet", run: () => picker.click() }),
    createRecorder(distill, (file) => uploads.add([file])),
    button({ label: "Train on your sounds", symbol: "train", style: "d-button-quiet", run: () => trainOn(uploads) }),
    button({ label: "Save the session", symbol: "save", style: "d-button-quiet", run: () => saveSession(distill) }),
    button({ label: "Open a saved session", symbol: "open", style: "d-button-quiet", run: () => openSession(distill, uploads.restore) }),
  ];
}

/** Ask to train on all sounds of the shelf. */
function trainOn(uploads) {
  const landed = uploads.entries().filter((entry) => entry.state === "landed");
  const ids = landed.flatMap((entry) => entry.sounds.map(({ id }) => id));
  distill.emit("train", { ids, count: landed.length });
}

function show(uploads, list, empty, progress) {
  const entries = uploads.entries();
  list.replaceChildren(...entries.map((entry) => row(uploads, entry)));
  list.hidden = entries.length === 0;
  empty.hidden = entries.length > 0;
  const pending = entries.filter((entry) => entry.state === "waiting" || entry.state === "sending");
  progress.hidden = pending.length === 0;
  progress.value = entries.length ? 1 - pending.length / entries.length : 0;
}

function row(uploads, entry) {
  return h("li", { class: `d-sound d-sound-${entry.state}` }, nameOf(entry), detail(entry), remover(uploads, entry));
}

function nameOf(entry) {
  if (entry.state !== "landed") return h("span", { class: "d-sound-name", title: entry.name }, entry.name);
  const choose = () => distill.select(entry.sounds[0].id);
  return h("button", { type: "button", class: "d-sound-name", title: entry.name, onclick: choose }, entry.name);
}

function detail(entry) {
  if (entry.state === "refused") return h("span", { class: "d-sound-problem", role: "alert" }, entry.problem);
  const texts = { waiting: "waiting", sending: "reading" };
  const text = texts[entry.state] ?? `${entry.seconds.toFixed(2)} s`;
  return h("span", { class: "d-number d-muted" }, text);
}

function remover(uploads, entry) {
  if (entry.state === "waiting" || entry.state === "sending") return h("span", { class: "d-spin", "aria-hidden": "true" });
  const label = entry.state === "refused" ? `Dismiss ${entry.name}` : `Remove ${entry.name}`;
  return button({ label, symbol: "close", style: "d-button-quiet", run: () => uploads.remove(entry) });
}
