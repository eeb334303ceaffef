/** The core: glue that wasm-bindgen made around the WebAssembly, compiled once. */
import initGlue, { begin, type Core } from '../../target/wasm-pkg/placet.js';
import type { Choice } from '../gate/cookie.ts';
import type { WidgetConfig } from '../gate/protocol.ts';
import type { Posted } from './post.ts';

export type { Core };

/** The page, as it is shown to the core (`src/page.rs`). */
export interface Page {
  readonly config: WidgetConfig;
  readonly consentsUrl: string;
  /** The site's own opaque name for the visitor. */
  readonly userId: string | undefined;
  /** The proof before this one. */
  readonly consentId: string | undefined;
  /** The day on which the visitor decided, in a sentence. */
  readonly decided: string | undefined;
  /** Whether the visitor's browser refuses for them, by a signal that the widget honours. */
  readonly signalled: boolean;
  /** The shadow root to draw in. */
  root(): ShadowRoot;
  post(url: string, json: string): Promise<Posted>;
  uuid(): string;
  /** So many services, in words. */
  services(count: number): string;
  /** So many days, in words. */
  lifetime(days: number): string;
  /** The visitor has answered: the banner goes. Resolves when that has been painted, or when the page goes. */
  answered(): Promise<void>;
  /** Writes the cookie of a choice made at that time, in seconds since 1970. */
  keep(choice: Choice, at: number): void;
  decide(choice: Choice): void;
  receipt(consentId: string): void;
  failed(message: string): void;
}

/** Begins a visit in the core. Rejects with an `Error` that says what to do. */
export async function beginCore(wasm: Promise<Response>, page: Page): Promise<Core> {
  if (typeof WebAssembly !== 'object') {
    throw Error('this browser has no WebAssembly (a hardened mode?), so there are no settings: only all or nothing');
  }
  try {
    await initGlue({ module_or_path: wasm });
  } catch (error) {
    throw Error(
      error instanceof WebAssembly.CompileError
        ? "the page's content security policy forbids WebAssembly; add 'wasm-unsafe-eval' to script-src"
        : 'the core (.wasm) cannot be loaded; check that the server is running and that connect-src allows it',
    );
  }
  return begin(page);
}
