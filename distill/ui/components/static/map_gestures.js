// Turns pointers, wheel and keys on the stage into what the user means. Knows no sounds, no view.

const CLICK_PX = 4; // moving less than this is a click
const DOUBLE_MS = 320;
const WHEEL_STEP = 0.0018;
const KEY_ZOOM = 1.4;
const ARROWS = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: 1 },
  ArrowDown: { x: 0, y: -1 },
};

/**
 * @typedef {object} MapActions what a gesture means; places are pixels on the stage
 * @property {function(Pixel): void} hover the pointer rests or moves without a button
 * @property {function(): void} leave
 * @property {function(Pixel): void} click
 * @property {function(?Pixel): void} collect the sound there, or the current one, for the selection
 * @property {function(): void} fit
 * @property {function(number, number): void} pan by pixels
 * @property {function(Pixel, number): void} zoom about a pixel, by a factor
 * @property {function(Pixel[], boolean): void} glide along a path; true = the path has ended
 * @property {function(Pixel): boolean} lifts whether a press there takes up a sound
 * @property {function(Pixel[], boolean): void} carry a sound along a path; true = it is let go
 * @property {function(Pixel[], boolean): void} lasso an outline; true = it is closed
 * @property {function({x: number, y: number}): void} step to the next sound in a direction
 * @property {function({x: number, y: number}, boolean): void} nudge the current sound; true = done
 * @property {function(): void} play
 * @property {function(): void} clear
 * @typedef {{x: number, y: number}} Pixel
 */

/**
 * Listen to pointers on the stage.
 * @param {HTMLElement} stage its children take no pointer events
 * @param {MapActions} actions
 * @param {function(): "pan"|"glide"|"lasso"} tool what a plain drag does
 */
export function listenToPointers(stage, actions, tool) {
  const held = new Map(); // pointers that are down, by id
  let drag = null;
  let lastClick = { time: 0, x: 0, y: 0 };

  stage.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    stage.setPointerCapture(event.pointerId);
    held.set(event.pointerId, pixelOf(event));
    drag = held.size > 1 ? { kind: "pinch" } : begin(event, tool(), actions);
  });

  stage.addEventListener("pointermove", (event) => {
    const pixel = pixelOf(event);
    if (!held.has(event.pointerId)) {
      if (event.pointerType !== "touch") actions.hover(pixel);
      return;
    }
    if (drag?.kind === "pinch") pinch(held, event.pointerId, pixel, actions);
    else if (drag) advance(drag, pixel, actions);
    held.set(event.pointerId, pixel);
  });

  stage.addEventListener("pointerup", (event) => {
    held.delete(event.pointerId);
    if (!drag || held.size > 0) return;
    if (drag.moved) end(drag, actions);
    else if (drag.shift) actions.collect(drag.from);
    else if (drag.kind !== "pinch") lastClick = click(drag.from, lastClick, actions);
    drag = null;
  });

  stage.addEventListener("pointercancel", (event) => {
    held.delete(event.pointerId);
    if (drag?.moved) end(drag, actions);
    drag = null;
  });

  stage.addEventListener("pointerleave", () => actions.leave());
  stage.addEventListener("wheel", (event) => wheel(event, actions), { passive: false });
}

function pixelOf({ offsetX, offsetY }) {
  return { x: offsetX, y: offsetY };
}

function begin(event, tool, actions) {
  const from = pixelOf(event);
  const plain = tool === "pan" && actions.lifts(from) ? "carry" : tool;
  return { kind: event.shiftKey ? "glide" : plain, from, at: from, path: [from], shift: event.shiftKey, moved: false };
}

function advance(drag, pixel, actions) {
  drag.moved ||= Math.hypot(pixel.x - drag.from.x, pixel.y - drag.from.y) >= CLICK_PX;
  if (!drag.moved) return;
  if (drag.kind === "pan") actions.pan(pixel.x - drag.at.x, pixel.y - drag.at.y);
  else actions[drag.kind]((drag.path.push(pixel), drag.path), false);
  drag.at = pixel;
}

function end(drag, actions) {
  if (drag.kind !== "pan" && drag.kind !== "pinch") actions[drag.kind](drag.path, true);
}

function click(pixel, last, actions) {
  const time = performance.now();
  const near = Math.hypot(pixel.x - last.x, pixel.y - last.y) < 2 * CLICK_PX;
  if (near && time - last.time < DOUBLE_MS) {
    actions.fit();
    return { time: 0, x: 0, y: 0 };
  }
  actions.click(pixel);
  return { time, ...pixel };
}

function pinch(held, moving, pixel, actions) {
  const [other] = [...held].filter(([id]) => id !== moving).map(([, at]) => at);
  const before = held.get(moving);
  const ratio = distance(pixel, other) / Math.max(distance(before, other), 1);
  actions.pan((pixel.x - before.x) / 2, (pixel.y - before.y) / 2);
  actions.zoom({ x: (pixel.x + other.x) / 2, y: (pixel.y + other.y) / 2 }, ratio);
}

function distance(one, other) {
  return Math.hypot(one.x - other.x, one.y - other.y);
}

function wheel(event, actions) {
  event.preventDefault();
  const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
  actions.zoom(pixelOf(event), Math.exp(-event.deltaY * lines * WHEEL_STEP));
}

/**
 * Listen to keys on the stage: arrows step, Shift+arrows glide, Enter plays, Shift+Enter collects,
 * + - 0 zoom.
 * @param {HTMLElement} stage
 * @param {MapActions} actions
 */
export function listenToKeys(stage, actions) {
  const centre = () => ({ x: stage.clientWidth / 2, y: stage.clientHeight / 2 });
  const keys = {
    Enter: ({ shiftKey }) => (shiftKey ? actions.collect(null) : actions.play()),
    Escape: () => actions.clear(),
    "+": () => actions.zoom(centre(), KEY_ZOOM),
    "=": () => actions.zoom(centre(), KEY_ZOOM),
    "-": () => actions.zoom(centre(), 1 / KEY_ZOOM),
    0: () => actions.fit(),
  };
  let nudged = null;

  function arrow(event, direction) {
    if (event.shiftKey) actions.nudge((nudged = direction), false);
    else actions.step(direction);
  }

  function settle() {
    if (nudged) actions.nudge({ x: 0, y: 0 }, true);
    nudged = null;
  }

  stage.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = event.key in ARROWS ? () => arrow(event, ARROWS[event.key]) : keys[event.key];
    if (!act) return;
    event.preventDefault();
    act(event);
  });
  stage.addEventListener("keyup", (event) => {
    if (event.key === "Shift" || event.key in ARROWS) settle();
  });
  stage.addEventListener("blur", settle);
}
