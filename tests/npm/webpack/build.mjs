/** Bundles the plain example with webpack, which is told nothing but where. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import webpack from 'webpack';

const here = import.meta.dirname;
const PLAIN = join(here, '../../../examples/plain');
// What is bundled finds its packages beside it.
const entry = join(here, 'app.js');
copyFileSync(join(PLAIN, 'app.js'), entry);

const output = { path: join(here, 'dist'), filename: 'app.js' };
const done = await promisify(webpack)({ mode: 'production', context: here, entry, output });
if (done.hasErrors() || done.hasWarnings()) throw new Error(done.toString());
copyFileSync(join(PLAIN, 'index.html'), join(output.path, 'index.html'));
