// Polyphonic notes: one sound at many pitches. Knows notes in semitones, not keys or MIDI.

const MOST_VOICES = 16;
const ATTACK = 0.003;
const RELEASE = 0.18; // seconds
const STEAL = 0.008;

/**
 * Make a pool of voices.
 * @param {AudioContext} context
 * @param {AudioNode} output
 */
export function createVoices(context, output) {
  let pool = []; // oldest first: {note, source, gain}

  /**
   * Start a note; the oldest voice gives way when all are taken.
   * @param {number} note semitones from the sound's own pitch
   * @param {number} velocity 0 to 1
   * @param {AudioBuffer} buffer
   * @param {boolean} loop
   */
  function noteOn(note, velocity, buffer, loop) {
    noteOff(note, STEAL);
    while (pool.length >= MOST_VOICES) release(pool.shift(), STEAL);
    const now = context.currentTime;
    const gain = new GainNode(context, { gain: 0 });
    const playbackRate = 2 ** (note / 12);
    const source = new AudioBufferSourceNode(context, { buffer, loop, playbackRate });
    source.connect(gain).connect(output);
    gain.gain.setValueAtTime(0, now);
    gain.gain.linearRampToValueAtTime(velocity, now + ATTACK);
    source.start(now);
    const voice = { note, source, gain };
    source.onended = () => remove(voice);
    pool.push(voice);
  }

  function noteOff(note, seconds = RELEASE) {
    pool.filter((voice) => voice.note === note).forEach((voice) => release(voice, seconds));
    pool = pool.filter((voice) => voice.note !== note);
  }

  function release(voice, seconds) {
    const now = context.currentTime;
    voice.gain.gain.cancelScheduledValues(now);
    voice.gain.gain.setTargetAtTime(0, now, seconds / 4);
    voice.source.stop(now + seconds);
  }

  function remove(voice) {
    voice.gain.disconnect();
    pool = pool.filter((other) => other !== voice);
  }

  function silence() {
    pool.forEach((voice) => release(voice, STEAL));
    pool = [];
  }

  return { noteOn, noteOff, silence, sounding: () => pool.map((voice) => voice.note) };
}
