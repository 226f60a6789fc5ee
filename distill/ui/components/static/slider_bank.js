// The slider panel: three pages over one offset, and what acts on all sliders at once.

import { button, h } from "./dom.js";
import { recall, remember } from "./memory.js";
import { makeRemoteness } from "./remoteness.js";
import { offsetOf } from "./slider_maths.js";
import { pagesOf, SliderPage } from "./slider_page.js";
import { makeTabs } from "./tabs.js";
import { signed } from "./spectrum_words.js";

const SOURCE = "sliders";
const AMOUNT = { least: 0.1, most: 2, usual: 0.7 };

/** The panel "slider-bank". */
class SliderBank {
  constructor(element, distill) {
    this.distill = distill;
    this.body = element.querySelector(".d-panel-body");
    this.tools = element.querySelector(".d-panel-tools");
    this.tools.classList.add("d-sliders-tabs");
    this.page = null;
    this.pending = null; // the move that waits for the next frame of the screen
    distill.ready.then((model) => this.open(model)).catch(() => {});
  }

  open(model) {
    const listeners = { move: (...move) => this.move(...move), look: (slider) => this.look(slider) };
    this.pages = pagesOf(model).map((options) => new SliderPage(options, listeners));
    this.tabs = makeTabs("Slider pages", this.pages, (index) => this.turnTo(index));
    this.tools.replaceChildren(this.tabs.list);
    this.meter = makeRemoteness();
    this.body.replaceChildren(...this.tabs.panels, this.buildFoot());
    this.listen();
    this.tabs.choose(this.firstPage());
    new ResizeObserver(() => this.orient()).observe(this.body);
  }

  /** The page of the last visit, or else the first that has sliders. */
  firstPage() {
    const first = this.pages.findIndex((page) => page.sliders.length);
    const last = recall("sliders.page", first);
    return this.pages[last] ? last : first;
  }

  listen() {
    const { distill } = this;
    distill.on("latent", () => this.show());
    distill.on("select", () => this.show());
    distill.on("sound", ({ remoteness }) => this.meter.show(remoteness));
    distill.on("history", (ends) => this.markHistory(ends));
    if (distill.state.sound) this.meter.show(distill.state.sound.remoteness);
  }

  buildFoot() {
    this.readout = h("span", { class: "d-sliders-readout d-muted" });
    this.undo = button({
      label: "Undo",
      symbol: "undo",
      title: "Undo (Ctrl+Z)",
      style: "d-button-quiet",
      run: () => this.distill.undo(),
    });
    this.redo = button({
      label: "Redo",
      symbol: "redo",
      title: "Redo (Ctrl+Shift+Z)",
      style: "d-button-quiet",
      run: () => this.distill.redo(),
    });
    this.markHistory({ undo: false, redo: false });
    const reset = button({
      label: "Reset all",
      symbol: "reset",
      title: "Reset all sliders to the selected sound",
      style: "d-button-quiet",
      run: () => this.reset(),
    });
    const actions = h(
      "div",
      { class: "d-sliders-actions" },
      this.undo,
      this.redo,
      reset,
      ...this.buildRandom(),
    );
    return h("div", { class: "d-sliders-foot" }, this.meter.element, this.readout, actions);
  }

  buildRandom() {
    const { least, most, usual } = AMOUNT;
    this.amount = h("input", {
      type: "range",
      class: "d-range d-sliders-amount",
      min: least,
      max: most,
      step: 0.1,
      value: recall("sliders.amount", usual),
      "aria-label": "Amount of randomness",
      oninput: () => this.markAmount(),
    });
    this.amountWords = h("span", { class: "d-number d-muted", "aria-hidden": "true" });
    this.markAmount();
    const run = () => this.randomise();
    return [
      this.amount,
      this.amountWords,
      button({
        label: "Randomise",
        symbol: "dice",
        text: "Randomise",
        title: "Random values on this page, but for locked sliders",
        run,
      }),
    ];
  }

  markAmount() {
    const value = Number(this.amount.value);
    this.amount.style.setProperty(
      "--fill",
      `${((value - AMOUNT.least) / (AMOUNT.most - AMOUNT.least)) * 100}%`,
    );
    this.amount.setAttribute("aria-valuetext", `${value.toFixed(1)} standard deviations`);
    this.amount.title = `Amount: ${value.toFixed(1)} standard deviations`;
    this.amountWords.textContent = `±${value.toFixed(1)}`;
    remember("sliders.amount", value);
  }

  markHistory({ undo, redo }) {
    this.undo.disabled = !undo;
    this.redo.disabled = !redo;
  }

  turnTo(index) {
    this.page = this.pages[index];
    remember("sliders.page", index);
    this.look(null);
    this.show();
    this.orient();
  }

  /** Show where the current sound stands; sliders of hidden pages wait. */
  show() {
    const { latent, base } = this.distill.state;
    this.page.show(offsetOf(latent, base));
  }

  /** A slider moved: the sound follows at once, then once a frame, and when the gesture ends. */
  move(page, index, value, end) {
    const gesture = (this.gesture ??= this.beginGesture(page, index));
    const latent = page.axes.moved(gesture.latent, index, value - gesture.value);
    if (end) this.gesture = null;
    this.send(latent, end);
  }

  beginGesture(page, index) {
    const { latent, base } = this.distill.state;
    return { latent: latent.slice(), value: page.axes.values(offsetOf(latent, base))[index] };
  }

  send(latent, commit) {
    if (commit) {
      cancelAnimationFrame(this.pending?.frame);
      this.pending = null;
      this.distill.setLatent(latent, { source: SOURCE, commit: true });
    } else if (this.pending) this.pending.latent = latent;
    else {
      this.pending = { latent: null, frame: requestAnimationFrame(() => this.sendPending()) };
      this.distill.setLatent(latent, { source: SOURCE, commit: false });
    }
  }

  sendPending() {
    const { latent } = this.pending;
    this.pending = null;
    if (latent) this.send(latent, false);
  }

  reset() {
    this.send(this.distill.state.base.slice(), true);
  }

  randomise() {
    this.send(this.page.randomised(this.distill.state.latent, Number(this.amount.value)), true);
  }

  /** Name the slider under the pointer or the keys, for there is no room beside each. */
  look(slider) {
    if (!slider) return this.readout.replaceChildren(...this.hint());
    const lock = slider.locked ? " · locked" : "";
    this.readout.textContent = `${slider.options.name} ${signed(slider.value, 2)}${lock}`;
  }

  hint() {
    return this.page.single ? [h("span", { class: "d-sliders-hint" }, "Enter types, L locks")] : [];
  }

  orient() {
    const track = this.page?.sliders[0]?.track;
    if (!track?.offsetWidth) return;
    const upright = track.offsetHeight > track.offsetWidth ? "vertical" : "horizontal";
    for (const slider of this.page.sliders) slider.track.setAttribute("aria-orientation", upright);
  }
}

window.distill.component("slider-bank", (element) => new SliderBank(element, window.distill));
