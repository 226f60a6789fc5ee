// The square of the morph pad: a handle that pointer and keys move. Knows places, not sounds.

import { h } from "./dom.js";

const INSET = 14; // pixels from the border to the ends, so that the handle shows in a corner
const STEPS = { usual: 0.05, fine: 0.01 };
const SVG = "http://www.w3.org/2000/svg";

/** A surface with a handle; places run from 0 to 1, from the left and from the top. */
export class Square {
  /**
   * @param {function({x: number, y: number}, {end: boolean}): void} moved
   */
  constructor(moved) {
    this.moved = moved;
    this.place = { x: 0.5, y: 0.5 };
    this.rays = Array.from({ length: 4 }, () => document.createElementNS(SVG, "line"));
    this.trail = document.createElementNS(SVG, "polyline");
    this.handle = this.buildHandle();
    this.surface = h("div", { class: "d-morph-square" }, this.buildDrawing(), this.handle);
    this.surface.addEventListener("pointerdown", (event) => this.grab(event));
    this.show(this.place, [0.25, 0.25, 0.25, 0.25], "");
  }

  buildHandle() {
    const about = {
      role: "slider",
      tabindex: "0",
      "aria-label": "Place between the four sounds",
      "aria-roledescription": "two-dimensional slider",
      "aria-valuemin": "0",
      "aria-valuemax": "100",
    };
    const handle = h("div", { class: "d-morph-handle", ...about });
    handle.addEventListener("keydown", (event) => this.key(event));
    handle.addEventListener("keyup", () => this.finish());
    handle.addEventListener("blur", () => this.finish());
    return handle;
  }

  buildDrawing() {
    const drawing = document.createElementNS(SVG, "svg");
    const looks = {
      class: "d-morph-drawing",
      viewBox: "0 0 100 100",
      preserveAspectRatio: "none",
      "aria-hidden": "true",
    };
    for (const [key, value] of Object.entries(looks)) drawing.setAttribute(key, value);
    this.rays.forEach((ray, i) => {
      ray.setAttribute("x1", (i % 2) * 100);
      ray.setAttribute("y1", (i >> 1) * 100);
    });
    drawing.append(...this.rays, this.trail);
    return drawing;
  }

  /**
   * Show a place.
   * @param {{x: number, y: number}} place
   * @param {number[]} shares of the corners
   * @param {string} near name of the nearest corner's sound
   */
  show(place, shares, near) {
    this.place = place;
    const [x, y] = [place.x * 100, place.y * 100];
    Object.assign(this.handle.style, { left: inset(place.x), top: inset(place.y) });
    this.rays.forEach((ray, i) => {
      ray.setAttribute("x2", x);
      ray.setAttribute("y2", y);
      ray.style.opacity = 0.1 + 0.9 * shares[i];
    });
    this.handle.setAttribute("aria-valuenow", Math.round(x));
    this.handle.setAttribute(
      "aria-valuetext",
      `${Math.round(x)} % from the left, ${Math.round(y)} % from the top, nearest to ${near}`,
    );
  }

  /** Draw the way that was recorded. */
  showTrail(points) {
    this.trail.setAttribute("points", points.map(({ x, y }) => `${x * 100},${y * 100}`).join(" "));
  }

  /** Whether the sound heard is the one at the handle. */
  setCurrent(current) {
    this.surface.classList.toggle("d-morph-idle", !current);
  }

  moveTo({ x, y }, { end }) {
    const place = { x: clamp(x), y: clamp(y) };
    this.place = place;
    this.moving = !end;
    this.moved(place, { end });
  }

  finish() {
    if (this.moving && !this.held) this.moveTo(this.place, { end: true });
  }

  grab(event) {
    if (event.button !== 0 || event.target.closest("button")) return;
    event.preventDefault();
    this.handle.focus({ preventScroll: true });
    this.surface.setPointerCapture(event.pointerId);
    this.held = true;
    const follow = (move) => this.moveTo(this.placeOf(move), { end: false });
    const release = () => {
      this.surface.removeEventListener("pointermove", follow);
      this.held = false;
      this.finish();
    };
    this.surface.addEventListener("pointermove", follow);
    this.surface.addEventListener("lostpointercapture", release, { once: true });
    follow(event);
  }

  placeOf(event) {
    const box = this.surface.getBoundingClientRect();
    return {
      x: (event.clientX - box.left - INSET) / (box.width - 2 * INSET),
      y: (event.clientY - box.top - INSET) / (box.height - 2 * INSET),
    };
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = event.shiftKey ? STEPS.fine : STEPS.usual;
    const { x, y } = this.place;
    const places = {
      ArrowLeft: { x: x - step, y },
      ArrowRight: { x: x + step, y },
      ArrowUp: { x, y: y - step },
      ArrowDown: { x, y: y + step },
      Home: { x: 0, y },
      End: { x: 1, y },
      PageUp: { x, y: 0 },
      PageDown: { x, y: 1 },
    };
    const place = places[event.key];
    if (!place) return;
    event.preventDefault();
    event.stopPropagation();
    this.moveTo(place, { end: !event.repeat });
  }
}

function inset(share) {
  return `calc(${INSET}px + ${share} * (100% - ${2 * INSET}px))`;
}

function clamp(value) {
  return Math.min(Math.max(Math.round(value * 1e6) / 1e6, 0), 1);
}
