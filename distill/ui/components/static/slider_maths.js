// Sliders as coordinates of a latent. Knows vectors, no elements and no sounds.
//
// offset = latent - base. A set of vectors v_1 .. v_n (one a slider, each worth one standard
// deviation) gives offset = sum t_i v_i + what no slider of the set reaches. The values t are the
// least-squares ones, t = G^-1 V offset with Gram matrix G = V V^T: moving slider i by dt changes
// the latent by dt v_i, shows dt more on slider i and leaves the others of the set where they are,
// also where the vectors are not orthogonal.

const RIDGE = 1e-7; // keeps G invertible when two vectors are all but the same

/** Sliders along given vectors. */
export class DirectionAxes {
  /** @param {ArrayLike<number>[]} vectors */
  constructor(vectors) {
    this.vectors = vectors;
    this.inverse = invert(gram(vectors));
  }

  /** Values of all sliders, in standard deviations. */
  values(offset) {
    const shares = this.vectors.map((vector) => dot(vector, offset));
    return this.inverse.map((row) => dot(row, shares));
  }

  /** A latent moved by so many standard deviations along one slider. */
  moved(latent, slider, by) {
    const vector = this.vectors[slider];
    return latent.map((value, i) => value + by * vector[i]);
  }
}

/** One slider for each latent dimension. */
export class DimensionAxes {
  /** @param {ArrayLike<number>} scale standard deviation of each dimension */
  constructor(scale) {
    this.scale = Array.from(scale, (value) => (value > 1e-6 ? value : 1));
  }

  /** Values of all sliders, in standard deviations. */
  values(offset) {
    return this.scale.map((scale, i) => offset[i] / scale);
  }

  /** A latent moved by so many standard deviations along one slider. */
  moved(latent, slider, by) {
    const moved = Float32Array.from(latent);
    moved[slider] += by * this.scale[slider];
    return moved;
  }
}

/** What separates a latent from the zero of the sliders. */
export function offsetOf(latent, base) {
  return Float64Array.from(latent, (value, i) => value - base[i]);
}

/**
 * A random walk away from zero: every free slider gets a new value, the others keep theirs.
 * @param {ArrayLike<number>} values now
 * @param {{low: number, high: number, free: boolean}[]} sliders
 * @param {number} amount standard deviations
 * @param {function(): number} [random] uniform in 0 .. 1
 * @returns {number[]}
 */
export function randomValues(values, sliders, amount, random = Math.random) {
  return sliders.map(({ low, high, free }, i) => {
    if (!free) return values[i];
    return Math.min(Math.max(amount * gaussian(random), low), high);
  });
}

/** A normal deviate (Box and Muller, 1958). */
function gaussian(random) {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  return radius * Math.cos(2 * Math.PI * random());
}

/** The inner product of two vectors. */
export function dot(one, other) {
  let sum = 0;
  for (let i = 0; i < one.length; i++) sum += one[i] * other[i];
  return sum;
}

function gram(vectors) {
  return vectors.map((row, i) => vectors.map((column, j) => dot(row, column) * (i === j ? 1 + RIDGE : 1)));
}

/** Gauss and Jordan's elimination with row exchange; n is at most a few dozen. */
function invert(matrix) {
  const size = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...row.map((_, j) => Number(i === j))]);
  for (let pivot = 0; pivot < size; pivot++) {
    const best = rows.reduce(
      (top, row, i) => (i > pivot && Math.abs(row[pivot]) > Math.abs(rows[top][pivot]) ? i : top),
      pivot,
    );
    [rows[pivot], rows[best]] = [rows[best], rows[pivot]];
    const scale = rows[pivot][pivot] || 1;
    rows[pivot] = rows[pivot].map((value) => value / scale);
    rows.forEach((row, i) => i !== pivot && subtract(row, rows[pivot], row[pivot]));
  }
  return rows.map((row) => row.slice(size));
}

function subtract(row, other, times) {
  for (let i = 0; i < row.length; i++) row[i] -= times * other[i];
}
