// Draws samples and where they play. Knows neither the server nor WebAudio.

import { freshCanvas, token } from "./dom.js";

/**
 * Make a waveform on a canvas.
 * @param {HTMLCanvasElement} canvas
 * @returns {{show: function(?Float32Array): void, playhead: function(?number): void, redraw: function(): void}}
 *   playhead takes a share of the length, or null for none
 */
export function createWaveform(canvas) {
  let audio = null;
  let head = null;
  let picture = null; // the waveform without the playhead
  let ink = "";

  function show(samples) {
    audio = samples;
    redraw();
  }

  function redraw() {
    const fresh = freshCanvas(canvas);
    ink = token("--d-ink"); // read here: a computed style on every frame of the playhead is dear
    if (audio) drawColumns(fresh, audio);
    picture = audio && fresh.context.getImageData(0, 0, canvas.width, canvas.height);
    if (head !== null) drawHead();
  }

  function playhead(share) {
    if (share === null && head === null) return;
    head = share;
    if (!picture) return;
    canvas.getContext("2d").putImageData(picture, 0, 0);
    if (head !== null) drawHead();
  }

  function drawHead() {
    const context = canvas.getContext("2d");
    const width = canvas.width / (window.devicePixelRatio || 1);
    context.fillStyle = ink;
    context.fillRect(Math.round(head * width), 0, 1.5, canvas.height);
  }

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
