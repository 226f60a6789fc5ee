// Keeps the page's address in step with what it shows, out of the way of a sound on its way.

const REST_MS = 250; // a change of the address costs the browser as much as a step of the slider

/**
 * Make the writer of the address.
 * @param {function(): ?string} fragment what stands after the page's path now; null for nothing yet
 * @returns {{writeSoon: function(): void}} writes once nothing has changed for a moment
 */
export function createAddress(fragment) {
  let timer = 0;

  function writeSoon() {
    clearTimeout(timer);
    timer = setTimeout(write, REST_MS);
  }

  function write() {
    timer = 0;
    const text = fragment();
    if (text === null) return;
    try {
      window.history.replaceState(null, "", text);
    } catch {
      // browsers limit how often the address may change; the next gesture writes it
    }
  }

  window.addEventListener("pagehide", () => timer && write());
  return { writeSoon };
}
