/** From the runs of a comparison to its tables. */
import { CONTROL } from './adapters.mjs';
import { figure, table } from './document.mjs';
import { median, quantile } from './statistics.mjs';

/**
 * One row for each tool: the medians of its runs. What is "over the control" is the median of the differences from the
 * control of the same round. The control and the limit come first, the others by when their banner was painted.
 */
export function summarize({ adapters, samples }) {
  const controls = new Map(samples.filter(({ name }) => name === CONTROL).map((sample) => [sample.round, sample]));
  const rows = adapters.map(({ name, label, offers }) => {
    const own = samples.filter((sample) => sample.name === name);
    const all = (pick) => own.map(pick);
    const over = (pick, picked = pick) => own.map((sample) => pick(sample) - picked(controls.get(sample.round)));
    const bytes = (pick) => median(over(pick, ({ first }) => first.bytes));
    const script = over(({ second }) => second.script);
    const painted = all(({ first }) => first.painted);
    return {
      name,
      label,
      offers,
      painted: median(painted),
      paintedQuartiles: quartiles(painted),
      bytesPainted: bytes(({ first }) => first.bytesPainted),
      bytes: bytes(({ first }) => first.bytes),
      bytesAccepted: bytes(({ first }) => first.bytesAccepted),
      bytesSettings: bytes(({ settings }) => settings?.bytes),
      requests: median(over(({ first }) => first.requests)),
      largestPaint: median(all(({ first }) => first.largestContentfulPaint)),
      largestPaintOver: median(over(({ first }) => first.largestContentfulPaint)),
      layoutShift: median(all(({ first }) => first.layoutShift)),
      blocking: median(all(({ first }) => first.blocking)),
      interaction: interaction(all(({ first }) => first.interaction)),
      secondBytes: median(over(({ second }) => second.bytes)),
      secondRequests: median(over(({ second }) => second.requests)),
      secondScript: median(script),
      secondScriptQuartiles: quartiles(script),
      secondRan: median(all(({ second }) => second.ran)),
      hasWasm: own.some(({ second }) => second.hasWasm),
    };
  });
  const rank = ({ name, painted }) => (name === CONTROL ? -2 : name === 'limit' ? -1 : (painted ?? Infinity));
  return rows.sort((a, b) => rank(a) - rank(b));
}

const quartiles = (values) => [quantile(values, 0.25), quantile(values, 0.75)];

/** The median answer to the click, in words: below 16 ms the browser says no more than that. */
function interaction(samples) {
  const known = samples.filter((sample) => sample && (sample.duration !== null || sample.short));
  if (!known.length) return '–';
  const middle = median(known.map(({ duration }) => duration ?? 8));
  const share = known.length < samples.length ? ` (${known.length} of ${samples.length} runs)` : '';
  return (middle < 16 ? 'less than 16' : figure(middle)) + share;
}

/** The tables, in Markdown. */
export function tables({ machine, profile, runs, adapters, samples }) {
  const rows = summarize({ adapters, samples });
  const tools = rows.filter(({ name }) => name !== CONTROL);
  const control = rows.find(({ name }) => name === CONTROL);
  const label = ['', ({ name, label }) => (name === 'placet' ? `**${label}**` : label)];
  const kilobytes = (bytes) => figure(bytes === null ? null : bytes / 1000, 1);
  const spread = (value, [low, high], decimals) =>
    `${figure(value, decimals)} (${figure(low, decimals)}–${figure(high, decimals)})`;
  const signed = (value) => (value > 0 ? '+' : '') + figure(value);

  return [
    `${machine}. Profile \`${profile}\`, ${runs} ${runs === 1 ? 'round' : 'rounds'}, medians; in brackets the quartiles.`,
    '### First visit, up to the banner',
    table(
      [
        label,
        ['banner painted, ms', (row) => spread(row.painted, row.paintedQuartiles)],
        ['KB until then', (row) => kilobytes(row.bytesPainted)],
        ['KB in all', (row) => kilobytes(row.bytes)],
        ['requests', (row) => figure(row.requests)],
        ['LCP, ms (over the control)', (row) => `${figure(row.largestPaint)} (${signed(row.largestPaintOver)})`],
        ['CLS', (row) => figure(row.layoutShift, 3)],
        ['TBT, ms', (row) => figure(row.blocking)],
      ],
      tools,
    ),
    `The control's LCP: ${figure(control.largestPaint)} ms; its TBT: ${figure(control.blocking)} ms.`,
    '### The answer, and the settings',
    table(
      [
        label,
        ['INP of _Accept_, ms', (row) => row.interaction],
        ['KB in all, after accepting', (row) => kilobytes(row.bytesAccepted)],
        ['KB in all, with the settings open', (row) => kilobytes(row.bytesSettings)],
      ],
      tools,
    ),
    '### Second visit: the choice stands',
    table(
      [
        label,
        ['KB', (row) => kilobytes(row.secondBytes)],
        ['requests', (row) => figure(row.secondRequests)],
        ['script, ms over the control', (row) => spread(row.secondScript, row.secondScriptQuartiles, 1)],
        ['the allowed script runs at, ms', (row) => figure(row.secondRan)],
        ['WebAssembly', (row) => (row.hasWasm ? 'yes' : 'no')],
      ],
      tools,
    ),
    '### What each does',
    table(
      [
        label,
        ['purposes to choose', ({ offers }) => offers.purposes],
        ['services to choose', ({ offers }) => offers.services],
        ['opens by itself', ({ offers }) => offers.opens],
        ['proof on a server', ({ offers }) => offers.proof],
        ['besides', ({ offers }) => offers.note ?? ''],
      ],
      tools,
      { isText: true },
    ),
    `Versions: ${[...new Set(adapters.flatMap(({ versions }) => versions))].sort().join(', ')}; Placet as in this checkout.`,
  ].join('\n\n');
}
