/** What a page needs only at times, as the site's bundler has split it off. */
import type { Gate } from '../../../www/gate/gate.ts';
import type { Controller } from '../../../www/session/controller.ts';

declare const BUILD: string;

/** The build's name: what another build has kept is not read. */
export const SDK = BUILD;

export const loadController = async (gate: Gate): Promise<Controller> =>
  (await import('../../../www/session/index.ts')).begin(gate);
export const loadPrompt = (_server: string) => import('../../../www/core/index.ts');
export const loadFrames = (_server: string) => import('../../../www/frames/index.ts');
export const loadWithdrawal = (_server: string) => import('../../../www/withdrawal/index.ts');
export const loadGuard = (_server: string) => import('../../../www/guard/index.ts');
export const loadUnblocking = (_server: string) => import('../../../www/unblocking/index.ts');
export const loadReadiness = (_server: string) => import('../../../www/readiness/index.ts');
export const loadHandOver = (_server: string) => import('../../../www/hand-over/index.ts');
