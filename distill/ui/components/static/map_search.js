// Finds sounds by name: a combobox with a list of matches. Knows nothing of the map.

import { searchNames } from "./map_points.js";
import { dotOf, textOf } from "./map_words.js";

const SHOWN = 40;

/** The search field and its list. */
export class MapSearch {
  /**
   * @param {HTMLInputElement} input
   * @param {HTMLElement} list
   * @param {{choose: function(number): void, dot: function(number): string}} handlers
   *   choose(point) when a name is taken; dot(point) gives the colour beside it
   */
  constructor(input, list, handlers) {
    Object.assign(this, { input, list, handlers, names: [], folded: [], found: [], active: -1 });
    input.addEventListener("input", () => this.search());
    input.addEventListener("focus", () => this.search());
    input.addEventListener("blur", () => this.close());
    input.addEventListener("keydown", (event) => this.key(event));
    list.addEventListener("pointerdown", (event) => event.preventDefault()); // keep the focus
    list.addEventListener("click", (event) => this.take(this.rowOf(event.target)));
    document.addEventListener("keydown", (event) => this.shortcut(event));
  }

  /** Search these names from now on. */
  setNames(names) {
    this.names = names;
    this.folded = names.map((name) => name.toLowerCase());
  }

  search() {
    const { found, total } = searchNames(this.folded, this.input.value, SHOWN);
    this.found = found;
    this.active = found.length ? 0 : -1;
    this.list.replaceChildren(...found.map((point, row) => this.option(point, row)));
    if (this.input.value.trim()) this.list.append(this.footer(total));
    this.open(this.input.value.trim() !== "");
    this.mark();
  }

  option(point, row) {
    const option = document.createElement("div");
    option.className = "d-map-option";
    option.id = `${this.list.id}-${row}`;
    option.dataset.row = row;
    option.setAttribute("role", "option");
    option.append(dotOf(this.handlers.dot(point)), textOf(this.names[point]));
    return option;
  }

  footer(total) {
    const line = document.createElement("div");
    line.className = "d-map-option-note";
    line.setAttribute("role", "presentation");
    line.textContent = noteFor(total, this.found.length);
    return line;
  }

  open(wanted) {
    this.list.hidden = !wanted;
    this.input.setAttribute("aria-expanded", String(wanted));
  }

  close() {
    this.open(false);
    this.input.removeAttribute("aria-activedescendant");
  }

  mark() {
    for (const option of this.list.querySelectorAll("[role=option]")) {
      const active = Number(option.dataset.row) === this.active;
      option.setAttribute("aria-selected", String(active));
      if (active) option.scrollIntoView({ block: "nearest" });
    }
    if (this.active < 0) this.input.removeAttribute("aria-activedescendant");
    else this.input.setAttribute("aria-activedescendant", `${this.list.id}-${this.active}`);
  }

  key(event) {
    const keys = {
      ArrowDown: () => this.move(1),
      ArrowUp: () => this.move(-1),
      Enter: () => this.take(this.active),
      Escape: () => this.leave(),
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    keys[event.key]();
  }

  move(step) {
    if (!this.found.length) return;
    this.active = (this.active + step + this.found.length) % this.found.length;
    this.mark();
  }

  take(row) {
    if (!(row in this.found)) return;
    this.close();
    this.handlers.choose(this.found[row]);
  }

  leave() {
    this.input.value = "";
    this.close();
    this.input.blur();
  }

  rowOf(target) {
    return Number(target.closest("[role=option]")?.dataset.row ?? -1);
  }

  shortcut(event) {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.input.focus();
    this.input.select();
  }
}

function noteFor(total, shown) {
  if (total === 0) return "No sound has that in its name.";
  if (total > shown) return `${shown} of ${total.toLocaleString("en")} matches`;
  return total === 1 ? "1 match" : `${total} matches`;
}

