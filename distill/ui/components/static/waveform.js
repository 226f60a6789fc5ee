// Draws samples and where they play. Knows neither the server nor WebAudio.

import { freshCanvas, h, token } from "./dom.js";

/**
 * Make a waveform on a canvas.
 * @param {HTMLCanvasElement} canvas in its place; the playhead is put beside it
 * @returns {{show: function(?Float32Array): void, playhead: function(?number): void, redraw: function(): void}}
 *   playhead takes a share of the length, or null for none
 */
export function createWaveform(canvas) {
  let audio = null;
  let width = 0;
  let frame = 0;
  const head = h("div", { class: "d-waveform-head", hidden: true });

  /** Draw samples at the next frame of the screen. */
  function show(samples) {
    audio = samples;
    frame ||= requestAnimationFrame(redraw);
  }

  function redraw() {
    frame = 0;
    const fresh = freshCanvas(canvas);
    width = fresh.width;
    if (audio) drawColumns(fresh, audio);
  }

  // A line that moves over the picture costs the browser less than the picture drawn again.
  function playhead(share) {
    head.hidden = share === null || !audio;
    if (!head.hidden) head.style.transform = `translateX(${share * width}px)`;
  }

  canvas.after(head);
  new ResizeObserver(redraw).observe(canvas);
  return { show, playhead, redraw };
}

function drawColumns({ context, width, height }, audio) {
  const columns = Math.floor(width / 3);
  const middle = height / 2;
  context.fillStyle = token("--d-accent");
  for (let column = 0; column < columns; column++) {
    const peak = peakBetween(audio, column / columns, (column + 1) / columns);
    const reach = Math.max(0.75, Math.min(1, peak) * (middle - 1));
    context.fillRect(column * 3, middle - reach, 2, 2 * reach);
  }
}

function peakBetween(audio, start, end) {
  const last = Math.floor(end * audio.length);
  let peak = 0;
  for (let i = Math.floor(start * audio.length); i < last; i++) peak = Math.max(peak, Math.abs(audio[i]));
  return peak;
}
