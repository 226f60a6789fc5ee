// Keeps the page's address in step with what it shows, out of the way of a sound on its way.

const REST_MS = 250; // a change of the address costs the browser as much as a step of the slider does

/**
 * Make the writer of the address.
 * @param {function(): ?string} fragment what stands after the page's path now; null for nothing yet
 * @returns {{writeSoon: function(): void, settle: function(): void}} writeSoon writes once nothing has
 *   changed for a moment; settle at once, if something is to be written
 */
export function createAddress(fragment) {
  let timer = 0;

  function writeSoon() {
    clearTimeout(timer);
    timer = setTimeout(write, REST_MS);
  }

  function write() {
    clearTimeout(timer);
    timer = 0;
    const text = fragment();
    if (text === null) return;
    try {
      window.history.replaceState(null, "", text);
    } catch {
      // browsers limit how often the address may change; the next gesture writes it
    }
  }

  function settle() {
    if (timer) write();
  }

  window.addEventListener("pagehide", settle);
  return { writeSoon, settle };
}
