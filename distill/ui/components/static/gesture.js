// A recorded way over the pad: places and times. Knows no sounds.

/** The longest gesture, in seconds. */
export const LONGEST = 20;

/** Places in the order they were visited. */
export class Gesture {
  constructor() {
    this.points = []; // {time, x, y}, seconds from the start
  }

  /** Add a place; times do not run backwards. */
  add(time, { x, y }) {
    const last = this.points.at(-1);
    this.points.push({ time: Math.max(time, last?.time ?? 0), x, y });
  }

  /** Length in seconds. */
  get seconds() {
    return this.points.at(-1)?.time ?? 0;
  }

  /**
   * The place at a time, on the straight line between two recorded ones.
   * @param {number} time
   * @returns {{x: number, y: number}}
   */
  at(time) {
    const { points } = this;
    const next = points.findIndex((point) => point.time > time);
    if (next === 0) return points[0];
    if (next < 0) return points.at(-1);
    const [a, b] = [points[next - 1], points[next]];
    const share = (time - a.time) / (b.time - a.time);
    return { x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share };
  }

  /**
   * Places at equal steps of time, at least one.
   * @param {number} step seconds
   * @returns {{x: number, y: number}[]}
   */
  places(step) {
    const count = Math.max(Math.ceil(this.seconds / step - 1e-9), 1);
    return Array.from({ length: count }, (_, i) => this.at(i * step));
  }
}
