/** A page whose state is known: what holds, what is opened by it, and who is told. */
import { Consents } from './consents.ts';
import type { Choice } from './cookie.ts';
import type { Core } from './core.ts';
import type { Placeholders } from '../frames/index.ts';
import { keptConsentId } from './kept.ts';
import { Manager } from './manager.ts';
import { EVENT, PURPOSES } from './names.ts';
import { Opening, type Waits } from './opening/opening.ts';
import type { ServiceConfig, WidgetConfig } from './protocol.ts';
import type { Queue } from './queue.ts';
import { emit, report } from './report.ts';
import { tellDefault, tellUpdate } from './signals.ts';
import { removeCookies } from './withdraw.ts';

/** What a session has done for it. */
export interface Helpers {
  /** Uses the core, which may have to be fetched first. */
  core<T>(use: (core: Core) => T): Promise<T | undefined>;
  /** Fetches the part that draws in the place of shut frames. */
  placeholders(): Promise<Placeholders | undefined>;
  /** Tells the other tabs that a choice was made. */
  tellTabs(): void;
  /** Lets go of what automatic blocking holds for the services that are granted. */
  release: ((permits: (slug: string) => boolean) => void) | undefined;
}

export class Session {
  readonly #consents: Consents;
  readonly #opening: Opening;
  readonly #manager: Manager;
  readonly #helpers: Helpers;

  constructor(config: WidgetConfig, choice: Choice | undefined, queue: Queue, helpers: Helpers) {
    const consents = (this.#consents = new Consents(config, choice));
    this.#helpers = helpers;
    this.#manager = new Manager(
      consents,
      {
        open: () => void helpers.core((core) => core.open(consents.decided ? consents.draft : undefined)),
        close: () => void helpers.core((core) => core.close()),
        acceptAll: () => this.#saved((core) => core.acceptAll()),
        save: (choice) => this.#saved((core) => core.save(choice)),
        apply: (choice) => this.#apply(choice),
        reset: () => void helpers.core((core) => this.#reset(core)),
      },
      keptConsentId(),
    );

    // Whoever listens to Google's signals hears them before anything is opened.
    tellDefault(config.signals);
    if (choice) tellUpdate(config.signals, consents);
    emit(EVENT.ready, consents.list());
    this.#tell(Object.keys(consents.applied));
    queue.ready(this.#manager);

    this.#opening = new Opening({
      permits: (waits) => ('service' in waits ? consents.grants(waits.service) : consents.grantsPurpose(waits.purpose)),
      frame: (frame, waits, open) => void this.#placeholder(frame, waits, open),
    });
    queue.onBlockFrames((selector, service) => {
      this.#opening.block(selector, service);
      this.#opening.update();
    });
    this.#open();
  }

  /** Whether this choice is the one that holds already. */
  holds(choice: Choice): boolean {
    const { decided, applied } = this.#consents;
    return decided && Object.keys(choice).every((slug) => choice[slug] === applied[slug]);
  }

  /**
   * The visitor has chosen, here or in another tab. Everything that may take time waits until the banner's going has
   * been painted.
   */
  decide(choice: Choice, here: boolean): void {
    this.#consents.decided = true;
    this.#manager.consentId = keptConsentId();
    if (here) this.#helpers.tellTabs();
    void painted().then(() => {
      const withdrawn = this.#apply(choice);
      tellUpdate(this.#consents.config.signals, this.#consents);
      const all = this.#consents.list();
      emit(EVENT.updated, all);
      emit(all.every(({ consent }) => consent) ? EVENT.allAccepted : EVENT.anyRefused, all);
      if (withdrawn && this.#consents.config.reloadOnWithdrawal) location.reload();
    });
  }

  /** The server has the proof. */
  receipt(consentId: string): void {
    this.#manager.consentId = consentId;
  }

  async #saved(save: (core: Core) => Promise<string | null>): Promise<string | null> {
    return (await this.#helpers.core(save)) ?? null;
  }

  #reset(core: Core): void {
    core.forget();
    this.#consents.decided = false;
    this.#manager.consentId = null;
    this.#apply(this.#consents.all(false));
    core.ask();
  }

  /** Makes a choice hold on this page; says whether something was withdrawn. */
  #apply(choice: Choice): boolean {
    const consents = this.#consents;
    const before = consents.applied;
    const changed = consents.apply(choice);
    const withdrawn = changed.filter((slug) => before[slug]);
    const cookies = (test: (service: ServiceConfig) => boolean) =>
      consents
        .services()
        .filter(test)
        .flatMap((service) => service.cookies);
    if (withdrawn.length) {
      removeCookies(
        cookies(({ slug }) => withdrawn.includes(slug)),
        cookies(({ slug }) => consents.grants(slug)),
      );
    }
    this.#tell(changed);
    this.#open();
    return withdrawn.length > 0;
  }

  #open(): void {
    this.#helpers.release?.((slug) => this.#consents.grants(slug));
    this.#opening.update();
  }

  /** Tells the page, and its tag manager, what holds for these services. */
  #tell(slugs: string[]): void {
    for (const service of this.#consents.list()) {
      if (!slugs.includes(service.slug)) continue;
      const event = (service.consent ? EVENT.granted : EVENT.refused) + service.slug;
      emit(event, service);
      (window.dataLayer ??= []).push({ event, placet: service });
    }
  }

  /** In the place of a shut frame stands who it is, why it is shut, and two ways to open it. */
  async #placeholder(frame: HTMLIFrameElement, waits: Waits, open: boolean): Promise<void> {
    const placeholders = await this.#helpers.placeholders();
    if (open) return placeholders?.remove(frame);
    const services = this.#waitedFor(waits);
    if (!services.length) {
      const what = 'service' in waits ? `data-consent="${waits.service}"` : `data-consent-purpose="${waits.purpose}"`;
      return report(`a frame waits for ${what}, which the widget does not have; it stays shut`);
    }
    placeholders?.show(frame, this.#consents.config, services, {
      once: () => this.#opening.openOnce(frame),
      always: () => {
        const granted = Object.fromEntries(services.map(({ slug }) => [slug, true]));
        void this.#saved((core) => core.save({ ...this.#consents.applied, ...granted }));
      },
    });
  }

  #waitedFor(waits: Waits): ServiceConfig[] {
    if ('service' in waits) return this.#consents.services().filter(({ slug }) => slug === waits.service);
    const group = this.#consents.config.purposes.find(({ purpose }) => PURPOSES[purpose] === waits.purpose);
    return group?.services ?? [];
  }
}

/** After the next paint; a page in the background is not painted, and does not wait for it. */
function painted(): Promise<void> {
  return new Promise((done) => {
    const next = (): void => void setTimeout(done);
    if (document.hidden) next();
    else requestAnimationFrame(next);
  });
}

declare global {
  interface Window {
    dataLayer?: unknown[];
  }
}
