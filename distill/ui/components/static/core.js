// The heart of the page: state, what changes it, and what follows. Draws nothing.

import { createAddress } from "./address.js";
import { createClient } from "./api.js";
import { createBus } from "./bus.js";
import { createEngine, matchedLevel } from "./engine.js";
import { leaveReset } from "./frame.js";
import { createHistory } from "./history.js";
import { readFragment, writeFragment } from "./link.js";
import { KIND } from "./map_points.js";
import { recall, remember } from "./memory.js";
import { createRegistry, drainQueue } from "./mount.js";
import { createPump } from "./pump.js";
import { createSiblings } from "./siblings.js";
import { createSounds } from "./sounds.js";
import { createTheme } from "./theme.js";
import { createAnnouncer } from "./toast.js";
import { same } from "./wire.js";

const bus = createBus();
const registry = createRegistry();
const announce = createAnnouncer();
const theme = createTheme((name) => {
  state.theme = name;
  bus.emit("theme", name);
});
const client = createClient(bus.emit);
const history = createHistory((ends) => bus.emit("history", ends));
const sounds = createSounds(client.api);
const address = createAddress(() => (model && state.sound ? writeFragment({ model, ...state }) : null));

const state = {
  latent: new Float32Array(128),
  base: new Float32Array(128),
  selected: null,
  name: "",
  family: "",
  sound: null,
  original: null,
  compare: false, // true while the original is heard
  loop: recall("loop", false),
  theme: theme.theme(),
  view: {},
};

let engine = null;
let model = null;
let choice = 0; // counts selections, so that a late answer to an old one is dropped
let continued = false; // the last sound was faded in under a drag: its attack was not heard

const pump = createPump((job) => sounds.decode(job.latent), {
  done: (clip, job) => receive(clip, job),
  failed: (error) => announce(error.message, { kind: "error" }),
});

function receive(clip, job) {
  hear(clip, job); // first, for the ear is quicker than the eye
  tellSound(clip, job);
  address.settle();
}

function hear(clip, { play, commit }) {
  state.sound = clip;
  if (play) playDecoded(commit);
}

function tellSound(clip, { source }) {
  bus.emit("sound", { ...clip, original: false, source });
}

function playDecoded(fromStart) {
  stopAudition(); // one still on its way would play over this sound
  if (state.compare) setCompare(false);
  continued = !fromStart;
  engine.play(state.sound.audio, { from: fromStart ? "start" : "drag" });
}

/** Move the current sound. A commit ends a gesture and can be undone. */
function setLatent(latent, { source = "", commit = false, play = true } = {}) {
  state.latent = Float32Array.from(latent);
  const job = { latent: state.latent, play, commit, source };
  if (commit && !pump.busy() && same(state.sound?.latent, state.latent)) settle(job);
  else pump.request(job); // first, so that the server works while the page draws
  bus.emit("latent", { latent: state.latent, source, commit });
  if (commit) record();
}

function settle({ play }) {
  if (play && (continued || !engine.playing())) playDecoded(true);
}

function record() {
  const { latent, base, selected, name, family } = state;
  const last = history.current();
  if (last && same(last.latent, latent) && same(last.base, base) && last.selected === selected) return;
  history.push({ latent, base, selected, name, family });
  address.writeSoon();
}

/** Select a sound of the map: it becomes the current sound and the zero of the sliders. */
async function select(id, { play = true, commit = true } = {}) {
  const mine = ++choice;
  const clip = await attempt(() => sounds.decoded(id));
  if (!clip || mine !== choice) return;
  const { name, family } = await sounds.label(id);
  arrive(clip, { selected: id, name, family }, { play, commit, source: "select" });
  await loadOriginal(id, mine);
}

/** Make a new sound at a place of the map that may be empty. */
function makeAt(x, y, options) {
  return make(() => sounds.at(x, y), options);
}

/** Make a new sound by chance, from anywhere between the usual ones. */
function surprise() {
  return make(sounds.drawn, { source: "draw" });
}

async function make(fetchClip, { play = true, commit = true, base = true, source = "map" } = {}) {
  const mine = ++choice;
  const clip = await attempt(fetchClip);
  if (!clip || mine !== choice) return null;
  const label = { selected: null, name: "New sound", family: "" };
  arrive(clip, label, { play, commit, source, keepBase: !base });
  setOriginal(null);
  return clip;
}

