/** What the adapters share: the consent as a framework wants it, which is there at once and tells when it is another. */
import { CANNOT_SHOW } from '../../www/gate/report.ts';
import { UNKNOWN } from './consent.ts';
import { INERT } from './inert.ts';
import type { Consent, ConsentState, Purpose } from './types.ts';

/** Starts the widget, as `() => init({ … })` does. Its answer names the slugs of the services. */
export type Start<Slug extends string> = () => Promise<Consent<Slug>>;

/** What holds, and the consent to act on. One that is told stays as it is; when something changes there is another. */
export interface CurrentConsent<Slug extends string = string> extends ConsentState<Slug> {
  /**
   * The visitor's consent on this page. Until it is known, on a server and where the widget cannot be shown, it is one that
   * grants nothing and does nothing.
   */
  readonly consent: Consent<Slug>;
}

/** What something waits for: a service, or every service of a purpose. */
export type Wanted<Slug extends string = string> =
  | { readonly service: Slug; readonly purpose?: undefined }
  | { readonly purpose: Purpose; readonly service?: undefined };

/** Whether what is waited for is granted; a service that the widget does not have never is. */
export function isGranted<Slug extends string>(state: ConsentState<Slug>, wanted: Wanted<Slug>): boolean {
  return (wanted.purpose ? state.purposes[wanted.purpose] : state.services[wanted.service]) === true;
}

/** The consent of the page, started when somebody begins to listen. Its functions may be handed around by themselves. */
export class ConsentStore<Slug extends string> {
  /** What a server renders, and a browser until it knows better. */
  readonly unknown: CurrentConsent<Slug> = { ...UNKNOWN, consent: INERT as Consent<string> as Consent<Slug> };
  readonly #start: Start<Slug>;
  readonly #listeners = new Set<() => void>();
  #current = this.unknown;
  #isStarted = false;

  constructor(start: Start<Slug>) {
    this.#start = start;
  }

  /** What holds now: the same object until something changes. */
  readonly current = (): CurrentConsent<Slug> => this.#current;

  /** Starts the widget, once; one that could not be shown is tried again. On a server it does nothing. */
  readonly start = async (): Promise<void> => {
    if (this.#isStarted || typeof document === 'undefined') return;
    this.#isStarted = true;
    // Whoever begins to listen is being mounted, or hydrated; the page is left alone until that is done.
    await null;
    try {
      const consent = await this.#start();
      const take = (): void => {
        this.#current = { ...consent.state, consent };
        for (const listener of [...this.#listeners]) listener();
      };
      consent.subscribe(take);
      take();
    } catch (error) {
      this.#isStarted = false;
      // Of a widget that cannot be shown the console has been told.
      if (!(error instanceof Error && error.message.includes(CANNOT_SHOW))) console.error(error);
    }
  };

  /** Calls back whenever `current` is another; answers with what ends it. */
  readonly subscribe = (listener: () => void): (() => void) => {
    // One function may be told twice.
    const own = (): void => listener();
    this.#listeners.add(own);
    void this.start();
    return () => void this.#listeners.delete(own);
  };
}
