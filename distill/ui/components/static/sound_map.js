// The sound map: every sound a point, every empty place a new sound.
// Puts the parts together and says what a gesture means; everything that sounds is asked of distill.

import { MapAudition } from "./map_audition.js";
import { MapCarry } from "./map_carry.js";
import { familyColour, groupPoints, readPalette } from "./map_colours.js";
import { MapFitting } from "./map_fitting.js";
import { listenToKeys, listenToPointers } from "./map_gestures.js";
import { MapLegend } from "./map_legend.js";
import { NearestList } from "./map_nearest.js";
import { groupOf, KIND, nearest, nearestTowards, pointsInside, readPoints, shownPoints } from "./map_points.js";
import { MapSearch } from "./map_search.js";
import { MapSelection } from "./map_selection.js";
import { MapStage } from "./map_stage.js";
import { title } from "./map_words.js";
import { plotlyAtRest } from "./plotly_at_rest.js";
import { createPump } from "./pump.js";
import { wordsFor } from "./remoteness.js";

const LIFT_MS = 150; // how long the pointer rests on a point before a press takes the sound up instead of the map
const PARENTS = 6; // a new sound is a blend of so many neighbours on the map (atlas.py)
const NUDGE_PX = 14;
const ROOMY_FIELD_PX = 130;
const TRAIL = 80; // places of a keyboard glide that stay drawn
const TOOLS = ["pan", "glide", "lasso"];

/** The component: owns what is chosen and heard on the map. */
class SoundMap {
  constructor(element) {
    const part = (name) => element.querySelector(`[data-part="${name}"]`);
    Object.assign(this, { element, part, points: null, palette: null, tool: "pan" });
    this.current = { point: -1, place: null, remoteness: NaN }; // the sound that is edited
    this.audition = new MapAudition(part("audition"), (point) => this.points.ids[point]);
    this.carrying = new MapCarry(this.part("stage"));
    element.querySelector(".d-panel-tools").append(part("head"));
    this.stage = new MapStage(part, (point) => this.describe(point));
    this.legend = new MapLegend(part, () => this.draw());
    this.nearest = new NearestList(part, {
      choose: (point) => this.choose(point),
      hear: (point) => this.audition.hear(point),
    });
    this.search = new MapSearch(part("search"), part("matches"), {
      choose: (point) => this.choose(point),
      dot: (point) => familyColour(groupOf(this.points, point), this.palette),
    });
    this.selection = new MapSelection(part, {
      clear: () => this.dropSelection(),
      focus: (ids) => this.fitting.focus(ids),
    });
    this.fitting = new MapFitting(part, () => this.stage.fit());
    this.maker = createPump(({ at, done }) => distill.makeAt(at.x, at.y, { commit: done }), {
      done: () => {},
      failed: (error) => distill.announce(error.message, { kind: "error" }),
    });
    this.listen();
  }

  listen() {
    const actions = this.actions();
    listenToPointers(this.stage.element, actions, () => this.tool);
    listenToKeys(this.stage.element, actions);
    const buttons = {
      "zoom-in": () => actions.zoom(this.stage.centre(), 1.5),
      "zoom-out": () => actions.zoom(this.stage.centre(), 1 / 1.5),
      fit: actions.fit,
      surprise: () => this.surprise(),
      retry: () => this.load(),
      ...Object.fromEntries(TOOLS.map((tool) => [tool, () => this.setTool(tool)])),
    };
    for (const [name, run] of Object.entries(buttons)) this.part(name).addEventListener("click", run);
    distill.on("map", (table) => this.take(table));
    distill.on("select", ({ id }) => this.selected(id));
    distill.on("sound", (sound) => this.sounded(sound));
    distill.on("theme", () => this.draw());
    this.setTool("pan");
  }

