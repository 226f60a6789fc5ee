// The button that asks the browser for MIDI keyboards, where it has any to offer.

import { button } from "./dom.js";

/**
 * Make the button.
 * @param {{connectMidi: function(): Promise<number>}} keys
 * @returns {HTMLButtonElement[]} none where the browser has no Web MIDI
 */
export function midiButton(keys) {
  const { distill } = window;
  if (!navigator.requestMIDIAccess) return [];
  const title = "Play the sound on a MIDI keyboard";
  const control = button({ label: "Connect MIDI", text: "MIDI", style: "d-button-quiet", title, pressed: false, run: () => connect(tell) });

  async function connect(told) {
    try {
      const inputs = await keys.connectMidi();
      control.setAttribute("aria-pressed", "true");
      told(inputs ? "MIDI is connected: play the sound on your keyboard." : "No MIDI keyboard yet: plug one in and play.");
    } catch {
      told("The browser does not let this page use MIDI; allow it and try again. The letter keys still play.");
    }
  }

  const tell = (sentence) => distill.announce(sentence);
  distill.on("unlocked", async () => {
    const permission = await navigator.permissions?.query({ name: "midi" }).catch(() => null);
    if (permission?.state === "granted") connect(() => {}); // allowed on an earlier visit
  });
  return [control];
}
