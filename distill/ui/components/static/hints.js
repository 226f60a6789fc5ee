// Three hints for the first minute, one at a time; each goes once its deed is done.

import { button, h } from "./dom.js";
import { recall, remember } from "./memory.js";

const HINTS = [
  { text: "Rest on a point to hear it, click to choose it.", done: { event: "select", when: (it, count) => count > 1 } },
  { text: "Click an empty place of the map to make a new sound there.", done: { event: "latent", when: (it) => it.source === "map" } },
  { text: "Move a slider, then press B to compare with the original.", done: { event: "compare", when: (it) => it.original } },
];

/**
 * Make the line of hints; it is empty once all are done or dismissed.
 * @param {object} distill
 * @returns {HTMLElement}
 */
export function createHints(distill) {
  let step = recall("hints", 0);
  const text = h("span", { class: "d-hint-text" });
  const count = h("span", { class: "d-hint-count d-number" });
  const close = button({ label: "Hide the hints", symbol: "close", style: "d-button-quiet", run: () => go(HINTS.length) });
  const line = h("p", { class: "d-hint", role: "note" }, count, text, close);

  function go(next) {
    step = next;
    remember("hints", step);
    show();
  }

  function show() {
    line.hidden = step >= HINTS.length;
    if (line.hidden) return;
    count.textContent = `${step + 1}/${HINTS.length}`;
    text.textContent = HINTS[step].text;
  }

  HINTS.forEach(({ done }, index) => {
    let seen = 0;
    distill.on(done.event, (detail) => {
      seen += 1;
      if (index === step && done.when(detail, seen)) go(step + 1);
    });
  });
  show();
  return line;
}
