// Plays samples through WebAudio. Knows neither latents nor the server.

import { createVoices } from "./voices.js";

const FADE = 0.012; // seconds; short enough to feel immediate, long enough not to click
const CONTINUE_FOR = 0.35; // seconds of a sound heard before a drag starts it again
const MATCH_LIMITS = [0.1, 10]; // how far A/B level matching may turn the original

/**
 * Make the player of the page. The AudioContext is made on the first gesture, as browsers demand.
 * @param {{sampleRate: number, volume: number, tell: function(string, any): void}} options
 */
export function createEngine({ sampleRate, volume, tell }) {
  let context = null;
  let master = null;
  let analyser = null;
  let voices = null;
  let voice = null; // the sound that plays: {source, gain, started, offset, duration}
  let loop = false;
  let ticking = false;
  const engine = { lastPlayed: null, played: 0 };

  function unlock() {
    if (!context) build();
    if (context.state === "suspended") context.resume();
    return context;
  }

  function build() {
    context = new AudioContext({ sampleRate, latencyHint: "interactive" });
    master = new GainNode(context, { gain: volume });
    analyser = new AnalyserNode(context, { fftSize: 2048 });
    master.connect(analyser).connect(context.destination);
    voices = createVoices(context, master);
    tell("unlocked", {});
  }

  /** Whether sound can come out yet. */
  const ready = () => context !== null;

  function bufferOf(audio) {
    const buffer = new AudioBuffer({ length: audio.length, sampleRate, numberOfChannels: 1 });
    buffer.copyToChannel(audio, 0);
    return buffer;
  }

  /**
   * Play samples, fading over from what plays now.
   * @param {Float32Array} audio
   * @param {{level?: number, from?: "start"|"here"|"drag"}} [options] "here" keeps the place in the
   *   sound, "drag" does so for a moment and then starts again; both start when nothing plays
   * @returns {boolean} false while the browser has not allowed sound yet
   */
  function play(audio, { level = 1, from = "start" } = {}) {
    if (!ready()) {
      tell("locked", {});
      return false;
    }
    const buffer = bufferOf(audio);
    const offset = startingPoint(from, buffer.duration);
    fadeOut(voice);
    voice = startVoice(buffer, level, offset);
    engine.lastPlayed = buffer.getChannelData(0);
    engine.played += 1;
    startTicking();
    return true;
  }

  function startingPoint(from, duration) {
    if (from === "start" || !voice) return 0;
    const heard = context.currentTime - voice.began;
    if (from === "drag" && !loop && heard > CONTINUE_FOR) return 0;
    return position() % duration;
  }

  function startVoice(buffer, level, offset) {
    const now = context.currentTime;
    const gain = new GainNode(context, { gain: 0 });
    const source = new AudioBufferSourceNode(context, { buffer, loop });
    source.connect(gain).connect(master);
    gain.gain.setValueAtTime(offset > 0 ? 0 : level, now); // an attack keeps its edge
    gain.gain.linearRampToValueAtTime(level, now + FADE);
    source.start(now, offset);
    const began = offset > 0 && voice ? voice.began : now;
    const fresh = { source, gain, started: now - offset, began, duration: buffer.duration };
    source.onended = () => ended(fresh);
    return fresh;
  }

  function ended(finished) {
    finished.gain.disconnect();
    if (voice !== finished) return;
    voice = null;
    tell("playhead", { seconds: 0, playing: false, duration: finished.duration });
  }

  function fadeOut(old) {
    if (!old) return;
    const now = context.currentTime;
    old.gain.gain.cancelScheduledValues(now);
    old.gain.gain.setTargetAtTime(0, now, FADE / 3);
    old.source.stop(now + FADE * 2);
  }

  function stop() {
    const duration = voice?.duration ?? 1;
    fadeOut(voice);
    voice = null;
    tell("playhead", { seconds: 0, playing: false, duration });
  }

  function position() {
    if (!voice) return 0;
    const elapsed = context.currentTime - voice.started;
    return loop ? elapsed % voice.duration : Math.min(elapsed, voice.duration);
  }

  function startTicking() {
    if (ticking) return;
    ticking = true;
    requestAnimationFrame(tick);
  }

  function tick() {
    ticking = voice !== null;
    if (!ticking) return;
    tell("playhead", { seconds: position(), playing: true, duration: voice.duration });
    requestAnimationFrame(tick);
  }

  function setLoop(on) {
    loop = on;
    if (voice) voice.source.loop = on;
  }

  function setVolume(value) {
    volume = value;
    if (master) master.gain.setTargetAtTime(value, context.currentTime, 0.01);
  }

  return Object.assign(engine, {
    unlock,
    ready,
    play,
    stop,
    setLoop,
    setVolume,
    playing: () => voice !== null,
    analyser: () => analyser,
    context: () => context,
    noteOn: (note, velocity, audio) => voices?.noteOn(note, velocity, bufferOf(audio), loop),
    noteOff: (note) => voices?.noteOff(note),
    silenceNotes: () => voices?.silence(),
    sounding: () => voices?.sounding() ?? [],
  });
}

/**
 * The gain that brings one sound to the level of another.
 * @param {Float32Array} audio
 * @param {Float32Array} reference
 * @returns {number} 1 where either is silent; never so loud that the peak passes full scale
 */
export function matchedLevel(audio, reference) {
  const own = rms(audio);
  const wanted = rms(reference);
  if (own < 1e-6 || wanted < 1e-6) return 1;
  const [least, most] = MATCH_LIMITS;
  const peak = audio.reduce((top, v) => Math.max(top, Math.abs(v)), 1e-6);
  return Math.min(Math.max(wanted / own, least), most, Math.max(1 / peak, least));
}

function rms(audio) {
  let sum = 0;
  for (const v of audio) sum += v * v;
  return Math.sqrt(sum / Math.max(audio.length, 1));
}