  /** @returns {import("./map_gestures.js").MapActions} */
  actions() {
    const { stage } = this;
    return {
      hover: (pixel) => this.rest(stage.pointAt(pixel)),
      leave: () => this.rest(-1),
      click: (pixel) => this.click(pixel),
      collect: (pixel) => this.collect(pixel ? stage.pointAt(pixel) : this.current.point),
      fit: () => stage.fit(),
      pan: (dx, dy) => stage.move((view) => view.panBy(dx, dy)),
      zoom: (pixel, factor) => stage.move((view) => view.zoomAt(pixel, factor)),
      glide: (path, done) => this.glide(path, done),
      lasso: (path, done) => this.lasso(path, done),
      lifts: () => this.lift(),
      carry: (path, done) => this.carrying.move(path, done),
      step: (direction) => this.step(direction),
      nudge: (direction, done) => this.nudge(direction, done),
      play: () => distill.play(),
      clear: () => this.dropSelection(),
    };
  }

  async load() {
    this.show("loading");
    try {
      await distill.ready;
      await this.take(await distill.loadMap());
      plotlyAtRest().then((plotly) => this.stage.adopt(plotly)).catch(() => {}); // the sketch stays
    } catch (error) {
      this.part("failure").textContent = error.message;
      this.show("failed");
    }
  }

  async take(table) {
    this.points = readPoints(table);
    const { count, names, kind } = this.points;
    this.search.setNames(names);
    this.legend.take(this.points);
    const apart = this.points.x.some((x) => !Number.isFinite(x)); // a map of some sounds alone
    this.fitting.offer({ apart, own: kind.includes(KIND.yours) });
    this.searchIn(count);
    this.rest(-1);
    this.dropSelection();
    await this.draw();
    this.selected(distill.state.selected);
    if (distill.state.sound) this.askNearest(distill.state.latent);
    this.show(count ? "ready" : "empty");
  }

  /** Say how many sounds a search goes through, where there is room to. */
  searchIn(count) {
    const field = this.part("search");
    field.placeholder = field.offsetWidth > ROOMY_FIELD_PX ? `Search ${count.toLocaleString("en")} sounds` : "Search";
  }

  show(state) {
    this.element.dataset.state = state;
    for (const name of ["loading", "empty", "failed"]) this.part(name).hidden = name !== state;
  }

  /** Draw everything anew: after a filter, a colouring, a theme or a map has changed. */
  async draw() {
    if (!this.points) return;
    const { points, legend } = this;
    this.palette = readPalette(this.element, distill.state.theme);
    const shown = shownPoints(points, legend.hidden);
    legend.render(points, this.palette);
    const groups = groupPoints(points, shown, legend.by, this.palette);
    await this.stage.draw(points, shown, groups);
    this.listNearest();
  }

  askNearest(latent) {
    this.nearest.ask(latent, () => this.listNearest());
  }

  listNearest() {
    if (!this.palette || !this.stage.points) return;
    this.nearest.render(this.points, this.stage.shown, this.current.point, this.palette);
  }

  describe(point) {
    return { name: this.points.names[point], detail: this.legend.detail(this.points, point) };
  }

  /** The pointer stands on a point, or on none. */
  rest(point) {
    if (this.audition.rest(point)) this.stage.point(point);
  }

  setTool(tool) {
    this.tool = tool;
    this.stage.element.dataset.tool = tool;
    for (const name of TOOLS) this.part(name).setAttribute("aria-pressed", String(name === tool));
  }

  click(pixel) {
    if (!this.points) return;
    const point = this.stage.pointAt(pixel);
    if (point >= 0) this.choose(point);
    else this.make(this.stage.view.toWorld(pixel), true);
  }

  choose(point) {
    this.audition.cancel();
    this.maker.cancel();
    distill.select(this.points.ids[point]);
  }

  /** Make a new sound at a place; done = the gesture ends with it. */
  make(at, done, trail = []) {
    this.maker.request({ at, done });
    const parents = nearest(this.points, this.stage.shown, at, { count: PARENTS });
    this.current = { point: -1, place: at, remoteness: NaN };
    this.stage.mark({
      made: at,
      current: at,
      selected: null,
      parents: parents.map(({ index }) => this.stage.placeOf(index)),
      trail,
    });
  }

