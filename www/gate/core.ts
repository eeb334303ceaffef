/** Fetches the core (glue and WebAssembly), once and only when it is needed. */
import type { Choice } from './cookie.ts';
import type { Placeholders } from '../frames/index.ts';
import type { WidgetConfig } from './protocol.ts';

/** The page, as the gate shows it to the core (`Page` in `src/visit.rs`). */
export interface Page {
  /** Names the build: what another build has kept is not read. */
  readonly sdk: string;
  readonly configUrl: string;
  readonly consentsUrl: string;
  /** The site's own opaque name for the visitor. */
  readonly userId: string | undefined;
  /** The proof before this one. */
  readonly consentId: string | undefined;
  /** The shadow root to draw in. */
  root(): ShadowRoot;
  /** Resolves when what was done has been painted, or when the page goes. */
  painted(): Promise<void>;
  shown(): void;
  hidden(): void;
  decided(choice: Choice): void;
  receipt(consentId: string): void;
  failed(message: string): void;
}

/** A visit in the core (`Core` in `src/lib.rs`). */
export interface Core {
  readonly config: WidgetConfig;
  readonly choice: Choice | undefined;
  ask(): void;
  open(choice: Choice | undefined): void;
  close(): void;
  /** Takes the banner and the settings away: the choice was made elsewhere. */
  dismiss(): void;
  acceptAll(): Promise<string | null>;
  save(choice: Choice): Promise<string | null>;
  forget(): void;
  /** Takes everything away and answers to nothing more: another core goes on. */
  end(): void;
}

/** The module that the build puts beside the gate: `www/core/index.ts`. */
export interface CoreModule {
  begin(wasm: string, page: Omit<Page, 'root'>): Promise<Core>;
}

// The build knows the names that carry the files' hashes.
declare const CORE_FILE: string;
declare const WASM_FILE: string;
declare const FRAMES_FILE: string;

/** The build's name. */
export const SDK = WASM_FILE;

/** Loads the core and begins a visit. Rejects with an `Error` that says what to do. */
export async function loadCore(server: string, page: Omit<Page, 'root'>): Promise<Core> {
  const core = await load<CoreModule>(server, CORE_FILE);
  return core.begin(`${server}/sdk/${WASM_FILE}`, page);
}

/** Loads the part that draws in the place of shut frames. */
export async function loadPlaceholders(server: string): Promise<Placeholders> {
  const { Placeholders } = await load<typeof import('../frames/index.ts')>(server, FRAMES_FILE);
  return new Placeholders();
}

async function load<T>(server: string, file: string): Promise<T> {
  const url = `${server}/sdk/${file}`;
  try {
    return await import(url);
  } catch {
    throw Error(
      `${url} cannot be loaded; check that the server is running and that a content security policy allows it`,
    );
  }
}
