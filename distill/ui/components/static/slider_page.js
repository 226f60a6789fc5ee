// One page of the slider bank: many sliders over one set of axes. Knows no sounds.

import { h } from "./dom.js";
import { Slider } from "./slider.js";
import { DimensionAxes, DirectionAxes, randomValues } from "./slider_maths.js";

const REACH = 3; // standard deviations either way of a single dimension
const NONE_NAMED =
  "This model has no named directions yet. The pages beside this one move it all the same: Principal by its largest changes, All 128 by single dimensions.";

/**
 * @typedef {object} PageOptions
 * @property {string} name
 * @property {object} axes see slider_maths.js
 * @property {import("./slider.js").SliderOptions[]} sliders without their listeners
 * @property {string} [style] class of the page
 * @property {string} [empty] what to say where there is no slider
 * @property {boolean} [single] one tab stop, with Left and Right going from slider to slider
 */

/** Sliders that show where an offset stands along their axes. */
export class SliderPage {
  /**
   * @param {PageOptions} options
   * @param {{move: function(SliderPage, number, number, boolean): void, look: function(?Slider): void}} listeners
   */
  constructor({ name, axes, sliders, style = "", empty = "", single = false }, listeners) {
    Object.assign(this, { name, axes, single });
    this.sliders = sliders.map((options, i) => this.buildSlider(options, i, listeners));
    const elements = this.sliders.map((slider) => slider.element);
    const none = h("p", { class: "d-sliders-none d-muted" }, empty);
    this.element = elements.length ? h("div", { class: `d-sliders ${style}` }, ...elements) : none;
    if (single) this.roam();
  }

  buildSlider(options, index, { move, look }) {
    const slider = new Slider({
      ...options,
      move: (value, { end }) => {
        move(this, index, value, end);
        look(slider);
      },
      lock: () => look(slider),
    });
    slider.element.addEventListener("pointerenter", () => look(slider));
    slider.element.addEventListener("pointerleave", () => look(null));
    slider.track.addEventListener("focus", () => look(slider));
    return slider;
  }

  /** Show an offset. */
  show(offset) {
    if (!this.sliders.length) return;
    this.axes.values(offset).forEach((value, i) => this.sliders[i].set(value));
  }

  /** Where a latent goes when every slider that is not locked takes a random value. */
  randomised(latent, amount, random) {
    const values = this.sliders.map((slider) => slider.value);
    const ranges = this.sliders.map((slider) => ({ ...slider.safeRange(), free: !slider.locked }));
    const wanted = randomValues(values, ranges, amount, random);
    const step = (moved, value, i) =>
      value === values[i] ? moved : this.axes.moved(moved, i, value - values[i]);
    return wanted.reduce(step, latent);
  }

  /** One tab stop for the page: Left and Right go to the neighbours. */
  roam() {
    this.sliders.forEach(({ track }, i) => (track.tabIndex = i === 0 ? 0 : -1));
    this.element.addEventListener(
      "keydown",
      (event) => {
        const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        if (!step || event.target.getAttribute("role") !== "slider") return;
        event.preventDefault();
        event.stopPropagation();
        this.goTo(this.sliders.findIndex(({ track }) => track === event.target) + step);
      },
      { capture: true },
    );
    this.element.addEventListener("focusin", (event) => this.remember(event.target));
  }

  goTo(index) {
    this.sliders[Math.min(Math.max(index, 0), this.sliders.length - 1)].track.focus();
  }

  remember(element) {
    if (element.getAttribute("role") !== "slider") return;
    this.sliders.forEach(({ track }) => (track.tabIndex = track === element ? 0 : -1));
  }
}

/**
 * The pages of a model.
 * @param {object} model what live/model says
 * @returns {PageOptions[]} named directions, principal components, all dimensions
 */
export function pagesOf(model) {
  return [characterPage(model), principalPage(model), dimensionPage(model)];
}

function characterPage({ named }) {
  return {
    name: "Character",
    axes: new DirectionAxes(named.map(({ vector }) => vector)),
    sliders: named.map((direction) => ({
      ...range(direction),
      name: capital(direction.name),
      ...measured(direction),
    })),
    empty: NONE_NAMED,
  };
}

function measured({ name, rho, leakage }) {
  if (!Number.isFinite(rho)) return { note: "" };
  const leaks = Number.isFinite(leakage) ? ` Other qualities follow by at most ${leakage.toFixed(2)}.` : "";
  return {
    note: `ρ ${rho.toFixed(2)}`,
    title: `How surely the sound's ${name} follows this slider: rank correlation ${rho.toFixed(2)}.${leaks}`,
  };
}

function principalPage({ principal }) {
  return {
    name: "Principal",
    axes: new DirectionAxes(principal.map(({ vector }) => vector)),
    sliders: principal.map((direction, i) => ({
      ...range(direction),
      name: `PC ${i + 1}`,
      ...share(direction, i),
    })),
    style: "d-sliders-narrow",
    empty: "This model has no principal components.",
  };
}

function share({ share: part }, index) {
  if (!Number.isFinite(part)) return { note: "" };
  const percent = `${(part * 100).toFixed(part < 0.0995 ? 1 : 0)} %`;
  return {
    note: percent,
    title: `Principal component ${index + 1}: ${percent} of the variance of all sounds`,
  };
}

function dimensionPage({ latent_size: size, scale, active }) {
  const slider = (_, i) => ({
    name: `Dimension ${i + 1}`,
    low: -REACH,
    high: REACH,
    bare: true,
    dim: !active[i],
  });
  return {
    name: `All ${size}`,
    axes: new DimensionAxes(scale),
    sliders: Array.from({ length: size }, slider),
    style: "d-sliders-grid",
    single: true,
  };
}

/** As far one way as the other, so that zeros stand in line; `safe` is where sounds are real. */
function range({ low, high }) {
  const reach = Math.max(-low, high, 0.5);
  return { low: -reach, high: reach, safe: [Math.min(low, 0), Math.max(high, 0)] };
}

function capital(name) {
  return name.charAt(0).toUpperCase() + name.slice(1).replaceAll("_", " ");
}
