/** Bundles the plain example with Rollup, which is told how packages are found and nothing else. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { rollup } from 'rollup';

const here = import.meta.dirname;
const PLAIN = join(here, '../../../examples/plain');
// What is bundled finds its packages beside it.
const entry = join(here, 'app.js');
copyFileSync(join(PLAIN, 'app.js'), entry);

const bundle = await rollup({
  input: entry,
  plugins: [nodeResolve()],
  onwarn: ({ message }) => {
    throw new Error(message);
  },
});
await bundle.write({ dir: join(here, 'dist'), format: 'es' });
await bundle.close();
copyFileSync(join(PLAIN, 'index.html'), join(here, 'dist', 'index.html'));
