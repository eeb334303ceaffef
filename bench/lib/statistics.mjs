/** What is made of several runs. Whatever was not measured (null, NaN) is left out. */

const sorted = (values) => values.filter(Number.isFinite).sort((a, b) => a - b);

/** The value below which a share of them lies, between two of them in proportion; null if there are none. */
export function quantile(values, share) {
  const known = sorted(values);
  if (!known.length) return null;
  const place = (known.length - 1) * share;
  const below = Math.floor(place);
  return known[below] + (known[Math.ceil(place)] - known[below]) * (place - below);
}

/** The one in the middle. */
export const median = (values) => quantile(values, 0.5);

/**
 * How `y` grows with `x`, as a power: the slope of the line through their logarithms (least squares). 1: in proportion;
 * 2: with the square; 0: not at all.
 */
export function growth(x, y) {
  const [a, b] = [x.map(Math.log), y.map(Math.log)];
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [middleA, middleB] = [mean(a), mean(b)];
  const products = a.map((value, index) => (value - middleA) * (b[index] - middleB));
  const squares = a.map((value) => (value - middleA) ** 2);
  return mean(products) / mean(squares);
}
