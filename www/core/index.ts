/** What comes when somebody may answer: the visit, the glue around the core, the styles of the settings. */
import type { CoreModule } from '../gate/core.ts';
import { Visit } from './visit.ts';

export const begin: CoreModule['begin'] = (gate, wasm, early) => new Visit(gate, wasm, early);
