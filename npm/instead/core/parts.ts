/** What the core's module needs only at times, as the site's bundler has split it off. */
import { loadWasm as load } from '../../src/wasm.ts';

export const loadWasm = (_server: string) => load();
export const loadBare = (_server: string) => import('../../../www/bare/index.ts');
export const loadSettings = (_server: string) => import('../../../www/settings/index.ts');
export const loadLooks = (_server: string) => import('../../../www/core/looks.ts');
export const loadHints = (_server: string) => import('../../../www/hints/index.ts');
