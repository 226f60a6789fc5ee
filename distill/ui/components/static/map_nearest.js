// The list of the sounds nearest to the current one, by their latents: the map can only hint at
// those distances. Each sound can be heard, chosen, or dragged away.

import { familyColour } from "./map_colours.js";
import { groupOf, KIND } from "./map_points.js";
import { recall, remember } from "./memory.js";
import { dotOf, textOf } from "./map_words.js";

const COUNT = 10;
const ASKED = 60; // more than shown, since some may be filtered away
const SETTLE_MS = 120; // after the last change of the latent
const ROOMY_PX = 1200; // in a narrower window the list opens on request

/** The list beside the map. */
export class NearestList {
  /**
   * @param {function(string): HTMLElement} part finds a part of the component by name
   * @param {{choose: function(number): void, hear: function(number): void}} handlers get a point
   */
  constructor(part, handlers) {
    Object.assign(this, { part, handlers, timer: 0, ids: [], pointer: null });
    part("nearest-list").addEventListener("pointermove", ({ clientX, clientY }) => (this.pointer = { clientX, clientY }));
    part("nearest-toggle").addEventListener("click", () => this.toggle());
    this.open(recall("map.nearest", window.innerWidth >= ROOMY_PX));
  }

  toggle() {
    const wanted = this.part("nearest").hidden;
    this.open(wanted);
    remember("map.nearest", wanted); // what the window's width decided is not a wish
  }

  open(wanted) {
    this.part("nearest").hidden = !wanted;
    this.part("nearest-toggle").setAttribute("aria-pressed", String(wanted));
  }

  /**
   * Ask for what lies nearest to a latent, once it has come to rest.
   * @param {Float32Array} latent
   * @param {function(): void} found called when `render` has something new to show
   */
  ask(latent, found) {
    clearTimeout(this.timer);
    this.part("nearest-list").setAttribute("aria-busy", "true");
    this.timer = setTimeout(async () => {
      const options = { method: "POST", body: latent };
      const answer = await distill.attempt(() => distill.api(`live/nearest?count=${ASKED}`, options));
      if (!answer) return;
      this.part("nearest-list").setAttribute("aria-busy", "false");
      this.ids = answer.id;
      found();
    }, SETTLE_MS);
  }

  /**
   * List the nearest sounds.
   * @param {import("./map_points.js").MapPoints} points
   * @param {Uint8Array} shown
   * @param {number} except the selected point, or -1
   * @param {object} palette
   */
  render(points, shown, except, palette) {
    const known = this.ids.map((id) => points.indexOf.get(id) ?? -1);
    const found = known.filter((index) => index !== except && shown[index]).slice(0, COUNT);
    const rows = found.map((index) => this.row(points, index, palette));
    this.part("nearest-list").replaceChildren(...rows);
    this.part("nearest-none").hidden = rows.length > 0;
  }

  /** Whether the pointer came to a row, rather than a new row to the resting pointer. */
  moved({ clientX, clientY }) {
    return clientX !== this.pointer?.clientX || clientY !== this.pointer?.clientY;
  }

  row(points, index, palette) {
    const row = document.createElement("li");
    const button = document.createElement("button");
    const ring = points.kind[index] === KIND.yours;
    button.type = "button";
    button.className = "d-map-row";
    button.draggable = true;
    button.append(dotOf(familyColour(groupOf(points, index), palette), ring));
    button.append(textOf(points.names[index]));
    button.addEventListener("click", () => this.handlers.choose(index));
    button.addEventListener("pointerenter", (event) => this.moved(event) && this.handlers.hear(index));
    button.addEventListener("dragstart", (event) => carry(event, points.ids[index], points.names[index]));
    row.append(button);
    return row;
  }
}

/** Let a sound be dragged to another panel: "application/x-distill-sound" holds its id. */
function carry(event, id, name) {
  event.dataTransfer.setData("application/x-distill-sound", id);
  event.dataTransfer.setData("text/plain", name);
  event.dataTransfer.effectAllowed = "copy";
}
