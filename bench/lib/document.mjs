/** `docs/performance.md`: what a run writes into it, each between comments of its own. */
import { readFileSync, writeFileSync } from 'node:fs';
import { at, Halt } from '../../scripts/lib.mjs';

const FILE = at('docs', 'performance.md');

/** A table in Markdown. Each column has a title and says what a row has in it; all but the first are figures. */
export function table(columns, rows, { isText = false } = {}) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [
    line(columns.map(([title]) => title)),
    line(columns.map((_, index) => (index && !isText ? '--:' : ':--'))),
    ...rows.map((row) => line(columns.map(([, cell]) => cell(row)))),
  ].join('\n');
}

/** A number with so many decimals; a dash if it was not measured. */
export function figure(value, decimals = 0) {
  if (!Number.isFinite(value)) return '–';
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? (0).toFixed(decimals) : text;
}

/** Puts a text between `<!-- NAME -->` and `<!-- /NAME -->`. */
export async function writeSection(name, text) {
  const before = readFileSync(FILE, 'utf8');
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [from, to] = [before.indexOf(start), before.indexOf(end)];
  if (from < 0 || to < from) throw new Halt(`docs/performance.md has no place for "${name}": ${start} … ${end}`);
  const after = `${before.slice(0, from + start.length)}\n\n${text}\n\n${before.slice(to)}`;
  const { format, resolveConfig } = await import('prettier');
  writeFileSync(FILE, await format(after, { ...(await resolveConfig(FILE)), filepath: FILE }));
  console.log(`\ndocs/performance.md has these figures now (${name})`);
}
