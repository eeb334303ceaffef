/**
 * Fetches what need not be there at once: the controller, and what a page needs only at times: the core's module, for
 * visitors who have to be asked or change something, the placeholders of blocked frames, and the like. The npm module has
 * its own way to them (`npm/instead/`).
 */
import type { Gate } from './gate.ts';
import type { Controller } from '../session/controller.ts';
import { loadPart } from './part.ts';

// The build knows the names that carry the files' hashes.
declare const WASM_FILE: string;
declare const CONTROLLER_FILE: string;
declare const CORE_FILE: string;
declare const FRAMES_FILE: string;
declare const WITHDRAWAL_FILE: string;
declare const GUARD_FILE: string;
declare const UNBLOCKING_FILE: string;
declare const READINESS_FILE: string;
declare const HAND_OVER_FILE: string;

/** The build's name: what another build has kept is not read. */
export const SDK = WASM_FILE;

/** Loads the controller, which goes on with what the gate has begun. */
export async function loadController(gate: Gate): Promise<Controller> {
  return (await loadPart<typeof import('../session/index.ts')>(gate.server, CONTROLLER_FILE)).begin(gate);
}

/** Loads the core's module, which asks the visitor and carries out the answer. */
export const loadPrompt = (server: string) => loadPart<typeof import('../core/index.ts')>(server, CORE_FILE);

/** Loads the part that draws in the place of shut frames. */
export const loadFrames = (server: string) => loadPart<typeof import('../frames/index.ts')>(server, FRAMES_FILE);

/** Loads the part that removes what withdrawn services have left. */
export const loadWithdrawal = (server: string) =>
  loadPart<typeof import('../withdrawal/index.ts')>(server, WITHDRAWAL_FILE);

/** Loads the part that blocks what code puts into the page before it is there. */
export const loadGuard = (server: string) => loadPart<typeof import('../guard/index.ts')>(server, GUARD_FILE);

/** Loads the part that unblocks frames, pictures and the like. */
export const loadUnblocking = (server: string) =>
  loadPart<typeof import('../unblocking/index.ts')>(server, UNBLOCKING_FILE);

/** Loads the part that calls what was registered too late for the page's own events. */
export const loadReadiness = (server: string) =>
  loadPart<typeof import('../readiness/index.ts')>(server, READINESS_FILE);

/** Loads the part that hands choices over to other sites of the widget. */
export const loadHandOver = (server: string) =>
  loadPart<typeof import('../hand-over/index.ts')>(server, HAND_OVER_FILE);
