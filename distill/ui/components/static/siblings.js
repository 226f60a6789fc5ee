// Other tabs of the same session, such as a duplicated one: each hears when another changes its sounds.

const CHANNEL = "distill.sounds";

/**
 * Listen to the session's other tabs.
 * @param {function(): ?string} session its token; tabs of other sessions are passed over
 * @param {function(): void} changed another tab has added, removed or re-mapped sounds
 * @returns {{tell: function(): void}} tell the others that this tab has
 */
export function createSiblings(session, changed) {
  const channel = "BroadcastChannel" in window ? new BroadcastChannel(CHANNEL) : null;
  channel?.addEventListener("message", ({ data }) => data === session() && changed());
  return { tell: () => channel?.postMessage(session()) };
}
