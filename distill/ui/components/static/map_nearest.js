// The list of the sounds nearest to the current one. Each can be heard, chosen, or dragged away.

import { familyColour } from "./map_colours.js";
import { groupOf, KIND, nearest } from "./map_points.js";
import { recall, remember } from "./memory.js";
import { dotOf, textOf } from "./map_words.js";

const COUNT = 10;
const ROOMY_PX = 1200; // in a narrower window the list opens on request

/** The list beside the map. */
export class NearestList {
  /**
   * @param {function(string): HTMLElement} part finds a part of the component by name
   * @param {{choose: function(number): void, hear: function(number): void}} handlers get a point
   */
  constructor(part, handlers) {
    Object.assign(this, { part, handlers });
    part("nearest-toggle").addEventListener("click", () => this.open(part("nearest").hidden));
    this.open(recall("map.nearest", window.innerWidth >= ROOMY_PX));
  }

  open(wanted) {
    this.part("nearest").hidden = !wanted;
    this.part("nearest-toggle").setAttribute("aria-pressed", String(wanted));
    remember("map.nearest", wanted);
  }

  /**
   * List what lies nearest to a place.
   * @param {import("./map_points.js").MapPoints} points
   * @param {Uint8Array} shown
   * @param {?{x: number, y: number}} place null empties the list
   * @param {number} except the selected point, or -1
   * @param {object} palette
   */
  render(points, shown, place, except, palette) {
    const found = place ? nearest(points, shown, place, { count: COUNT, except }) : [];
    const rows = found.map(({ index }) => this.row(points, index, palette));
    this.part("nearest-list").replaceChildren(...rows);
    this.part("nearest-none").hidden = rows.length > 0;
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
    button.addEventListener("pointerenter", () => this.handlers.hear(index));
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
