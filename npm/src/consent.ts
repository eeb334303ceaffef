/** The consent of a page: the gate's manager, its events, and what holds at any time. */
import type { Manager } from '../../www/session/manager.ts';
import { EVENT, PURPOSES } from '../../www/gate/names.ts';
import type { ServiceConsent as Item } from '../../www/session/consents.ts';
import { push } from './start.ts';
import type { Consent, ConsentState, Events, ListenOptions, Purpose, ServiceConsent } from './types.ts';

/** What holds as long as nothing is known: nothing is granted. */
export const UNKNOWN: ConsentState = stateOf(false, []);

/** What follows from each service's consent. */
function stateOf(decided: boolean, list: readonly Item[]): ConsentState {
  const purposes = PURPOSES.map((label, number) => {
    const services = list.filter(({ purpose }) => purpose === number);
    return [label, services.length > 0 && services.every(({ consent }) => consent)] as const;
  });
  return {
    decided,
    services: Object.fromEntries(list.map(({ slug, consent }) => [slug, consent])),
    purposes: Object.fromEntries(purposes) as Record<Purpose, boolean>,
  };
}

/** What a purpose grants follows from the services. */
function isSame(one: ConsentState, other: ConsentState): boolean {
  const slugs = Object.keys(one.services);
  return (
    one.decided === other.decided &&
    slugs.length === Object.keys(other.services).length &&
    slugs.every((slug) => one.services[slug] === other.services[slug])
  );
}

/** The consent of a page whose state is known. */
export class PageConsent implements Consent {
  readonly #manager: Manager;
  readonly #listeners = new Set<() => void>();
  readonly #slugs = new Set<string>();
  #state: ConsentState;

  /** `held` is what held when the state became known: what the page's code has prepared since then does not. */
  constructor(manager: Manager, held: ServiceConsent[] = manager.getAllConsents()) {
    this.#manager = manager;
    this.#state = UNKNOWN;
    this.#holds(held);
    addEventListener(EVENT.updated, () => this.#holds());
    // Whether the visitor has chosen may change alone; what the page's code prepares meanwhile does not hold.
    for (const event of [EVENT.shown, EVENT.hidden]) {
      addEventListener(event, () => this.#change({ ...this.#state, decided: manager.hasConsented() }));
    }
  }

  get state(): ConsentState {
    return this.#state;
  }

  get consentId(): string | null {
    return this.#manager.consentId;
  }

  open(): void {
    this.#manager.open();
  }

  close(): void {
    this.#manager.close();
  }

  hasConsented(): boolean {
    return this.#manager.hasConsented();
  }

  getAllConsents(): ServiceConsent[] {
    return this.#manager.getAllConsents();
  }

  getServiceConsent(slug: string): boolean {
    return this.#manager.getServiceConsent(slug);
  }

  getPurposeConsent(purpose: Purpose): boolean {
    return this.#manager.getPurposeConsent(purpose);
  }

  setServiceConsent(slug: string, granted: boolean): void {
    this.#manager.setServiceConsent(slug, granted);
  }

  setPurposeConsent(purpose: Purpose, granted: boolean): void {
    this.#manager.setPurposeConsent(purpose, granted);
  }

  save(): Promise<string | null> {
    return this.#manager.save();
  }

  acceptAll(): Promise<string | null> {
    return this.#manager.acceptAll();
  }

  refuseAll(): Promise<string | null> {
    return this.#manager.refuseAll();
  }

  dispatchEvent(): void {
    this.#manager.dispatchEvent();
  }

  reset(): void {
    this.#manager.reset();
    this.#holds();
  }

  scan(root: Document | ShadowRoot): void {
    this.#manager.scan(root);
  }

  setLanguage(lang: string): void {
    push(['set', 'lang', lang]);
  }

  setUserId(id: string): void {
    push(['set', 'userId', id]);
  }

  blockFrames(selector: string, slug: string): void {
    push(['iframeBlock', { selector, service: slug }]);
  }

  on<E extends keyof Events>(event: E, listener: (detail: Events[E]) => void, options: ListenOptions = {}): () => void {
    const [kind, slug] = event.split(/:(.*)/s) as [keyof typeof EVENT, string | undefined];
    if (!Object.hasOwn(EVENT, kind)) throw new RangeError(`Placet: no event "${event}"`);
    const name = EVENT[kind] + (slug ?? '');
    const end = new AbortController();
    const { signal } = end;
    if (options.signal?.aborted) return () => {};
    options.signal?.addEventListener('abort', () => end.abort(), { signal });

    const hear = (detail: unknown): void => {
      if (signal.aborted) return;
      if (options.once) end.abort();
      listener(detail as Events[E]);
    };
    addEventListener(name, (event) => hear((event as CustomEvent).detail), { signal });
    if (slug !== undefined) {
      // What holds already has been told before anybody could listen here.
      const holds = this.#state.services[slug];
      const service = this.getAllConsents().find((service) => service.slug === slug);
      if (service && holds === (kind === 'granted')) queueMicrotask(() => hear({ ...service, consent: holds }));
    }
    return () => end.abort();
  }

  subscribe(listener: () => void): () => void {
    // One function may be told twice.
    const own = (): void => listener();
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  async *[Symbol.asyncIterator](): AsyncIterableIterator<ConsentState> {
    let told: ConsentState | undefined;
    let wake = (): void => {};
    const end = this.subscribe(() => wake());
    try {
      for (;;) {
        const changed = new Promise<void>((done) => (wake = done));
        if (told === this.#state) await changed;
        yield (told = this.#state);
      }
    } finally {
      end();
    }
  }

  /** Right after a choice was applied nothing is prepared: what the manager says is what holds. */
  #holds(list: ServiceConsent[] = this.#manager.getAllConsents()): void {
    for (const { slug } of list) {
      if (this.#slugs.has(slug)) continue;
      this.#slugs.add(slug);
      for (const event of [EVENT.granted, EVENT.refused]) addEventListener(event + slug, () => this.#holds());
    }
    this.#change(stateOf(this.#manager.hasConsented(), list));
  }

  #change(state: ConsentState): void {
    if (isSame(state, this.#state)) return;
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
