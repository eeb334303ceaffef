/** Fetches what a page needs only at times: the core, for whoever answers, and the placeholders of shut frames. */
import type { Banner } from './banner.ts';
import type { Choice } from './cookie.ts';
import { loadPart } from './part.ts';
import type { WidgetConfig } from './protocol.ts';
import type { Settings } from './queue.ts';
import type { Session } from './session.ts';

/** The gate, as it shows itself to the core's module. */
export interface Gate {
  readonly server: string;
  /** Where the server takes something: `/consents`, `/answers`. */
  address(what: string): string;
  /** What the page's code has set. */
  readonly settings: Settings;
  readonly banner: Banner;
  /** What holds on this page, once it is known. */
  readonly session: Session | undefined;
  /** The newest configuration. Rejects with an `Error` that says what to do. */
  config(): Promise<WidgetConfig>;
  /** Whether the visitor's browser refuses for them, by a signal that the widget honours. */
  isSignalled(config: WidgetConfig): boolean;
}

/** What can be done about an answer (`www/core/visit.ts`). What keeps a choice resolves with undefined if it can't. */
export interface Visit {
  /** Fetches what is needed, so that an answer need not wait for it. */
  ready(): void;
  /** Draws the banner, unless it is there. */
  ask(): Promise<void>;
  open(): Promise<void>;
  close(): void;
  acceptAll(): Promise<string | null | undefined>;
  refuseAll(): Promise<string | null | undefined>;
  save(choice: Choice): Promise<string | null | undefined>;
  /** Goes on in another language. */
  end(): void;
}

/** The module that the build puts beside the gate: `www/core/index.ts`. */
export interface CoreModule {
  begin(gate: Gate, wasm: string, early: Promise<Response>): Visit;
}

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
