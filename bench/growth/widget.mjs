/** Widgets of any size. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { at } from '../../scripts/lib.mjs';

const PURPOSES = ['Preference', 'Analytical', 'Marketing', 'Other'];

/**
 * Writes the demo's widget with so many services instead of its own: `session`, which is necessary, `analytics`, which
 * the measured script waits for, and others with texts and cookies as long as real ones.
 */
export function writeWidget(file, id, services) {
  const [settings] = readFileSync(at('widgets', 'demo.toml'), 'utf8').split('[[services]]');
  const all = Array.from({ length: services }, (_, index) => service(index));
  writeFileSync(file, settings.replace(/^id = \d+/m, `id = ${id}`) + all.join('\n'));
}

function service(index) {
  // Short names: the answers to 200 services fit into one cookie.
  const slug = ['session', 'analytics'][index] ?? `s-${index}`;
  const purpose = ['Necessary', 'Analytical'][index] ?? PURPOSES[index % PURPOSES.length];
  const host = `${slug}.example.com`;
  return `[[services]]
slug = "${slug}"
name = "Service ${index} by Example"
purpose = "${purpose}"
id = "${uuid(slug)}"
privacy-policy = "https://${host}/privacy"
cookies = [
    { name = "_${slug}", days = 180 },
    { name = "_${slug}_id*", days = 90 },
    { name = "_${slug}_visit", days = 0 },
]
domains = ["${host}", "*.${host}"]

[services.description]
en = "Counts visits and shows us which pages are read and how people reach the shop. Example processes these for us."
fr = "Compte les visites et nous montre quelles pages sont lues et comment on arrive. Example les traite pour nous."
nl = "Telt bezoeken en laat ons zien welke pagina’s worden gelezen. Example verwerkt deze cijfers voor ons."
`;
}

/** The same identifier for the same name. */
const uuid = (name) =>
  createHash('sha256')
    .update(name)
    .digest('hex')
    .replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*/, '$1-$2-4$3-8$4-$5');
