// A sound taken up from the map: its name follows the pointer, and other panels may take it.
// They hear the event "carry" {id, x, y, dropped}, with the place in the window.

import { h } from "./dom.js";

/** The sound that is carried, if any. */
export class MapCarry {
  constructor() {
    this.label = null;
  }

  /**
   * Carry a sound on, or let it go.
   * @param {{id: string, name: string}} sound
   * @param {{x: number, y: number}} place in the window
   * @param {boolean} dropped
   */
  move({ id, name }, { x, y }, dropped) {
    this.label ??= this.show(name);
    this.label.style.transform = `translate(${x + 14}px, ${y + 10}px)`;
    distill.emit("carry", { id, x, y, dropped });
    if (!dropped) return;
    this.label.remove();
    this.label = null;
  }

  show(name) {
    const label = h("div", { class: "d-carried", "aria-hidden": "true" }, name);
    document.querySelector(".d-page").append(label);
    return label;
  }
}
