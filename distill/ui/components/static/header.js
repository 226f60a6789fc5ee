// The head of the page: model badge, hints, undo and redo, theme, help.

import { openAbout } from "./about.js";
import { button, h, typing } from "./dom.js";
import { createHints } from "./hints.js";

const { distill } = window;

distill.component("header", (element) => {
  const badge = element.querySelector(".d-model");
  element.querySelector(".d-hint-home").append(createHints(distill));
  element.querySelector(".d-header-tools").append(...tools());
  distill.on("model", (model) => describe(badge, model));
  if (distill.model) describe(badge, distill.model);
  window.addEventListener("keydown", shortcut);
});

function tools() {
  const undo = button({ label: "Undo", symbol: "undo", title: "Undo (Ctrl+Z)", style: "d-button-quiet", run: distill.undo });
  const redo = button({ label: "Redo", symbol: "redo", title: "Redo (Ctrl+Shift+Z)", style: "d-button-quiet", run: distill.redo });
  const theme = button({ label: "Light or dark", symbol: "moon", style: "d-button-quiet", run: distill.toggleTheme });
  const help = button({ label: "About and shortcuts", symbol: "help", title: "About and shortcuts (?)", style: "d-button-quiet", run: about });
  undo.disabled = true;
  redo.disabled = true;
  distill.on("history", (ends) => {
    undo.disabled = !ends.undo;
    redo.disabled = !ends.redo;
  });
  return [undo, redo, h("span", { class: "d-header-gap" }), theme, help];
}

function describe(badge, model) {
  badge.textContent = `${model.name} on ${model.device}`;
  badge.title = `Model ${model.name} (${model.hash}), running on ${model.device}`;
}

function about() {
  openAbout(distill.model);
}

function shortcut(event) {
  if (typing(event.target)) return;
  const command = event.ctrlKey || event.metaKey;
  const key = event.key.toLowerCase();
  if (command && key === "z") act(event, event.shiftKey ? distill.redo : distill.undo);
  else if (command && key === "y") act(event, distill.redo);
  else if (!command && event.key === "?") act(event, about);
}

function act(event, run) {
  event.preventDefault();
  run();
}
