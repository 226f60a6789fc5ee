// Ways between latents on the sphere. Knows vectors only.

import { dot } from "./slider_maths.js";

/**
 * Go from one latent to another at constant angular speed about a centre (Shoemake, 1985). The
 * distance from the centre goes straight from one to the other, so a way between two likely
 * sounds does not cut through the unlikely middle.
 * @param {ArrayLike<number>} from
 * @param {ArrayLike<number>} to
 * @param {number} share 0 .. 1; both ends are exact
 * @param {?ArrayLike<number>} centre the origin by default
 * @returns {Float32Array}
 */
export function slerp(from, to, share, centre = null) {
  if (share <= 0) return Float32Array.from(from);
  if (share >= 1) return Float32Array.from(to);
  const one = unit(from, centre);
  const other = unit(to, centre);
  const radius = one.norm + (other.norm - one.norm) * share;
  const [a, b] = weights(dot(one.direction, other.direction), share, one, other);
  return Float32Array.from(
    one.direction,
    (value, i) => radius * (a * value + b * other.direction[i]) + (centre?.[i] ?? 0),
  );
}

/** Weights of two unit vectors; those of the straight line where no angle is defined. */
function weights(cosine, share, one, other) {
  if (one.norm === 0 || other.norm === 0) return [Number(one.norm > 0), Number(other.norm > 0)];
  const angle = Math.acos(Math.min(Math.max(cosine, -1), 1));
  if (angle < 1e-4 || Math.PI - angle < 1e-4) return [1 - share, share];
  return [Math.sin((1 - share) * angle) / Math.sin(angle), Math.sin(share * angle) / Math.sin(angle)];
}

function unit(vector, centre) {
  const direction = Float64Array.from(vector, (value, i) => value - (centre?.[i] ?? 0));
  const norm = Math.sqrt(dot(direction, direction));
  return { norm, direction: norm > 0 ? direction.map((value) => value / norm) : direction };
}

/**
 * The sound at a place of a pad: along the upper and lower edge, then between the two.
 * @param {ArrayLike<number>[]} corners upper left, upper right, lower left, lower right
 * @param {{x: number, y: number}} place 0 .. 1 from the left and from the top
 * @param {?ArrayLike<number>} centre
 * @returns {Float32Array} a corner's own latent, exactly, in that corner
 */
export function morph(corners, { x, y }, centre = null) {
  const upper = slerp(corners[0], corners[1], x, centre);
  const lower = slerp(corners[2], corners[3], x, centre);
  return slerp(upper, lower, y, centre);
}

/** How much each corner counts at a place; they add up to 1. */
export function cornerShares({ x, y }) {
  return [(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y];
}