  async surprise() {
    const clip = await distill.surprise();
    if (clip?.place) this.stage.reveal(clip.place);
  }

  glide(path, done) {
    if (!this.points) return;
    this.rest(-1);
    const trail = path.map((pixel) => this.stage.view.toWorld(pixel));
    this.make(trail[trail.length - 1], done, trail);
  }

  /** Take up the sound that the pointer has rested on, if it has. */
  lift() {
    const { point } = this.audition;
    if (point < 0 || this.audition.rested() < LIFT_MS) return false;
    this.carrying.take(this.label(point));
    return true;
  }

  /** Glide by keyboard: a small step from where the current sound stands. */
  nudge(direction, done) {
    if (!this.points) return;
    const from = this.current.place ?? this.stage.view.toWorld(this.stage.centre());
    const step = NUDGE_PX / this.stage.view.scale;
    const at = { x: from.x + direction.x * step, y: from.y + direction.y * step };
    this.stage.reveal(at);
    this.make(at, done, [...this.stage.marks.trail, at].slice(-TRAIL));
  }

  step(direction) {
    if (!this.points) return;
    const from = this.current.place ?? this.stage.view.toWorld(this.stage.centre());
    const point = nearestTowards(this.points, this.stage.shown, from, direction);
    if (point >= 0) this.choose(point);
  }

  /** The page has selected a sound, or none of the map. */
  selected(id) {
    const point = this.points?.indexOf.get(id) ?? -1;
    this.current.point = point;
    if (point >= 0 && this.stage.isPlaced(point)) this.arrive(this.stage.placeOf(point));
    else this.stage.mark({ selected: null });
    this.tell();
  }

  arrive(place) {
    this.current.place = place;
    this.stage.mark({ selected: place, current: place, made: null, parents: [], trail: [] });
    this.stage.reveal(place);
  }

  /** A sound was decoded: mark where it stands. */
  sounded({ latent, place, source, remoteness }) {
    this.current.remoteness = remoteness;
    const elsewhere = place && source !== "map" && source !== "select";
    if (elsewhere) {
      this.current.place = place;
      this.stage.mark({ current: place, made: null, parents: [], trail: [] });
    }
    this.askNearest(latent);
    this.tell();
  }

  tell() {
    const { name, family } = distill.state;
    const { point, remoteness } = this.current;
    this.part("told-name").textContent = name || "";
    this.part("told-more").textContent = point >= 0 ? title(family) : placeInWords(remoteness);
  }

  lasso(path, done) {
    if (!this.points) return;
    this.rest(-1);
    const outline = path.map((pixel) => this.stage.view.toWorld(pixel));
    this.stage.mark({ lasso: outline });
    if (!done) return;
    const inside = pointsInside(this.points, this.stage.shown, outline);
    if (inside.length === 0) this.dropSelection();
    else this.selection.set(inside.map((point) => this.label(point)));
    this.markSelection();
    this.setTool("pan");
  }

  /** Put a sound into the selection, or take it out again. */
  collect(point) {
    if (point < 0) return;
    this.selection.toggle(this.label(point));
    this.markSelection();
  }

  markSelection() {
    const points = this.selection.sounds.map(({ id }) => this.points.indexOf.get(id));
    this.stage.mark({ picked: points.map((point) => this.stage.placeOf(point)) });
  }

  label(point) {
    const { ids, names } = this.points;
    const recorded = this.points.kind[point] !== KIND.factory;
    return { id: ids[point], name: names[point], family: groupOf(this.points, point), recorded };
  }

  dropSelection() {
    this.stage.mark({ lasso: [], picked: [] });
    this.selection.set([]);
  }
}

function placeInWords(remoteness) {
  return Number.isFinite(remoteness) ? wordsFor(remoteness) : "";
}

distill.component("sound-map", (element) => {
  new SoundMap(element).load();
});
