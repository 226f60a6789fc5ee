// What the colours mean, and which families are shown: chips, the colour menu, the scale.

import { CLUSTER_COLOURS, clusterGradient, familyColour, rangeOf, scaleGradient } from "./map_colours.js";
import { groupOf } from "./map_points.js";
import { dotOf, readable, textOf, title } from "./map_words.js";

/** The legend under the map and the colour menu over it. */
export class MapLegend {
  /**
   * @param {function(string): HTMLElement} part finds a part of the component by name
   * @param {function(): void} changed called when the user filters or colours otherwise
   */
  constructor(part, changed) {
    Object.assign(this, { part, changed, hidden: new Set(), by: "family", counts: new Map() });
    part("colour").addEventListener("change", ({ target }) => this.colourBy(target.value));
    part("show-all").addEventListener("click", () => this.showAll());
  }

  /** Take new points: their families and their columns. */
  take(points) {
    this.counts = countFamilies(points);
    const names = ["family", ...points.columns.keys()];
    if (!names.includes(this.by)) this.by = "family";
    this.part("colour").replaceChildren(...names.map((name) => new Option(title(name), name)));
    this.part("colour").value = this.by;
    this.part("colour-label").hidden = names.length === 1;
  }

  /** Whether every family is filtered away. */
  get nothingShown() {
    return this.counts.size > 0 && [...this.counts.keys()].every((name) => this.hidden.has(name));
  }

  render(points, palette) {
    this.renderChips(palette);
    this.renderScale(points, palette);
    this.part("all-hidden").hidden = !this.nothingShown;
  }

  renderChips(palette) {
    const host = this.part("chips");
    const focused = host.contains(document.activeElement) && document.activeElement.dataset.name;
    host.replaceChildren(...[...this.counts.keys()].map((name) => this.chip(name, palette)));
    if (focused) host.querySelector(`[data-name="${CSS.escape(focused)}"]`)?.focus();
  }

  chip(name, palette) {
    const button = document.createElement("button");
    const shown = !this.hidden.has(name);
    button.type = "button";
    button.className = "d-map-chip";
    button.dataset.name = name;
    button.setAttribute("aria-pressed", String(shown));
    const color = this.by === "family" ? familyColour(name, palette) : palette.token("faint");
    const dot = dotOf(color, name === "yours");
    button.append(dot, textOf(title(name)), countOf(this.counts.get(name)));
    button.title = `${shown ? "Hide" : "Show"} ${name}`;
    button.addEventListener("click", () => this.toggle(name));
    return button;
  }

  toggle(name) {
    if (!this.hidden.delete(name)) this.hidden.add(name);
    this.changed();
  }

  showAll() {
    this.hidden.clear();
    this.changed();
  }

  colourBy(name) {
    this.by = name;
    this.changed();
  }

  renderScale(points, palette) {
    const values = points.columns.get(this.by);
    this.part("scale").hidden = !values;
    if (!values) return;
    if (this.by === "cluster") return this.scale("Clusters 1", String(CLUSTER_COLOURS), clusterGradient());
    const { low, high } = rangeOf(values);
    this.scale(readable(low), readable(high, points.units[this.by]), scaleGradient(palette.theme));
  }

  scale(low, high, gradient) {
    this.part("scale-low").textContent = low;
    this.part("scale-high").textContent = high;
    this.part("scale-bar").style.background = gradient;
  }

  /** What a point is, in words: its family and the value that it is coloured by. */
  detail(points, point) {
    const group = groupOf(points, point);
    const value = points.columns.get(this.by)?.[point];
    if (!Number.isFinite(value)) return title(group);
    if (this.by === "cluster") return `${title(group)} · cluster ${value + 1}`;
    return `${title(group)} · ${title(this.by).toLowerCase()} ${readable(value, points.units[this.by])}`;
  }
}

function countFamilies(points) {
  const counts = new Map([...points.families, "yours"].map((name) => [name, 0]));
  for (let i = 0; i < points.count; i++) {
    if (!Number.isFinite(points.x[i])) continue; // not on this map
    const name = groupOf(points, i);
    counts.set(name, counts.get(name) + 1);
  }
  return new Map([...counts].filter(([, count]) => count > 0));
}

function countOf(count) {
  const number = document.createElement("span");
  number.className = "d-map-count";
  number.textContent = count.toLocaleString("en");
  return number;
}
