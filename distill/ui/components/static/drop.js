// Takes files dropped anywhere on the page. Knows not what becomes of them.

import { h } from "./dom.js";

/**
 * Let files be dropped on the page.
 * @param {function(File[]): void} dropped
 */
export function createDropZone(dropped) {
  const veil = h("div", { class: "d-veil", hidden: true, "aria-hidden": "true" }, h("p", {}, "Drop to add to your sounds"));
  document.querySelector(".d-page").append(veil);
  const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");

  window.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    veil.hidden = false;
  });
  window.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) veil.hidden = true;
  });
  window.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    veil.hidden = true;
    dropped([...event.dataTransfer.files]);
  });
}