function arrive(clip, label, { play, commit, source, keepBase = false }) {
  pump.cancel();
  const changed = state.selected !== label.selected || !label.selected;
  Object.assign(state, label, { latent: clip.latent });
  if (!keepBase) state.base = clip.latent.slice();
  hear(clip, { play, commit });
  if (changed) bus.emit("select", { id: state.selected, name: state.name, family: state.family });
  bus.emit("latent", { latent: state.latent, source, commit });
  tellSound(clip, { source });
  if (commit) record();
}

async function loadOriginal(id, mine) {
  if (!id) return setOriginal(null);
  const clip = await attempt(() => sounds.original(id));
  if (clip && mine === choice) setOriginal(clip);
}

function setOriginal(clip) {
  state.original = clip;
  if (!clip && state.compare) setCompare(false);
  bus.emit("original", clip && { ...clip, original: true });
}

/** What a point of the map sounds like: its recording or, where none came with the model, its decoding. */
async function heard(id) {
  const { kind, index } = await sounds.map();
  return kind[index.get(id)] === KIND.factory ? sounds.decoded(id) : sounds.original(id);
}

/** Play a point of the map without touching the current sound. */
async function audition(id) {
  auditioned = id;
  const clip = await attempt(() => heard(id));
  if (clip && auditioned === id) engine?.play(clip.audio);
}
let auditioned = null;

function stopAudition() {
  auditioned = null;
}

function undo() {
  return restore(history.undo());
}

function redo() {
  return restore(history.redo());
}

async function restore(snapshot) {
  if (!snapshot) return;
  const mine = ++choice;
  const moved = state.selected !== snapshot.selected;
  Object.assign(state, snapshot);
  pump.request({ latent: state.latent, play: true, commit: true, source: "undo" });
  if (moved) bus.emit("select", { id: state.selected, name: state.name, family: state.family });
  bus.emit("latent", { latent: state.latent, source: "undo", commit: true });
  address.writeSoon();
  if (moved) await loadOriginal(state.selected, mine);
}

function play() {
  const { original, sound, compare } = state;
  if (compare && original && sound) {
    engine?.play(original.audio, { level: matchedLevel(original.audio, sound.audio) });
  } else if (sound) engine?.play(sound.audio);
}

function stop() {
  stopAudition();
  engine?.stop();
}

function toggle() {
  if (engine?.playing()) stop();
  else play();
}

/** Hear the original or the decoded sound; goes over in place while one plays. */
function setCompare(original) {
  state.compare = original && state.original !== null;
  bus.emit("compare", { original: state.compare });
}

function compare(original = !state.compare) {
  if (original && !state.original) {
    announce("This sound was made here, so there is no original to compare it with.");
    return;
  }
  setCompare(original);
  const heard = state.compare ? state.original : state.sound;
  if (!heard || !engine) return;
  const level = state.compare ? matchedLevel(heard.audio, state.sound.audio) : 1;
  engine.play(heard.audio, { level, from: "here" });
}

function setLoop(on) {
  state.loop = on;
  remember("loop", on);
  engine?.setLoop(on);
  bus.emit("loop", on);
}

function setView(name, value) {
  state.view = { ...state.view, [name]: value };
  address.writeSoon();
  bus.emit("view", state.view);
}

function link() {
  const here = new URL(window.location.href);
  here.search = "";
  here.hash = writeFragment({ model, ...state });
  return here.href;
}

async function attempt(action) {
  try {
    return await action();
  } catch (error) {
    announce(error.message, { kind: "error" });
    return null;
  }
}

async function openLinked(linked) {
  const mine = ++choice;
  Object.assign(state, { view: linked.view, base: linked.base, latent: linked.latent });
  const clip = await attempt(() => sounds.decode(linked.latent));
  if (!clip || mine !== choice) return;
  const label = linked.selected ? await sounds.label(linked.selected) : null;
  const selected = label?.name ? linked.selected : null;
  const named = { selected, name: label?.name || "Sound from a link", family: label?.family ?? "" };
  arrive(clip, named, { play: false, commit: true, source: "link", keepBase: true });
  bus.emit("view", state.view);
  await loadOriginal(selected, mine);
}

