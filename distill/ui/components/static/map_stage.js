// The stage of the map: points drawn, marks over them, a label at the pointer. Makes no sound.

import { MapOverlay, noMarks } from "./map_overlay.js";
import { MapPlot } from "./map_plot.js";
import { boundsOf, nearest } from "./map_points.js";
import { MapSketch } from "./map_sketch.js";
import { MapView } from "./map_view.js";

const HIT_PX = 8;
const TIP_ROOM_PX = 90;

/** What is seen of the map. */
export class MapStage {
  /**
   * @param {function(string): HTMLElement} part finds a part of the component by name
   * @param {function(number): {name: string, detail: string}} describe words for a point
   */
  constructor(part, describe) {
    this.part = part;
    this.describe = describe;
    this.element = part("stage");
    this.view = new MapView();
    this.marks = noMarks();
    this.overlay = new MapOverlay(part("marks"));
    this.picture = new MapSketch(part("points"));
    this.points = null;
    this.groups = [];
    this.shown = new Uint8Array(0);
    this.hovered = -1;
    new ResizeObserver(() => this.resize()).observe(this.element);
  }

  /**
   * Draw the points anew.
   * @param {import("./map_points.js").MapPoints} points
   * @param {Uint8Array} shown
   * @param {import("./map_colours.js").PointGroup[]} groups
   */
  async draw(points, shown, groups) {
    const first = this.points === null;
    Object.assign(this, { points, shown, groups });
    if (first) this.view.fit(boundsOf(points));
    this.mark({});
    await this.picture.draw(points, groups, this.view);
  }

  /** Let Plotly draw from now on: a graphics card moves many points faster than the sketch. */
  async adopt(plotly) {
    const plot = new MapPlot(this.part("points"), plotly);
    let groups = null;
    while (groups !== this.groups) await plot.draw(this.points, (groups = this.groups), this.view);
    this.picture.remove();
    this.picture = plot;
    plot.follow(this.view);
  }

  /** Change the view, then show it. */
  move(change) {
    change(this.view);
    this.picture.follow(this.view);
    this.mark({});
  }

  /** Show all points. */
  fit() {
    if (this.points) this.move((view) => view.fit(boundsOf(this.points)));
  }

  /** Bring a place into the window. */
  reveal(place) {
    if (this.view.reveal(place)) this.move(() => {});
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.element;
    if (!width || !height) return;
    const share = Math.min(width / this.view.width, height / this.view.height);
    const unseen = this.view.width === 1;
    this.move((view) => {
      Object.assign(view, { width, height });
      if (unseen && this.points) view.fit(boundsOf(this.points));
      else Object.assign(view, { scale: view.scale * share, fitted: view.fitted * share });
    });
  }

  /** The middle of the stage, in pixels. */
  centre() {
    return { x: this.view.width / 2, y: this.view.height / 2 };
  }

  /** The point under a pixel, or -1. */
  pointAt(pixel) {
    if (!this.points) return -1;
    const within = HIT_PX / this.view.scale;
    const [hit] = nearest(this.points, this.shown, this.view.toWorld(pixel), { within });
    return hit?.index ?? -1;
  }

  /** Whether a point is drawn, or would be if no filter hid it. */
  isPlaced(point) {
    return Number.isFinite(this.points?.x[point]);
  }

  placeOf(point) {
    return { x: this.points.x[point], y: this.points.y[point] };
  }

  /** Set some of the marks and draw them all. */
  mark(changes) {
    Object.assign(this.marks, changes);
    this.overlay.render(this.marks, this.view);
    this.placeTip();
  }

  /** Show which point is under the pointer, -1 for none. */
  point(point) {
    this.hovered = point;
    this.element.classList.toggle("d-map-on-point", point >= 0);
    if (point >= 0) {
      const { name, detail } = this.describe(point);
      this.part("tip-name").textContent = name;
      this.part("tip-more").textContent = detail;
    }
    this.mark({ hovered: point < 0 ? null : this.placeOf(point) });
  }

  placeTip() {
    const tip = this.part("tip");
    tip.hidden = !this.marks.hovered;
    if (tip.hidden) return;
    const { x, y } = this.view.toScreen(this.marks.hovered);
    const left = Math.min(Math.max(x, TIP_ROOM_PX), this.view.width - TIP_ROOM_PX);
    const lift = y < 70 ? "18px" : "calc(-100% - 16px)";
    tip.style.transform = `translate(${left}px, ${y}px) translate(-50%, ${lift})`;
  }
}
