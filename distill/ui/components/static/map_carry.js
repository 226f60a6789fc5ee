// A sound taken up from the map: its name follows the pointer, and other panels may take it.
// They hear the event "carry" {id, x, y, dropped}, with the place in the window.

import { h } from "./dom.js";

/** The sound that is carried, if any. */
export class MapCarry {
  /** @param {HTMLElement} stage where it is taken up */
  constructor(stage) {
    Object.assign(this, { stage, sound: null, label: null });
  }

  /** @param {{id: string, name: string}} sound */
  take(sound) {
    this.sound = sound;
  }

  /**
   * Carry it along, or let it go.
   * @param {{x: number, y: number}[]} path pixels of the stage, which it may leave
   * @param {boolean} dropped
   */
  move(path, dropped) {
    const { left, top } = this.stage.getBoundingClientRect();
    const [x, y] = [path.at(-1).x + left, path.at(-1).y + top];
    this.label ??= this.show();
    this.label.style.transform = `translate(${x + 14}px, ${y + 10}px)`;
    distill.emit("carry", { id: this.sound.id, x, y, dropped });
    if (!dropped) return;
    this.label.remove();
    this.label = null;
  }

  show() {
    const label = h("div", { class: "d-carried", "aria-hidden": "true" }, this.sound.name);
    document.querySelector(".d-page").append(label);
    return label;
  }
}
