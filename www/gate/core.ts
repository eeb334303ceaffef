/** The core's module, for whoever answers, as the gate sees it; and the gate, as that sees it. */
import type { Banner } from './banner.ts';
import type { Choice } from './cookie.ts';
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
