// The state in the page's address: model, latent, slider zero, selection and view.

import { fromText, same, toText } from "./wire.js";

/**
 * Write the state as a URL fragment.
 * @param {{model: object, latent: Float32Array, base: Float32Array, selected: ?string, view: object}} state
 * @returns {string} the fragment with its "#"
 */
export function writeFragment({ model, latent, base, selected, view }) {
  const fields = new URLSearchParams({ model: model.hash, latent: toText(latent) });
  if (!same(latent, base)) fields.set("base", toText(base));
  if (selected) fields.set("sound", selected);
  if (Object.keys(view).length) fields.set("view", JSON.stringify(view));
  return `#${fields}`;
}

/**
 * Read a fragment.
 * @param {string} fragment
 * @param {object} model the model that runs here
 * @returns {?{problem?: string, latent?: Float32Array, base?: Float32Array, selected?: ?string, view?: object}}
 *   null when the fragment carries no state of ours
 */
export function readFragment(fragment, model) {
  const fields = new URLSearchParams(fragment.replace(/^#/, ""));
  if (!fields.has("latent")) return null;
  if (fields.get("model") !== model.hash) return { problem: otherModel(fields.get("model"), model) };
  const latent = fromText(fields.get("latent"), model.latent_size);
  if (!latent) return { problem: "This link is damaged, so its sound could not be restored." };
  const base = fromText(fields.get("base") ?? "", model.latent_size) ?? latent;
  return { latent, base, selected: fields.get("sound"), view: readView(fields.get("view")) };
}

function otherModel(hash, model) {
  const theirs = /^[0-9a-f]{4,64}$/.test(hash ?? "") ? `model ${hash.slice(0, 12)}` : "another model";
  return `This link was made with ${theirs}, but ${model.name} (${model.hash}) runs here, so its sound cannot be restored.`;
}

function readView(text) {
  try {
    const view = JSON.parse(text ?? "{}");
    return view && typeof view === "object" ? view : {};
  } catch {
    return {};
  }
}
