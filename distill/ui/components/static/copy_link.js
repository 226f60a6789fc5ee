// Copies the link to the current sound, or shows it where the browser forbids that.

import { button, h } from "./dom.js";

/** Put the link into the clipboard. */
export async function copyLink(distill) {
  const address = distill.link();
  try {
    await navigator.clipboard.writeText(address);
    distill.announce("The link to this sound is copied.");
  } catch {
    showLink(address);
  }
}

function showLink(address) {
  const field = h("input", { class: "d-field d-link-field", readonly: true, value: address, "aria-label": "Link to this sound" });
  const close = () => dialog.close();
  const dialog = h(
    "dialog",
    { class: "d-dialog", "aria-labelledby": "d-link-title", onclose: () => dialog.remove() },
    h("h2", { id: "d-link-title" }, "Link to this sound"),
    h("p", {}, "The browser does not let this page copy it; copy it from here."),
    field,
    h("div", { class: "d-dialog-actions" }, button({ label: "Close", text: "Close", run: close })),
  );
  document.body.append(dialog);
  dialog.showModal();
  field.focus();
  field.select();
}
