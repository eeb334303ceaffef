/** What goes on with a page after the gate: its configuration, its choice, and the listeners and third parties that get it. */
import type { Gate } from '../gate/gate.ts';
import { Controller } from './controller.ts';

export const begin = (gate: Gate): Controller => (gate.controller = new Controller(gate));
