// Draws the points on a canvas, without any library. Knows no gestures: it follows a MapView.
//
// It stands in for Plotly until that is loaded, so that the map is there as soon as its points are.
// Few points are drawn with every frame while the view moves; of many the picture is moved, and drawn
// anew when the view rests.

const SETTLE_MS = 150;
const FAST_MS = 8; // half a frame of the screen

/** The points of the map, drawn. */
export class MapSketch {
  /** @param {HTMLElement} place gets the drawing */
  constructor(place) {
    this.canvas = document.createElement("canvas");
    this.canvas.className = "d-map-sketch";
    this.frame = 0;
    this.timer = 0;
    this.points = null;
    this.painted = null; // the view as last painted
    this.cost = 0; // milliseconds that took
    place.append(this.canvas);
  }

  /**
   * Draw groups of points anew.
   * @param {import("./map_points.js").MapPoints} points
   * @param {import("./map_colours.js").PointGroup[]} groups
   * @param {import("./map_view.js").MapView} view
   */
  async draw(points, groups, view) {
    this.ratio = window.devicePixelRatio || 1;
    this.points = points;
    this.discs = groups.map((group) => ({ ...group, ...disc(group, this.ratio) }));
    this.paint(view);
  }

  /** Show the points as the view has them, at the next frame of the screen. */
  follow(view) {
    if (!this.points) return;
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.place(view);
    });
  }

  place(view) {
    clearTimeout(this.timer);
    if (this.cost < FAST_MS) return this.paint(view);
    this.canvas.style.transform = view.transformOf(this.painted);
    if (!view.same(this.painted)) this.timer = setTimeout(() => this.paint(view), SETTLE_MS);
  }

  remove() {
    clearTimeout(this.timer);
    cancelAnimationFrame(this.frame);
    this.canvas.remove();
  }

  paint(view) {
    const { canvas, ratio } = this;
    const started = performance.now();
    canvas.width = Math.round(view.width * ratio); // clears it
    canvas.height = Math.round(view.height * ratio);
    const context = canvas.getContext("2d");
    for (const group of this.discs) this.paintGroup(context, group, view);
    canvas.style.transform = "";
    this.painted = { ...view };
    this.cost = performance.now() - started;
  }

  paintGroup(context, { indices, image, reach, opacity }, view) {
    const { points, ratio, canvas } = this;
    const scale = view.scale * ratio;
    const left = canvas.width / 2 - view.x * scale - reach;
    const top = canvas.height / 2 + view.y * scale - reach;
    context.globalAlpha = opacity;
    for (const i of indices) {
      const x = left + points.x[i] * scale;
      const y = top - points.y[i] * scale;
      if (x > -2 * reach && y > -2 * reach && x < canvas.width && y < canvas.height) context.drawImage(image, x, y);
    }
  }
}

/** One point of a group as a picture, which is copied faster than a circle is drawn. */
function disc({ color, size, ring }, ratio) {
  const radius = (size / 2) * ratio;
  const line = ring ? 2 * ratio : 0;
  const reach = Math.ceil(radius + line / 2) + 1;
  const image = new OffscreenCanvas(2 * reach, 2 * reach);
  const context = image.getContext("2d");
  context.arc(reach, reach, radius, 0, 2 * Math.PI);
  context.fillStyle = color;
  context.fill();
  Object.assign(context, { strokeStyle: ring ?? color, lineWidth: line });
  if (ring) context.stroke();
  return { image, reach };
}
