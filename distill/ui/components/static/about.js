// The dialog that says what this is, what runs, and which keys do what.

import { button, h } from "./dom.js";

const SHORTCUTS = [
  ["Space", "Play or stop"],
  ["B", "Hear the original or the decoded sound"],
  ["A W S E D F T G Y H U J K", "Play the sound chromatically; Z and X change the octave"],
  ["L", "Loop"],
  ["Shift click", "Put a sound of the map into the selection; Shift and drag plays a path"],
  ["Ctrl Z", "Undo; Ctrl Shift Z redoes"],
  ["Double click", "Reset a slider"],
  ["?", "This page"],
];

/**
 * Open the dialog.
 * @param {?object} model as GET live/model describes it
 */
export function openAbout(model) {
  const close = () => dialog.close();
  const dialog = h(
    "dialog",
    { class: "d-dialog", "aria-labelledby": "d-about-title", onclose: () => dialog.remove() },
    h("h2", { id: "d-about-title" }, "Distill"),
    h("p", {}, "Explore the space between sounds. Every point of the map is a sound; the places in between are sounds too, made by a neural network when you ask for them."),
    h("h3", {}, "Keys"),
    h("dl", { class: "d-shortcuts" }, ...SHORTCUTS.flatMap(shortcutRow)),
    h("h3", {}, "Model"),
    h("p", {}, model ? facts(model) : "The model is still loading."),
    h("p", {}, "Your sounds stay in this session on this server and are gone when it ends. Save the session to keep them."),
    h("div", { class: "d-dialog-actions" }, button({ label: "Close", text: "Close", run: close })),
  );
  dialog.addEventListener("click", (event) => event.target === dialog && close());
  document.body.append(dialog);
  dialog.showModal();
}

function shortcutRow([keys, deed]) {
  const caps = keys.split(" ").flatMap((key) => [h("kbd", { class: "d-kbd" }, key), " "]);
  return [h("dt", {}, ...caps), h("dd", {}, deed)];
}

function facts(model) {
  const millions = (model.parameters / 1e6).toFixed(1);
  return `${model.name} (${model.hash}): a convolutional variational autoencoder with ${millions} million parameters and ${model.latent_size} latent dimensions, running on ${model.device}.`;
}
