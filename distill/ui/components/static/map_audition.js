// What the pointer makes heard on the map: a point sounds once the pointer rests on it.

import { recall, remember } from "./memory.js";
import { createPump } from "./pump.js";

const REST_MS = 25; // how long the pointer rests on a point before it sounds

/** Hears the points under the pointer, unless it is switched off. */
export class MapAudition {
  /**
   * @param {HTMLElement} button switches it on and off
   * @param {function(number): string} idOf the sound of a point
   */
  constructor(button, idOf) {
    Object.assign(this, { button, idOf, point: -1, since: 0 });
    this.fetcher = createPump(({ id }) => distill.heard(id), {
      done: (_, { point }) => this.hearResting(point),
      failed: (error) => distill.announce(error.message, { kind: "error" }),
    });
    button.addEventListener("click", () => this.turn(!this.on));
    this.turn(recall("map.audition", true));
  }

  turn(on) {
    this.on = on;
    this.button.setAttribute("aria-pressed", String(on));
    remember("map.audition", on);
  }

  /**
   * The pointer stands on a point, or on none (-1). Its sound is fetched at once, and heard if it stays.
   * @returns {boolean} whether it stood elsewhere before
   */
  rest(point) {
    if (point === this.point) return false;
    Object.assign(this, { point, since: performance.now() });
    if (point < 0) distill.stopAudition();
    else if (this.on) this.fetcher.request({ point, id: this.idOf(point) });
    return true;
  }

  /** How long the pointer has stood there, in milliseconds. */
  rested() {
    return performance.now() - this.since;
  }

  /** A click plays the point itself: what is still on its way is not heard. */
  cancel() {
    this.fetcher.cancel();
    distill.stopAudition();
  }

  /** Play a point. */
  hear(point) {
    if (this.on) distill.audition(this.idOf(point));
  }

  hearResting(point) {
    const wait = REST_MS - this.rested();
    const stays = () => this.point === point && this.hearAndExpect(point);
    if (wait > 0) setTimeout(stays, wait);
    else stays();
  }

  /** Play a point, and fetch what a click on it would play. */
  hearAndExpect(point) {
    this.hear(point);
    distill.sounds.decoded(this.idOf(point)).catch(() => {}); // told when it is clicked
  }
}
