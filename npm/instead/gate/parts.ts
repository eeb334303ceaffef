/** What a page needs only at times, as the site's bundler has split it off. */
import type { Gate, Visit } from '../../../www/gate/core.ts';
import { loadWasm, wasmUrl } from '../../src/wasm.ts';

declare const BUILD: string;

/** The build's name: what another build has kept is not read. */
export const SDK = BUILD;

export async function loadVisit(gate: Gate): Promise<Visit> {
  const early = loadWasm();
  early.catch(() => {});
  return (await import('../../../www/core/index.ts')).begin(gate, `${wasmUrl()}`, early);
}

export const loadFrames = (_server: string) => import('../../../www/frames/index.ts');
export const loadWithdrawal = (_server: string) => import('../../../www/withdrawal/index.ts');
