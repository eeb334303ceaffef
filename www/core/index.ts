/** What comes when somebody may answer: the visit, the glue around the core, the styles of the settings. */
import type { CoreModule } from '../gate/core.ts';
import { Visit } from './visit.ts';

export const begin: CoreModule['begin'] = (gate, wasm) => new Visit(gate, wasm);
