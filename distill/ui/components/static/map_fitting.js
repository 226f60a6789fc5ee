// Asks for maps fitted anew: of all sounds with the visitor's among them, or of some sounds alone.

/** The buttons that fit, and what they ask of the server. */
export class MapFitting {
  /**
   * @param {function(string): HTMLElement} part finds a part of the component by name
   * @param {function(): void} fitted called when another map has been drawn
   */
  constructor(part, fitted) {
    Object.assign(this, { part, fitted });
    part("remap").addEventListener("click", () => this.remap());
    part("show-all-sounds").addEventListener("click", () => this.focus([]));
  }

  /** Offer what makes sense now. */
  offer({ apart, own }) {
    this.part("show-all-sounds").hidden = !apart;
    this.part("remap").hidden = apart || !own;
  }

  /** Map some sounds alone, or all of them again. */
  focus(ids) {
    const words = ids.length ? `Fitting a map to ${ids.length} sounds…` : "Back to all sounds…";
    return this.fit(words, "live/focus", JSON.stringify(ids));
  }

  remap() {
    return this.fit("Fitting a new map with your sounds…", "live/remap");
  }

  async fit(words, path, body) {
    const buttons = [this.part("remap"), this.part("show-all-sounds")];
    for (const button of buttons) button.disabled = true;
    const close = distill.announce(words, { sticky: true });
    const answer = await distill.attempt(() => distill.api(path, { method: "POST", body }));
    if (answer) await distill.refreshMap();
    close();
    for (const button of buttons) button.disabled = false;
    if (answer) this.fitted();
  }
}
