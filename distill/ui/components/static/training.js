// Training from the page: asked for, followed, cancelled, and its result heard, kept or left.

import { button, h, saveFile } from "./dom.js";

const LOOK_MS = 700;
const IDLE = { state: "none" };

/**
 * Make the strip that tells of training; it is hidden while there is none.
 * @param {object} distill
 * @returns {{element: HTMLElement, ask: function({ids: string[], count: number}): void}}
 */
export function createTraining(distill) {
  const element = h("div", { class: "d-training", role: "group", "aria-label": "Training", hidden: true });
  let stand = IDLE;
  let timer = 0;

  /** Say what it means, and begin if that is wanted. */
  function ask({ ids, count }) {
    if (stand.state === "running") return distill.announce("Training goes on already; cancel it to train on other sounds.");
    if (!count) return distill.announce("Add sounds of your own first, or select large points of the map: those are recordings.");
    openQuestion(count, () => begin(ids));
  }

  async function begin(ids) {
    const answer = await distill.attempt(() => distill.api("live/tuning", { method: "POST", body: JSON.stringify(ids) }));
    if (!answer) return;
    await follow(answer);
    element.scrollIntoView({ block: "nearest" });
  }

  async function follow(next) {
    const before = stand;
    stand = next;
    show();
    clearTimeout(timer);
    if (stand.state === "running") timer = setTimeout(look, LOOK_MS);
    else if (before.state === "running") tell(stand);
  }

  async function look() {
    const answer = await distill.attempt(() => distill.api("live/tuning"));
    if (answer) follow(answer);
  }

  function tell({ state, problem, gain }) {
    if (state === "failed") distill.announce(problem, { kind: "error" });
    if (state === "done") distill.announce(`Training is done. ${inWords(gain)}`, { action: { label: "Hear it", run: () => choose("use") } });
  }

  async function cancel() {
    const used = stand.used;
    const answer = await distill.attempt(() => distill.api("live/tuning", { method: "DELETE" }));
    if (!answer) return;
    follow(answer);
    if (used) distill.changeModel();
  }

  async function choose(choice) {
    const answer = await distill.attempt(() => distill.api(`live/tuning/${choice}`, { method: "POST" }));
    if (!answer) return;
    follow(answer);
    await distill.changeModel();
  }

  async function keep() {
    const answer = await distill.attempt(() => distill.api("live/tuning/file", { as: "response" }));
    if (answer) saveFile(await answer.blob(), `distill model tuned to ${stand.sounds} sounds.zip`);
  }

  function show() {
    element.hidden = stand.state !== "running" && stand.state !== "done";
    if (stand.state === "running") running();
    else if (stand.state === "done") done();
    else element.replaceChildren();
  }

  function running() {
    if (!element.querySelector("progress")) {
      const bar = h("progress", { class: "d-progress", max: 1, "aria-label": "Training" });
      const stop = button({ label: "Cancel training", text: "Cancel", style: "d-button-quiet", run: cancel });
      element.replaceChildren(h("div", { class: "d-training-line" }, h("span", { class: "d-training-words" }), stop), bar);
    }
    element.querySelector("progress").value = stand.step / stand.steps;
    element.querySelector(".d-training-words").textContent = `Training on ${sounds(stand.sounds)} · ${timeLeft(stand)}`;
  }

  function done() {
    const choices = [choiceOf("Before", "leave", !stand.used), choiceOf("Trained", "use", stand.used)];
    const tools = [
      button({ label: "Save the trained model", symbol: "save", style: "d-button-quiet", title: "Save it; start it with: distill app --model FOLDER", run: keep }),
      button({ label: "Forget the trained model", symbol: "close", style: "d-button-quiet", run: cancel }),
    ];
    const words = inWords(stand.gain);
    element.replaceChildren(
      h("div", { class: "d-training-line" }, h("div", { class: "d-segments", role: "group", "aria-label": "Model heard" }, ...choices), ...tools),
      h("p", { class: "d-training-words", title: words }, words),
    );
  }

  function choiceOf(text, choice, pressed) {
    return h("button", { type: "button", class: "d-segment", "aria-pressed": String(pressed), onclick: () => choose(choice) }, text);
  }

  distill.on("session", ({ renewed }) => renewed && follow(IDLE));
  distill.ready.then(look).catch(() => {});
  return { element, ask };
}

function openQuestion(count, agreed) {
  const act = (run) => () => {
    dialog.close();
    run();
  };
  const dialog = h(
    "dialog",
    { class: "d-dialog", "aria-labelledby": "d-train-title", onclose: () => dialog.remove() },
    h("h2", { id: "d-train-title" }, `Train on ${sounds(count)}`),
    h("p", {}, "The model practises to play these sounds more like they are. Map and sliders stay; other sounds change a little, and you can go back with one click."),
    h("p", {}, "You can play on meanwhile; training steps aside whenever a sound is made."),
    h(
      "div",
      { class: "d-dialog-actions" },
      button({ label: "Not now", text: "Not now", run: act(() => {}) }),
      button({ label: "Train", text: "Train", style: "d-button-main", run: act(agreed) }),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
}

/** What training brought, in one sentence. */
export function inWords({ learnt, held_back: heldBack }) {
  const change = ({ before_db: before, after_db: after }) => `${before.toFixed(1)} → ${after.toFixed(1)} dB`;
  const others = heldBack ? `; on ${heldBack.clips} it never heard ${change(heldBack)}` : "";
  return `Error on these sounds ${change(learnt)}${others}.`;
}

/** How long training still takes, as far as is known. */
export function timeLeft({ seconds_left: left, step, steps }) {
  const share = `${Math.floor((100 * step) / steps)} %`;
  if (left === null || step < 2) return share;
  const seconds = Math.ceil(left);
  const words = seconds < 90 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${share}, ${words} left`;
}

function sounds(count) {
  return count === 1 ? "1 sound" : `${count} sounds`;
}
