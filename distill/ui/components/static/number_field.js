// A field for one number that opens over something, and goes when the number is there.

import { h } from "./dom.js";

const LEAST_WIDTH = 52; // pixels

/**
 * Ask for a number. Enter and a click elsewhere take it, Escape does not.
 * @param {HTMLElement} host what the field covers
 * @param {{label: string, value: number, typed: function(number): void, closed: function(): void}} options
 *   `typed` gets the number, if it is one; `closed` is told when a key closed the field
 */
export function typeOver(host, { label, value, typed, closed }) {
  const field = h("input", {
    class: "d-slider-field d-number",
    inputmode: "decimal",
    value: value.toFixed(2),
    "aria-label": label,
  });
  let open = true;

  function close(keep) {
    if (!open) return;
    open = false; // taking the field away blurs it, which closes it again
    const number = readNumber(field.value);
    field.remove();
    if (keep && number !== null) typed(number);
  }

  function key(event) {
    event.stopPropagation();
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    close(event.key === "Enter");
    closed();
  }

  field.addEventListener("blur", () => close(true));
  field.addEventListener("pointerdown", (event) => event.stopPropagation());
  field.addEventListener("keydown", key);
  host.after(field);
  placeOver(field, host);
  field.focus();
  field.select();
}

/** The number a text stands for, with a comma or a point; null when it is none. */
export function readNumber(text) {
  const number = Number(text.trim().replace(",", ".").replace("−", "-"));
  return text.trim() && Number.isFinite(number) ? number : null;
}

function placeOver(field, host) {
  const width = Math.max(host.offsetWidth, LEAST_WIDTH);
  const left = host.offsetLeft + (host.offsetWidth - width) / 2;
  Object.assign(field.style, {
    left: `${Math.max(left, 0)}px`,
    top: `${host.offsetTop}px`,
    width: `${width}px`,
  });
}
