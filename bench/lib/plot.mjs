/** The comparison as a picture: a row for each tool, three measures side by side; less is better in each. */
import { CONTROL } from './adapters.mjs';
import { figure } from './document.mjs';

const WIDTH = 1000;
const MARGIN = 24;
const LABELS = 250;
const GAP = 24;
/** Kept free behind the longest bar, for its figure. */
const FIGURE = 60;
const TOP = 86;
const ROW = 27;
const BAR = 15;

/** Each has a title, what a bar shows, and what it becomes later, drawn lighter behind it. */
const MEASURES = [
  {
    title: 'Downloaded, KB',
    subtitle: 'until the banner; pale: after accepting',
    value: ({ bytesPainted }) => bytesPainted / 1000,
    later: ({ bytesAccepted }) => bytesAccepted / 1000,
    decimals: 1,
  },
  { title: 'Banner painted, ms', subtitle: 'first visit, nothing cached', value: ({ painted }) => painted },
  {
    title: 'Second visit: script, ms',
    subtitle: 'more than without a consent tool',
    value: ({ secondScript }) => secondScript,
  },
];

const STYLE = `
  :root { --ground: #fff; --text: #1f2328; --faint: #59636e; --line: #d1d9e0; --bar: #8c99a8; --later: #d5dbe2; --own: #0a7a55; --own-later: #a9dcc7 }
  @media (prefers-color-scheme: dark) {
    :root { --ground: #0d1117; --text: #e6edf3; --faint: #9198a1; --line: #30363d; --bar: #6e7b8a; --later: #2f3740; --own: #3fbf8a; --own-later: #1c5440 }
  }
  text { font: 13px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: var(--text) }
  .ground { fill: var(--ground) }
  .title { font-weight: 600; font-size: 14px }
  .faint { font-size: 11px; fill: var(--faint) }
  .value { font-variant-numeric: tabular-nums; font-size: 12px }
  .axis { stroke: var(--line) }
  .bar { fill: var(--bar) }
  .later { fill: var(--later) }
  .own .bar { fill: var(--own) }
  .own .later { fill: var(--own-later) }
  .own text { font-weight: 600 }`;

/** Draws the rows of a comparison as SVG, in the reader's light or dark colours. */
export function plot(rows, { profile, runs }) {
  const tools = rows.filter(({ name }) => name !== CONTROL);
  const bottom = TOP + (tools.length - 1) * ROW + BAR;
  const height = bottom + 2 * MARGIN;
  const panel = (WIDTH - 2 * MARGIN - LABELS) / MEASURES.length - GAP;
  const panels = MEASURES.map((measure, index) => {
    const most = Math.max(1, ...tools.flatMap((row) => [measure.value(row), measure.later?.(row) ?? 0]));
    return { ...measure, left: MARGIN + LABELS + index * (panel + GAP) + GAP, scale: (panel - FIGURE) / most };
  });
  const how = `profile ${profile}, medians of ${runs} ${runs === 1 ? 'round' : 'rounds'}; less is better`;

  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title">
<title id="title">Placet beside other consent tools: ${how}</title>
<style>${STYLE}
</style>
<rect class="ground" width="${WIDTH}" height="${height}" rx="8"/>
<text class="faint" x="${WIDTH - MARGIN}" y="${height - MARGIN + 6}" text-anchor="end">${how}</text>
${panels.map((measure) => heading(measure, bottom)).join('\n')}
${tools.map((row, index) => drawnRow(row, TOP + index * ROW, panels)).join('\n')}
</svg>
`;
}

const heading = ({ title, subtitle, left }, bottom) =>
  `<text class="title" x="${left}" y="36">${title}</text>
<text class="faint" x="${left}" y="54">${subtitle}</text>
<path class="axis" d="M${left - 0.5} ${TOP - 18}V${bottom}"/>`;

function drawnRow(row, top, panels) {
  const middle = top + 4;
  const bars = panels.map(({ value, later, decimals, left, scale }) => {
    const [now, then] = [value(row), later?.(row) ?? 0];
    const length = (amount) => figure(Math.max(1, amount * scale), 1);
    const bar = (kind, amount) =>
      `<rect class="${kind}" x="${left}" y="${top - BAR / 2 - 1}" width="${length(amount)}" height="${BAR}" rx="2"/>`;
    // What differs by less than the eye can see is the same.
    const grows = (then - now) * scale >= 3;
    const end = left + Math.max(now, grows ? then : 0, 0) * scale + 6;
    const more = grows ? ` <tspan class="faint">${figure(then, decimals)}</tspan>` : '';
    return [
      grows ? bar('later', then) : '',
      bar('bar', now),
      `<text class="value" x="${figure(end, 1)}" y="${middle}">${figure(now, decimals)}${more}</text>`,
    ].join('');
  });
  const label = `<text x="${MARGIN + LABELS}" y="${middle}" text-anchor="end">${escaped(row.label)}</text>`;
  return `<g${row.name === 'placet' ? ' class="own"' : ''}>${label}${bars.join('')}</g>`;
}

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
