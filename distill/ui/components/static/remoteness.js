// A meter of how far a sound lies from the sounds the model was trained on.

import { h } from "./dom.js";

const EDGE = 1; // from here on real sounds become rare
const WORDS = [
  [EDGE, "Close to real sounds"],
  [1.4, "At the edge of real sounds"],
  [Infinity, "Uncharted"],
];

const MEANING = "how far this sound lies from those the model has learnt from; 1, the mark, is their edge";

/** What a remoteness means, in words. */
export function wordsFor(remoteness) {
  return WORDS.find(([limit]) => remoteness <= limit)[1];
}

/** Place of a remoteness on the meter, 0 .. 1: the edge at two thirds, infinity at the end. */
export function meterShare(remoteness) {
  return remoteness / (remoteness + EDGE / 2);
}

/**
 * Make the meter.
 * @returns {{element: HTMLElement, show: function(number): void}}
 */
export function makeRemoteness() {
  const words = h("span", { class: "d-remoteness-words" }, "No sound yet");
  const bar = h(
    "span",
    {
      class: "d-remoteness-bar",
      role: "meter",
      "aria-label": "Distance from real sounds",
      "aria-valuemin": "0",
      "aria-valuemax": "1",
      "aria-valuenow": "0",
    },
    h("i"),
    h("b"),
  );
  bar.style.setProperty("--edge", meterShare(EDGE));
  const element = h("div", { class: "d-remoteness", title: MEANING }, bar, words);

  function show(remoteness) {
    if (!Number.isFinite(remoteness)) return;
    const share = meterShare(Math.max(remoteness, 0));
    words.textContent = wordsFor(remoteness);
    element.title = `${remoteness.toFixed(2)}: ${MEANING}`;
    bar.style.setProperty("--at", share);
    bar.classList.toggle("d-remoteness-far", remoteness > EDGE);
    bar.setAttribute("aria-valuenow", share.toFixed(2));
    bar.setAttribute("aria-valuetext", words.textContent);
  }

  return { element, show };
}
