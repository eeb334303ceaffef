/** Real libraries from npm on a test's site. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../../scripts/lib.mjs';
import type { Site } from '../site.ts';

const SCRIPT = { 'content-type': 'text/javascript; charset=utf-8' };

/** Puts a file of an installed package on the site; returns its address. */
export function library(site: Site, file: string): string {
  return site.page(`/libraries/${file}`, readFileSync(join(root, 'node_modules', file)), SCRIPT);
}
