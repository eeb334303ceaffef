/** Fetches what the core's module needs only at times. The npm module has its own way to it (`npm/instead/`). */
import { DEADLINE } from '../gate/moments.ts';
import { loadPart } from '../gate/part.ts';

// The build knows the names that carry the files' hashes.
declare const BARE_FILE: string;
declare const HINTS_FILE: string;
declare const SETTINGS_FILE: string;
declare const STYLE_FILE: string;
declare const WASM_FILE: string;

/** Fetches the core's WebAssembly; the page has things of its own to load. */
export const loadWasm = (server: string): Promise<Response> =>
  fetch(`${server}/sdk/${WASM_FILE}`, { priority: 'low', signal: AbortSignal.timeout(DEADLINE) });

/** Loads the part that has the server keep an answer. */
export const loadBare = (server: string) => loadPart<typeof import('../bare/index.ts')>(server, BARE_FILE);

/** Loads what only the settings need. */
export const loadSettings = (server: string) => loadPart<typeof import('../settings/index.ts')>(server, SETTINGS_FILE);

/** Loads the style of every look. */
export const loadLooks = (server: string) => loadPart<typeof import('./looks.ts')>(server, STYLE_FILE);

/** Loads the part that gives hints to developers. */
export const loadHints = (server: string) => loadPart<typeof import('../hints/index.ts')>(server, HINTS_FILE);
