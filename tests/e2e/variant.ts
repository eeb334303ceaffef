/** Widgets that differ from the demo's in what a test is about. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { applyWidget } from '../../scripts/server.mjs';
import type { PlacetServer } from './site.ts';

/** Has the demo's widget speak these languages, too; its services are described in English. */
export function speaking(...languages: string[]): Edits {
  const described = languages.map((language) => `${language} = "Does what it says."`).join('\n');
  const slugs = ['session', 'youtube', 'analytics', 'drift', 'google-ads'];
  return [
    ['languages = ["en"', `languages = ["en", ${languages.map((language) => `"${language}"`).join(', ')}`],
    // Each replacement is of the first that is left.
    ...slugs.map((): [string, string] => ['[services.description]\nen', `[services.description]\n${described}\nen `]),
  ];
}

/** Gives the demo's widget an appearance. */
export const look = (toml: string): Edits => [['[signals]', `[appearance]\n${toml}\n\n[signals]`]];

/** Replacements in the demo's widget file. */
export type Edits = readonly (readonly [from: string, to: string])[];

/** Publishes a widget of its own number, the demo's with these replacements; answers with its snippet. */
export function applyVariant(server: PlacetServer, id: number, edits: Edits, attributes = 'async'): string {
  let toml = readFileSync('widgets/demo.toml', 'utf8').replace('id = 43', `id = ${id}`);
  for (const [from, to] of edits) {
    if (!toml.includes(from)) throw new Error(`the demo's widget file has no "${from}"`);
    toml = toml.replace(from, to);
  }
  const file = join(server.folder, `widget-${id}.toml`);
  writeFileSync(file, toml);
  applyWidget(file, server.settings);
  return `<script ${attributes} src="${server.origin}/sdk/placet.js?key=pk_demo&widget=${id}"></script>`;
}
