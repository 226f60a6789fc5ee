// Sends files one by one and keeps track of what became of each. Draws nothing.

const AT_ONCE = 2;
const KEPT_BYTES = 200_000_000; // files kept to be sent again if the server forgets them

/**
 * @typedef {object} Entry
 * @property {string} name
 * @property {"waiting"|"sending"|"landed"|"refused"} state
 * @property {Array<{id: string}>} sounds its clips, once landed
 * @property {number} seconds
 * @property {string} problem why it was refused
 * @property {?File} file
 */

/**
 * Make the list of the visitor's own sounds.
 * @param {object} distill
 * @param {{changed: function(): void}} options
 */
export function createUploads(distill, { changed }) {
  let list = [];
  let sending = 0;
  let chooseNext = false; // the first of a drop that lands becomes the current sound

  function add(files) {
    const fresh = files.map((file) => ({ name: file.name, state: "waiting", sounds: [], seconds: 0, problem: "", file }));
    list = [...fresh, ...list];
    chooseNext = fresh.length > 0;
    changed();
    sendMore();
  }

  function sendMore() {
    while (sending < AT_ONCE) {
      const next = list.find((entry) => entry.state === "waiting");
      if (!next) break;
      send(next);
    }
  }

  async function send(entry) {
    sending += 1;
    entry.state = "sending";
    changed();
    try {
      land(entry, await post(entry));
    } catch (error) {
      entry.state = "refused";
      entry.problem = error.message;
    }
    sending -= 1;
    changed();
    if (sending === 0 && !list.some((it) => it.state === "waiting")) finish();
    sendMore();
  }

  function post({ file, name }) {
    const limit = distill.model?.max_bytes ?? Infinity;
    if (file.size > limit) throw new Error(`${name} is larger than ${limit / 1e6} MB; choose a shorter part of it.`);
    return distill.api(`live/sounds?name=${encodeURIComponent(name)}`, { method: "POST", body: file });
  }

  function land(entry, { sounds }) {
    entry.sounds = sounds;
    entry.seconds = sounds.reduce((sum, sound) => sum + sound.seconds, 0);
    entry.state = "landed";
    forgetLargeFiles();
    if (chooseNext) choose(sounds[0].id);
    chooseNext = false;
  }

  async function choose(id) {
    await distill.refreshMap();
    await distill.select(id);
  }

  function finish() {
    const refused = list.filter((entry) => entry.state === "refused" && !entry.told);
    const landed = list.filter((entry) => entry.state === "landed" && !entry.told);
    for (const entry of list) entry.told = true;
    if (landed.length) distill.refreshMap();
    if (!refused.length) return;
    const others = landed.length ? ` ${count(landed.length)} landed.` : "";
    const text = refused.length === 1 ? refused[0].problem : `${count(refused.length)} could not be read; the list says why.`;
    distill.announce(text + others, { kind: "error" });
  }

  function forgetLargeFiles() {
    let kept = 0;
    for (const entry of list) {
      kept += entry.file?.size ?? 0;
      if (kept > KEPT_BYTES) entry.file = null;
    }
  }

  async function remove(entry) {
    if (entry.state === "refused") return drop(entry);
    drop(entry);
    const answer = await distill.attempt(() => Promise.all(entry.sounds.map(({ id }) => erase(id))));
    if (!answer) return putBack(entry);
    distill.refreshMap();
    distill.announce(`${entry.name} is removed.`, { action: { label: "Undo", run: () => bringBack(entry) } });
  }

  const erase = (id) => distill.api(`live/sounds/${encodeURIComponent(id)}`, { method: "DELETE" });

  function drop(entry) {
    list = list.filter((other) => other !== entry);
    changed();
  }

  function putBack(entry) {
    list = [entry, ...list];
    changed();
  }

  async function bringBack(entry) {
    const path = (id) => `live/sounds/${encodeURIComponent(id)}/restore`;
    const answers = await distill.attempt(async () => {
      const restored = [];
      for (const { id } of entry.sounds) restored.push(await distill.api(path(id), { method: "POST" }));
      return restored;
    });
    if (!answers) return;
    entry.sounds = answers.flatMap(({ sounds }) => sounds);
    putBack(entry);
    distill.refreshMap();
  }

  /** Take over what the session holds on the server. */
  async function restore() {
    const answer = await distill.attempt(() => distill.api("live/sounds"));
    if (!answer) return;
    list = [...list.filter((entry) => entry.state !== "landed"), ...remembered(grouped(answer.sounds))];
    changed();
  }

  /** Entries with the files that this page still holds, to be sent again if need be. */
  function remembered(entries) {
    const files = new Map(list.flatMap(({ sounds, file }) => sounds.map(({ id }) => [id, file])));
    return entries.map((entry) => ({ ...entry, file: files.get(entry.sounds[0].id) ?? null }));
  }

  /** Send everything again, to a server that has forgotten it. */
  function sendAgain() {
    const again = list.filter((entry) => entry.state === "landed" && entry.file);
    const lost = list.filter((entry) => entry.state === "landed" && !entry.file);
    list = list.filter((entry) => !lost.includes(entry));
    again.forEach((entry) => Object.assign(entry, { state: "waiting", told: true }));
    if (lost.length) distill.announce(`The session had ended; ${count(lost.length)} must be added again.`, { kind: "error" });
    else if (again.length) distill.announce(`The session had ended; ${count(again.length)} added again by the page.`);
    changed();
    sendMore();
  }

  distill.on("elsewhere", restore);
  distill.on("session", ({ renewed }) => renewed && sendAgain());
  return { add, remove, restore, entries: () => list };
}

function count(number) {
  return number === 1 ? "1 sound" : `${number} sounds`;
}

function grouped(sounds) {
  const entries = [];
  for (const sound of sounds) {
    if (sound.clip === 0 || !entries.length) {
      entries.push({ name: sound.file, state: "landed", sounds: [], seconds: 0, problem: "", file: null, told: true });
    }
    entries.at(-1).sounds.push(sound);
    entries.at(-1).seconds += sound.seconds;
  }
  return entries.reverse();
}
