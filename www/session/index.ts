/** What goes on with a page after the gate: its configuration, what holds on it, and who is told. */
import type { Gate } from '../gate/gate.ts';
import { Controller } from './controller.ts';

export const begin = (gate: Gate): Controller => (gate.controller = new Controller(gate));
