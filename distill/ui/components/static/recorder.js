// Records the microphone into a WAV file. Knows not what becomes of it.

import { button, icon } from "./dom.js";

const MOST_SECONDS = 60;

/**
 * Make the record button: press to start, press again to keep what was recorded.
 * @param {object} distill
 * @param {function(File): void} recorded
 * @returns {HTMLButtonElement}
 */
export function createRecorder(distill, recorded) {
  let take = null;
  const control = button({ label: "Record the microphone", symbol: "microphone", style: "d-button-quiet d-record", pressed: false, run: flip });

  async function flip() {
    if (take) return finish();
    try {
      take = await startTake(distill.engine.unlock());
    } catch (error) {
      distill.announce(reason(error), { kind: "error" });
      return;
    }
    control.setAttribute("aria-pressed", "true");
    control.title = "Stop recording";
    take.timer = setTimeout(finish, MOST_SECONDS * 1000);
    distill.announce("Recording; press the microphone again to keep it.");
  }

  function finish() {
    clearTimeout(take.timer);
    const { samples, rate } = take.stop();
    take = null;
    control.setAttribute("aria-pressed", "false");
    control.title = "Record the microphone";
    if (samples.length) recorded(new File([wav(samples, rate)], takeName(), { type: "audio/wav" }));
    else distill.announce("Nothing was recorded; check that the microphone is on.", { kind: "error" });
  }

  control.replaceChildren(icon("microphone"));
  return control;
}

async function startTake(context) {
  const raw = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const stream = await navigator.mediaDevices.getUserMedia({ audio: raw });
  await context.audioWorklet.addModule(new URL("recorder_worklet.js", import.meta.url));
  const source = new MediaStreamAudioSourceNode(context, { mediaStream: stream });
  const tap = new AudioWorkletNode(context, "distill-tap", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
  const parts = [];
  tap.port.onmessage = ({ data }) => parts.push(data);
  source.connect(tap);
  return { stop: () => stopTake(stream, source, parts, context.sampleRate) };
}

function stopTake(stream, source, parts, rate) {
  source.disconnect();
  stream.getTracks().forEach((track) => track.stop());
  const samples = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    samples.set(part, offset);
    offset += part.length;
  }
  return { samples, rate };
}

function reason(error) {
  if (error.name === "NotAllowedError") return "The browser does not let this page use the microphone; allow it and try again.";
  if (error.name === "NotFoundError") return "No microphone was found; connect one and try again.";
  return "The microphone could not be opened; check it and try again.";
}

function takeName() {
  return `Take ${new Date().toISOString().slice(0, 19).replace("T", " ").replaceAll(":", ".")}.wav`;
}

/**
 * Write samples as a 32-bit float WAV file.
 * @param {Float32Array} samples
 * @param {number} rate
 * @returns {ArrayBuffer}
 */
export function wav(samples, rate) {
  const buffer = new ArrayBuffer(44 + samples.length * 4);
  const view = new DataView(buffer);
  const text = (offset, letters) => [...letters].forEach((letter, i) => view.setUint8(offset + i, letter.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, buffer.byteLength - 8, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 3, true); // float
  view.setUint16(22, 1, true); // mono
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * 4, true);
  view.setUint16(32, 4, true);
  view.setUint16(34, 32, true);
  text(36, "data");
  view.setUint32(40, samples.length * 4, true);
  new Float32Array(buffer, 44).set(samples);
  return buffer;
}
