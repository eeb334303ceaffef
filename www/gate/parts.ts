/**
 * Fetches what a page needs only at times: the core, for whoever answers, the placeholders of shut frames, and the like.
 * The npm module has its own way to them (`npm/instead/`).
 */
import type { CoreModule, Gate, Visit } from './core.ts';
import { loadPart } from './part.ts';

// The build knows the names that carry the files' hashes.
declare const CORE_FILE: string;
declare const WASM_FILE: string;
declare const FRAMES_FILE: string;
declare const WITHDRAWAL_FILE: string;

/** The build's name: what another build has kept is not read. */
export const SDK = WASM_FILE;

/** Loads the core's module and, at the same time, its WebAssembly. */
export async function loadVisit(gate: Gate): Promise<Visit> {
  // The page has things of its own to load.
  const wasm = `${gate.server}/sdk/${WASM_FILE}`;
  const early = fetch(wasm, { priority: 'low' });
  early.catch(() => {});
  return (await loadPart<CoreModule>(gate.server, CORE_FILE)).begin(gate, wasm, early);
}

/** Loads the part that draws in the place of shut frames. */
export const loadFrames = (server: string) => loadPart<typeof import('../frames/index.ts')>(server, FRAMES_FILE);

/** Loads the part that removes what withdrawn services have left. */
export const loadWithdrawal = (server: string) =>
  loadPart<typeof import('../withdrawal/index.ts')>(server, WITHDRAWAL_FILE);
