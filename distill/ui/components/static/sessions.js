// Saves the session to a file of the visitor's and opens it again.

import { h, saveFile } from "./dom.js";

/**
 * Save all sounds of the session to one file.
 * @param {object} distill
 */
export async function saveSession(distill) {
  const answer = await distill.attempt(() => distill.api("live/session/file", { as: "response" }));
  if (answer) saveFile(await answer.blob(), `distill session ${new Date().toISOString().slice(0, 10)}.zip`);
}

/**
 * Ask for a saved session and add its sounds to this one.
 * @param {object} distill
 * @param {function(): Promise<void>} opened
 */
export function openSession(distill, opened) {
  const picker = h("input", { type: "file", accept: ".zip", "aria-label": "Saved session" });
  picker.addEventListener("change", async () => {
    const [file] = picker.files;
    const answer = file && (await distill.attempt(() => distill.api("live/session/file", { method: "POST", body: file })));
    if (!answer) return;
    await opened();
    await distill.refreshMap();
    distill.announce(`The session is open: ${answer.sounds.length} clips.`);
  });
  picker.click();
}