/** A link pasted into the address of an open page. */
async function followAddress() {
  const linked = model && readFragment(window.location.hash, model);
  if (linked?.problem) announce(linked.problem, { kind: "error", sticky: true });
  else if (linked) await openLinked(linked);
}

async function openPage() {
  const linked = readFragment(window.location.hash, model);
  if (linked?.latent) return openLinked(linked);
  if (linked?.problem) announce(linked.problem, { kind: "error", sticky: true });
  if (model.opening) await select(model.opening, { play: false });
}

async function start() {
  sounds.map().catch(() => {}); // on its way before the panels are there; told where it is awaited
  model = await client.api("live/model");
  distill.model = model;
  sounds.setModel(model);
  state.latent = new Float32Array(model.latent_size);
  state.base = new Float32Array(model.latent_size);
  const volume = recall("volume", 0.8);
  engine = createEngine({ sampleRate: model.sample_rate, volume, tell: bus.emit });
  engine.setLoop(state.loop);
  distill.engine = engine;
  bus.emit("model", model);
  return model;
}

function unlockOnGesture() {
  const unlock = () => engine?.unlock();
  for (const gesture of ["pointerdown", "keydown", "touchend"]) {
    window.addEventListener(gesture, unlock, { capture: true });
  }
}

/** Take over another model of the same latent space: what is selected and shaped stays, and is heard anew. */
async function changeModel() {
  const now = await attempt(() => client.api("live/model"));
  if (now) adopt(now);
}

function adopt(now) {
  model = now;
  distill.model = now;
  sounds.forgetClips();
  bus.emit("model", now);
  pump.request({ latent: state.latent, play: true, commit: true, source: "model" });
  address.writeSoon();
}

async function checkModel() {
  const now = await attempt(() => client.api("live/model"));
  if (!now || now.hash === model?.hash) return;
  if (now.space === model.space) {
    announce(`The trained model ended with the session; ${now.name} plays again.`);
    return adopt(now);
  }
  announce(`The server now runs another model (${now.name}); reload the page to use it.`, {
    kind: "error",
    sticky: true,
    action: { label: "Reload", run: () => window.location.reload() },
  });
}

function watchConnection() {
  let close = null;
  bus.on("connection", ({ online }) => {
    close?.();
    close = null;
    if (online) announce("The connection is back; everything goes on.");
    else close = announce("The connection to the server is lost; trying again…", { kind: "error", sticky: true });
    if (online && model) checkModel();
  });
}

const distill = {
  ...bus,
  ...registry,
  state,
  model: null,
  engine: null,
  setLatent,
  select,
  audition,
  heard,
  stopAudition,
  makeAt,
  surprise,
  undo,
  redo,
  play,
  stop,
  toggle,
  compare,
  setLoop,
  setView,
  changeModel,
  link,
  announce,
  attempt,
  api: client.api,
  fetchLatent: sounds.latent,
  loadMap: sounds.map,
  sounds,
  toggleTheme: theme.toggle,
};

/** Fetch the map again and tell everyone; called after uploads, removals and a re-map. */
distill.refreshMap = async () => {
  const points = await fetchMapAgain();
  siblings.tell();
  return points;
};

const siblings = createSiblings(client.session, async () => {
  await fetchMapAgain();
  bus.emit("elsewhere", {});
  announce("Another tab of this session has changed its sounds; this one shows them now.");
});

// A new session knows nothing of the map that the old one had fitted.
bus.on("session", ({ renewed }) => renewed && fetchMapAgain());

async function fetchMapAgain() {
  const points = await attempt(() => sounds.map({ fresh: true }));
  if (points) bus.emit("map", points);
  return points;
}

window.distill = distill;
watchConnection();
unlockOnGesture();
window.addEventListener("hashchange", followAddress);
distill.ready = start();
distill.ready.then(openPage).catch((error) => announce(error.message, { kind: "error", sticky: true }));
drainQueue((...entry) => {
  leaveReset();
  theme.apply(); // Gradio, drawn later than this script runs, follows the system's theme
  registry.mount(...entry);
});
