// Other tabs of the same session, such as a duplicated one: each hears when another changes its sounds.

const CHANNEL = "distill.sounds";
const REST_MS = 400;

/**
 * Listen to the session's other tabs.
 * @param {function(): ?string} session its token; tabs of other sessions are passed over
 * @param {function(): void} changed another tab has added, removed or re-mapped sounds
 * @returns {{tell: function(): void}} tell the others that this tab has
 */
export function createSiblings(session, changed) {
  const channel = "BroadcastChannel" in window ? new BroadcastChannel(CHANNEL) : null;
  let resting = 0;
  channel?.addEventListener("message", ({ data }) => {
    if (data !== session()) return;
    clearTimeout(resting); // a drop of many files changes the map more than once
    resting = setTimeout(changed, REST_MS);
  });
  return { tell: () => channel?.postMessage(session()) };
}
