// Draws the marks over the points: selection, current sound, where a new sound came from, paths.
// Colours live in sound_map.css; here are only shapes and places.

const SVG = "http://www.w3.org/2000/svg";
const MOST_RINGS = 80; // more would hide the points; the lasso's outline shows those
const RING_PX = 6;
const HALF_CIRCLES = `a${RING_PX} ${RING_PX} 0 1 0 ${2 * RING_PX} 0a${RING_PX} ${RING_PX} 0 1 0 ${-2 * RING_PX} 0`;

/**
 * @typedef {object} Marks what the overlay shows, in world coordinates; null or [] = nothing
 * @property {?Place} selected
 * @property {?Place} current the sound as edited
 * @property {?Place} hovered
 * @property {?Place} made a new sound's place
 * @property {Place[]} parents the sounds it was made from
 * @property {Place[]} trail a path drawn and played
 * @property {Place[]} lasso
 * @property {Place[]} picked the sounds of the selection
 * @typedef {{x: number, y: number}} Place
 */

/** @returns {Marks} */
export function noMarks() {
  return {
    selected: null,
    current: null,
    hovered: null,
    made: null,
    parents: [],
    trail: [],
    lasso: [],
    picked: [],
  };
}

/** The marks over the map. */
export class MapOverlay {
  /** @param {SVGSVGElement} svg */
  constructor(svg) {
    this.svg = svg;
    this.lasso = this.add("polygon", "lasso");
    this.picked = this.add("path", "picked");
    this.threads = this.add("g", "threads");
    this.trail = this.add("polyline", "trail");
    this.hovered = this.add("circle", "hovered", { r: 9 });
    this.halo = this.add("circle", "halo", { r: 19 });
    this.moat = this.add("circle", "moat", { r: 10 });
    this.selected = this.add("circle", "selected", { r: 10 });
    this.made = this.add("circle", "made", { r: 11 });
    this.current = this.add("path", "current", { d: "M-9 0H-3M3 0H9M0-9V-3M0 3V9" });
  }

  add(tag, name, attributes = {}, parent = this.svg) {
    const shape = document.createElementNS(SVG, tag);
    shape.setAttribute("class", `d-map-${name}`);
    for (const [key, value] of Object.entries(attributes)) shape.setAttribute(key, value);
    parent.append(shape);
    return shape;
  }

  /**
   * Show the marks where the view has them.
   * @param {Marks} marks
   * @param {import("./map_view.js").MapView} view
   */
  render(marks, view) {
    for (const name of ["selected", "current", "hovered", "made"]) {
      this.put(this[name], marks[name], view);
    }
    this.put(this.halo, marks.selected, view);
    this.put(this.moat, marks.selected, view);
    this.outline(this.trail, marks.trail, view);
    this.outline(this.lasso, marks.lasso, view);
    this.ring(this.picked, marks.picked, view);
    this.renderThreads(marks, view);
  }

  put(shape, place, view) {
    shape.style.display = place ? "" : "none";
    if (!place) return;
    const { x, y } = view.toScreen(place);
    shape.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
  }

  outline(shape, places, view) {
    const pixels = places.map((place) => view.toScreen(place));
    shape.setAttribute("points", pixels.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" "));
  }

  /** Rings around many places as one shape, which is what an SVG draws fastest. */
  ring(shape, places, view) {
    const circle = ({ x, y }) => `M${(x - RING_PX).toFixed(1)} ${y.toFixed(1)}${HALF_CIRCLES}`;
    const few = places.length > MOST_RINGS ? [] : places;
    const rings = few.map((place) => circle(view.toScreen(place)));
    shape.setAttribute("d", rings.join(""));
  }

  renderThreads({ made, parents }, view) {
    const wanted = made ? parents.length : 0;
    const lines = this.threads.children;
    while (lines.length < wanted) this.add("line", "thread", {}, this.threads);
    while (lines.length > wanted) lines[lines.length - 1].remove();
    parents.slice(0, wanted).forEach((parent, i) => {
      const [from, to] = [view.toScreen(parent), view.toScreen(made)];
      const ends = { x1: from.x, y1: from.y, x2: to.x, y2: to.y };
      for (const [key, value] of Object.entries(ends)) lines[i].setAttribute(key, value.toFixed(1));
    });
  }
}
