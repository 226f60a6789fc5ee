// Sounds, latents and the map as the server knows them, cached. Plays and draws nothing.

import { readClip } from "./wire.js";

const KEPT = 96; // clips of 0.4 MB each

/**
 * Make the store of what the server knows.
 * @param {function(string, object=): Promise<any>} api
 */
export function createSounds(api) {
  const clips = new Map(); // oldest first
  const latents = new Map();
  let model = { latent_size: 128 };
  let mapping = null;

  async function fetchClip(path, options) {
    return readClip(await api(path, { as: "buffer", ...options }), model.latent_size);
  }

  function cached(path) {
    const found = clips.get(path) ?? fetchClip(path);
    clips.delete(path);
    clips.set(path, found);
    found.catch?.(() => clips.delete(path));
    if (clips.size > KEPT) clips.delete(clips.keys().next().value);
    return found;
  }

  const at = (x, y) => fetchClip(`live/at?x=${x}&y=${y}`);
  const drawn = () => fetchClip("live/draw");
  const original = (id) => cached(`live/sound/${encodeURIComponent(id)}`);
  const decoded = (id) => cached(`live/decode/${encodeURIComponent(id)}`);
  const decode = (latent) => fetchClip("live/decode", { method: "POST", body: latent });

  function latent(id) {
    if (!latents.has(id)) {
      const found = api(`live/latent/${encodeURIComponent(id)}`, { as: "buffer" });
      latents.set(id, found.then((buffer) => new Float32Array(buffer)));
      found.catch(() => latents.delete(id));
    }
    return latents.get(id);
  }

  /**
   * The points of the map, column by column.
   * @param {{fresh?: boolean}} [options]
   * @returns {Promise<{version: number, families: string[], id: string[], name: string[], family: number[],
   *   kind: number[], columns: string[], units: object, data: Float32Array, index: Map<string, number>}>}
   */
  function map({ fresh = false } = {}) {
    if (fresh || !mapping) {
      mapping = fetchMap();
      mapping.catch(() => (mapping = null));
    }
    return mapping;
  }

  async function fetchMap() {
    const [table, numbers] = await Promise.all([api("live/map"), api("live/map.f32", { as: "buffer" })]);
    return { ...table, data: new Float32Array(numbers), index: new Map(table.id.map((id, row) => [id, row])) };
  }

  /** The name and family of a sound; empty when it is not on the map. */
  async function label(id) {
    const table = await map();
    const row = table.index.get(id);
    if (row === undefined) return { name: "", family: "" };
    return { name: table.name[row], family: table.families[table.family[row]] };
  }

  /** Another model plays: what a latent sounds like is not known any more. */
  function forgetClips() {
    clips.clear();
  }

  const setModel = (value) => (model = value);
  return { at, drawn, original, decoded, decode, latent, map, label, forgetClips, setModel };
}
