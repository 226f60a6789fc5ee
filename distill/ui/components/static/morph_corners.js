// The four corners of the morph pad: which sounds they hold and how they are filled.

import { h } from "./dom.js";

const PLACES = ["Top left", "Top right", "Bottom left", "Bottom right"];
const DRAGGED = "application/x-distill-sound";
// Families far apart, with the sound that shows each best where it is there.
const OPENING = [
  ["drum", "bd_haus"],
  ["pitched", "perc_bell"],
  ["synth", "bass_hard_c"],
  ["voice", "ambi_choir"],
  ["texture", "ambi_glass_hum"],
];

/**
 * @typedef {object} Corner a sound in a corner
 * @property {string} id
 * @property {string} name
 * @property {string} family
 * @property {Float32Array} latent
 */

/** Four buttons, one a corner, that take sounds. */
export class Corners {
  /**
   * @param {object} distill
   * @param {function(): void} changed told when a corner holds another sound
   */
  constructor(distill, changed) {
    Object.assign(this, { distill, changed });
    this.held = [null, null, null, null];
    this.fillings = 0; // counts, so that a late answer to an old one is dropped
    this.chips = PLACES.map((place, i) => this.buildChip(place, i));
  }

  buildChip(place, index) {
    const name = h("span", { class: "d-corner-name" }, "Empty");
    const chip = h(
      "button",
      {
        type: "button",
        class: `d-corner d-corner-${index}`,
        "data-corner": index,
        onclick: () => this.takeSelected(index),
      },
      h("i", { class: "d-corner-dot" }),
      name,
    );
    this.label(chip, place, null);
    this.acceptDrops(chip, index);
    return chip;
  }

  label(chip, place, corner) {
    const holds = corner ? corner.name : "empty";
    chip.setAttribute("aria-label", `${place} corner: ${holds}. Put the selected sound here`);
    chip.title = `${corner ? `${corner.name}. ` : ""}Click to put the selected sound here, or drop one from the map`;
  }

  /** Take a sound that is carried over the pad into the corner of that quarter. */
  carried({ id, x, y, dropped }, surface) {
    const { left, top, width, height } = surface.getBoundingClientRect();
    const inside = x >= left && x <= left + width && y >= top && y <= top + height;
    const corner = inside ? Number(x > left + width / 2) + 2 * Number(y > top + height / 2) : -1;
    this.chips.forEach((chip, i) => chip.classList.toggle("d-corner-open", i === corner && !dropped));
    if (dropped && inside) this.put(corner, id);
  }

  acceptDrops(target, index) {
    target.addEventListener("dragover", (event) => {
      if (!event.dataTransfer.types.includes(DRAGGED)) return;
      event.preventDefault();
      target.classList.add("d-corner-open");
    });
    target.addEventListener("dragleave", () => target.classList.remove("d-corner-open"));
    target.addEventListener("drop", (event) => {
      event.preventDefault();
      target.classList.remove("d-corner-open");
      this.put(index, event.dataTransfer.getData(DRAGGED));
    });
  }

  /** Whether every corner holds a sound. */
  get ready() {
    return this.held.every(Boolean);
  }

  get ids() {
    return this.held.map((corner) => corner?.id);
  }

  get latents() {
    return this.held.map((corner) => corner.latent);
  }

  /** Put the selected sound into a corner. */
  takeSelected(index) {
    const { selected, name } = this.distill.state;
    if (!selected) this.distill.announce("Select a sound on the map first; this corner then takes it.");
    else if (this.ids[index] === selected) this.distill.announce(`${name} is in this corner already.`);
    else this.put(index, selected);
  }

  /** Put a sound of the map into a corner, and offer the way back. */
  async put(index, id) {
    const before = this.held[index];
    const corner = await this.distill.attempt(() => this.fetch(id));
    if (!corner) return;
    this.keep(index, corner);
    const action = before && { label: "Undo", run: () => this.keep(index, before) };
    this.distill.announce(`${PLACES[index]} corner: ${corner.name}.`, { action });
  }

  /** Hold a sound that the user chose, so that a link carries it. */
  keep(index, corner) {
    this.hold(index, corner);
    if (this.ready) this.distill.setView("corners", this.ids);
  }

  async fetch(id) {
    const [table, latent] = await Promise.all([this.distill.loadMap(), this.distill.fetchLatent(id)]);
    const row = table.id.indexOf(id);
    return { id, latent, name: table.name[row] ?? "Sound", family: table.families[table.family[row]] ?? "" };
  }

  hold(index, corner) {
    this.held[index] = corner;
    const chip = this.chips[index];
    chip.querySelector(".d-corner-name").textContent = corner.name;
    chip.style.setProperty("--corner", `var(--d-family-${corner.family}, var(--d-muted))`);
    this.label(chip, PLACES[index], corner);
    this.changed();
  }

  /** Fill the corners: with what a link says, or with four bundled sounds of different families. */
  async fill(wanted) {
    const mine = ++this.fillings;
    const table = await this.distill.loadMap();
    const known = isFour(wanted) && wanted.every((id) => table.id.includes(id));
    const ids = known ? wanted : openingSounds(table);
    const corners = await Promise.all(ids.map((id) => this.fetch(id)));
    if (mine === this.fillings) corners.forEach((corner, i) => this.hold(i, corner));
  }

  /** Hold what a link says, if it says something else. */
  async follow(wanted) {
    if (!isFour(wanted) || wanted.every((id, i) => id === this.ids[i])) return;
    await this.distill.attempt(() => this.fill(wanted));
  }
}

function isFour(ids) {
  return Array.isArray(ids) && ids.length === 4 && ids.every((id) => typeof id === "string");
}

/**
 * Four sounds as different as the map has: one a family, bundled ones first.
 * @param {{id: string[], name: string[], family: number[], kind: number[], families: string[]}} table
 * @returns {string[]} fewer where the map holds fewer
 */
export function openingSounds(table) {
  const rows = table.id.map((_, row) => row).filter((row) => table.kind[row] !== 2);
  rows.sort((a, b) => table.kind[b] - table.kind[a]);
  const familyOf = (row) => table.families[table.family[row]];
  const best = OPENING.map(([family, name]) => {
    const own = rows.filter((row) => familyOf(row) === family);
    return own.find((row) => table.name[row].startsWith(name)) ?? own[0];
  });
  const chosen = [...new Set([...best.filter((row) => row !== undefined), ...rows])].slice(0, 4);
  return chosen.map((row) => table.id[row]);
}

/** What the place of a pad is called, from the corner that counts most. */
export function nearestName(held, shares) {
  const most = shares.indexOf(Math.max(...shares));
  return held[most]?.name ?? "";
}
