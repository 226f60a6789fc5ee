// The sounds of the map as typed arrays, and questions about them. Draws nothing, keeps no view.
// Every question is one pass over the points: 50,000 take well under a millisecond.

/** How a sound came onto the map, as the server numbers it. */
export const KIND = Object.freeze({ factory: 0, bundled: 1, yours: 2 });

/**
 * @typedef {object} MapPoints
 * @property {number} count
 * @property {string[]} ids
 * @property {string[]} names
 * @property {string[]} families names of the families
 * @property {Uint8Array} family index into families, by point
 * @property {Uint8Array} kind a KIND, by point
 * @property {Map<string, Float32Array>} columns further values by name: descriptors, cluster
 * @property {Object<string, string>} units of the columns
 * @property {Float32Array} x
 * @property {Float32Array} y
 * @property {Map<string, number>} indexOf point by id
 */

/**
 * Read the map as the page's store keeps it.
 * @param {object} table what `distill.loadMap()` resolves to: words by point, numbers in `data`
 * @returns {MapPoints}
 */
export function readPoints(table) {
  const count = table.id.length;
  const column = (name) => {
    const at = table.columns.indexOf(name) * count;
    return table.data.subarray(at, at + count);
  };
  const further = table.columns.filter((name) => name !== "x" && name !== "y");
  return {
    count,
    ids: table.id,
    names: table.name,
    families: table.families,
    family: Uint8Array.from(table.family),
    kind: Uint8Array.from(table.kind),
    columns: new Map(further.map((name) => [name, column(name)])),
    units: table.units ?? {},
    x: column("x"),
    y: column("y"),
    indexOf: table.index,
  };
}

/**
 * The name under which a point is filtered and coloured: its family, or "yours".
 * @param {MapPoints} points
 * @param {number} i
 * @returns {string}
 */
export function groupOf(points, i) {
  return points.kind[i] === KIND.yours ? "yours" : points.families[points.family[i]];
}

/**
 * Which points a filter lets through.
 * @param {MapPoints} points
 * @param {Set<string>} hidden families (or "yours") not to show
 * @returns {Uint8Array} 1 = shown
 */
export function shownPoints(points, hidden) {
  const shown = new Uint8Array(points.count);
  for (let i = 0; i < points.count; i++) {
    shown[i] = Number.isFinite(points.x[i]) && !(hidden.size && hidden.has(groupOf(points, i)));
  }
  return shown;
}

/**
 * The shown points nearest to a place, nearest first.
 * @param {MapPoints} points
 * @param {Uint8Array} shown
 * @param {{x: number, y: number}} place
 * @param {{count?: number, within?: number, except?: number}} [options]
 * @returns {{index: number, distance: number}[]}
 */
export function nearest(points, shown, place, { count = 1, within = Infinity, except = -1 } = {}) {
  const found = [];
  let limit = within * within;
  for (let i = 0; i < points.count; i++) {
    const dx = points.x[i] - place.x;
    const dy = points.y[i] - place.y;
    const square = dx * dx + dy * dy;
    if (!(square <= limit) || !shown[i] || i === except) continue;
    insert(found, { index: i, distance: Math.sqrt(square) }, count);
    if (found.length === count) limit = found[count - 1].distance ** 2;
  }
  return found;
}

function insert(found, candidate, count) {
  let slot = found.length;
  while (slot > 0 && found[slot - 1].distance > candidate.distance) slot--;
  found.splice(slot, 0, candidate);
  if (found.length > count) found.pop();
}

/**
 * The nearest shown point in a direction: within 60 degrees of it, straight ahead preferred.
 * @param {MapPoints} points
 * @param {Uint8Array} shown
 * @param {{x: number, y: number}} from
 * @param {{x: number, y: number}} towards a unit vector
 * @returns {number} point, or -1 where nothing lies that way
 */
export function nearestTowards(points, shown, from, towards) {
  let best = -1;
  let least = Infinity;
  for (let i = 0; i < points.count; i++) {
    if (!shown[i]) continue;
    const dx = points.x[i] - from.x;
    const dy = points.y[i] - from.y;
    const ahead = dx * towards.x + dy * towards.y;
    const distance = Math.hypot(dx, dy);
    if (ahead <= 0 || ahead < distance / 2) continue;
    const cost = distance * (2 - ahead / distance);
    if (cost < least) [best, least] = [i, cost];
  }
  return best;
}

/**
 * The shown points inside a closed outline.
 * @param {MapPoints} points
 * @param {Uint8Array} shown
 * @param {{x: number, y: number}[]} outline
 * @returns {number[]}
 */
export function pointsInside(points, shown, outline) {
  const found = [];
  for (let i = 0; i < points.count; i++) {
    if (shown[i] && inside(outline, points.x[i], points.y[i])) found.push(i);
  }
  return found;
}

function inside(outline, x, y) {
  let odd = false;
  for (let i = 0, j = outline.length - 1; i < outline.length; j = i++) {
    const [a, b] = [outline[i], outline[j]];
    const crosses = a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x;
    if (crosses) odd = !odd;
  }
  return odd;
}

/**
 * The box around all points that have a place.
 * @param {MapPoints} points
 * @returns {{left: number, right: number, bottom: number, top: number}}
 */
export function boundsOf(points) {
  const box = { left: Infinity, right: -Infinity, bottom: Infinity, top: -Infinity };
  for (let i = 0; i < points.count; i++) {
    if (!Number.isFinite(points.x[i])) continue;
    box.left = Math.min(box.left, points.x[i]);
    box.right = Math.max(box.right, points.x[i]);
    box.bottom = Math.min(box.bottom, points.y[i]);
    box.top = Math.max(box.top, points.y[i]);
  }
  return box.left <= box.right ? box : { left: -1, right: 1, bottom: -1, top: 1 };
}

/**
 * The points whose name matches, best match first: beginning, then start of a word, then inside.
 * @param {string[]} folded names in lower case
 * @param {string} query
 * @param {number} limit
 * @returns {{found: number[], total: number}}
 */
export function searchNames(folded, query, limit) {
  const wanted = query.trim().toLowerCase();
  const ranks = [[], [], []];
  if (!wanted) return { found: [], total: 0 };
  for (let i = 0; i < folded.length; i++) {
    const at = folded[i].indexOf(wanted);
    if (at >= 0) ranks[rankOf(folded[i], at)].push(i);
  }
  const found = ranks.flat();
  return { found: found.slice(0, limit), total: found.length };
}

function rankOf(name, at) {
  if (at === 0) return 0;
  return /[\p{L}\p{N}]/u.test(name[at - 1]) ? 2 : 1;
}
