// Where the map's window stands: world coordinates to pixels and back. Knows no points.

const MARGINS = { sides: 26, top: 38, bottom: 48 }; // pixels, for the words and tools on the stage
const ZOOM_LIMITS = [0.4, 400]; // times the fitted scale

/** The window on the map: a centre in the world, a scale in pixels a unit, a size in pixels. */
export class MapView {
  constructor() {
    Object.assign(this, { x: 0, y: 0, scale: 1, fitted: 1, width: 1, height: 1 });
  }

  /** @returns {{x: number, y: number}} pixels from the top left corner */
  toScreen({ x, y }) {
    return {
      x: this.width / 2 + (x - this.x) * this.scale,
      y: this.height / 2 - (y - this.y) * this.scale,
    };
  }

  /** @returns {{x: number, y: number}} world coordinates */
  toWorld({ x, y }) {
    return {
      x: this.x + (x - this.width / 2) / this.scale,
      y: this.y - (y - this.height / 2) / this.scale,
    };
  }

  /** Move the world by so many pixels. */
  panBy(dx, dy) {
    this.x -= dx / this.scale;
    this.y += dy / this.scale;
  }

  /** Zoom by a factor, the world under the given pixel staying where it is. */
  zoomAt(pixel, factor) {
    const before = this.toWorld(pixel);
    const [least, most] = ZOOM_LIMITS.map((limit) => limit * this.fitted);
    this.scale = Math.min(Math.max(this.scale * factor, least), most);
    const after = this.toWorld(pixel);
    this.x += before.x - after.x;
    this.y += before.y - after.y;
  }

  /** Show a whole box. */
  fit({ left, right, bottom, top }) {
    const wide = Math.max(right - left, 1e-6);
    const high = Math.max(top - bottom, 1e-6);
    const across = Math.max(this.width - 2 * MARGINS.sides, 20);
    const down = Math.max(this.height - MARGINS.top - MARGINS.bottom, 20);
    this.scale = this.fitted = Math.min(across / wide, down / high);
    this.x = (left + right) / 2;
    this.y = (bottom + top) / 2 - (MARGINS.bottom - MARGINS.top) / 2 / this.scale;
  }

  /** Bring a place into the window if it is outside; returns whether the window moved. */
  reveal(place) {
    const at = this.toScreen(place);
    const visible =
      at.x > 12 && at.y > 12 && at.x < this.width - 12 && at.y < this.height - 12;
    if (!visible) Object.assign(this, { x: place.x, y: place.y });
    return !visible;
  }

  /** Whether another view shows the same. */
  same(other) {
    return ["x", "y", "scale", "width", "height"].every((key) => this[key] === other[key]);
  }

  /** How to move and scale a picture of another view, about its middle, to stand in for this one. */
  transformOf(other) {
    const dx = (other.x - this.x) * this.scale;
    const dy = (this.y - other.y) * this.scale;
    return `translate(${dx}px, ${dy}px) scale(${this.scale / other.scale})`;
  }

  /** What the window shows, enlarged on every side by a share of its size. */
  ranges(overscan) {
    const halfWide = ((1 + 2 * overscan) * this.width) / this.scale / 2;
    const halfHigh = ((1 + 2 * overscan) * this.height) / this.scale / 2;
    return {
      x: [this.x - halfWide, this.x + halfWide],
      y: [this.y - halfHigh, this.y + halfHigh],
    };
  }
}
