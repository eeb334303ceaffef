/** A page whose state is known: what holds, what is opened by it, and who is told. */
import { Consents } from './consents.ts';
import { type Choice, removeCookie } from './cookie.ts';
import type { Core } from './core.ts';
import type { Placeholders } from '../frames/index.ts';
import { keptConsentId } from './kept.ts';
import { pushToLayer } from './layer.ts';
import { Manager } from './manager.ts';
import { EVENT, PURPOSES } from './names.ts';
import type { Opening, Waits } from './opening/opening.ts';
import type { ServiceConfig, WidgetConfig } from './protocol.ts';
import type { Queue } from './queue.ts';
import { emit, report } from './report.ts';
import { tellDefault, tellUpdate } from './signals.ts';
import { removeCookies } from './withdraw.ts';

/** What a session has done for it. */
export interface Helpers {
  /** What keeps the page's elements shut, and opens them. */
  opening: Opening;
  /** Uses the core, which may have to be fetched first; undefined if it cannot be had. */
  core<T>(use: (core: Core) => T | Promise<T>): Promise<T | undefined>;
  /** Uses the core if it is there. */
  ifCore(use: (core: Core) => void): void;
  /** Fetches the part that draws in the place of shut frames. */
  placeholders(): Promise<Placeholders | undefined>;
  /** Tells the other tabs the choice that was made, or null when it was forgotten. */
  tellTabs(choice: Choice | null): void;
  /** Lets go of what automatic blocking holds for the services that are granted. */
  release: ((permits: (slug: string) => boolean) => void) | undefined;
}

export class Session {
  readonly #consents: Consents;
  readonly #manager: Manager;
  readonly #helpers: Helpers;

  constructor(config: WidgetConfig, choice: Choice | undefined, queue: Queue, helpers: Helpers) {
    const consents = (this.#consents = new Consents(config, choice));
    this.#helpers = helpers;
    this.#manager = new Manager(
      consents,
      {
        open: () => void helpers.core((core) => core.open(consents.decided ? consents.draft : undefined)),
        close: () => helpers.ifCore((core) => core.close()),
        acceptAll: () => this.#saved((core) => core.acceptAll(), consents.applied),
        save: (choice) => this.#saved((core) => core.save(choice), choice),
        apply: (choice) => void this.#apply(choice),
        reset: () => void this.#saved((core) => this.#reset(core), consents.all(false)),
      },
      keptConsentId(),
    );

    helpers.opening.obey({
      permits: (waits) => ('service' in waits ? consents.grants(waits.service) : consents.grantsPurpose(waits.purpose)),
      frame: (frame, waits, open) => void this.#placeholder(frame, waits, open),
    });

    // Whoever listens to Google's signals hears them before anything is opened.
    tellDefault(config.signals);
    if (choice) tellUpdate(config.signals, consents);
    queue.announce(this.#manager);
    emit(EVENT.ready, consents.list());
    this.#tell(Object.keys(consents.applied));
    queue.ready(this.#manager);

    this.#open();
  }

  get config(): WidgetConfig {
    return this.#consents.config;
  }

  /** Whether the visitor has chosen. */
  get decided(): boolean {
    return this.#consents.decided;
  }

  /** Whether this choice is the one that holds already. */
  holds(choice: Choice): boolean {
    return this.decided && Object.keys(choice).every((slug) => choice[slug] === this.#consents.applied[slug]);
  }

  /** Goes on with the newest configuration, which the core has fetched. */
  adopt(config: WidgetConfig): void {
    if (config !== this.config) this.#tell(this.#consents.adopt(config));
  }

  /** The visitor has chosen, here or in another tab, and the banner's going has been painted. */
  decide(choice: Choice, here: boolean): void {
    this.#consents.decided = true;
    this.#manager.consentId = keptConsentId();
    if (here) this.#helpers.tellTabs(choice);
    const withdrawn = this.#apply(choice);
    const all = this.#consents.list();
    emit(EVENT.updated, all);
    emit(all.every(({ consent }) => consent) ? EVENT.allAccepted : EVENT.anyRefused, all);
    if (withdrawn) this.#reload();
  }

  /** The choice was forgotten, here or in another tab: only what is necessary is granted. */
  undecide(): void {
    this.#consents.decided = false;
    this.#manager.consentId = null;
    if (this.#apply(this.#consents.all(false))) this.#reload();
  }

  /** The server has a proof; the newest one's receipt is the one that is kept. */
  receipt(consentId: string): void {
    this.#manager.consentId = keptConsentId() ?? consentId;
  }

  /** Has the core keep a choice. Without it nothing can be kept or granted; what is refused is refused all the same. */
  async #saved(save: (core: Core) => string | null | Promise<string | null>, wish: Choice): Promise<string | null> {
    const consentId = await this.#helpers.core(save);
    if (consentId !== undefined) return consentId;
    const { applied, config } = this.#consents;
    if (Object.keys(applied).some((slug) => applied[slug] && !wish[slug])) {
      removeCookie(config.cookie);
      this.#apply(Object.fromEntries(Object.keys(applied).map((slug) => [slug, !!applied[slug] && !!wish[slug]])));
    }
    return null;
  }

  #reset(core: Core): null {
    core.forget();
    this.#helpers.tellTabs(null);
    this.undecide();
    core.ask();
    return null;
  }

  #reload(): void {
    if (this.config.reloadOnWithdrawal) location.reload();
  }

  /** Makes a choice hold on this page; says whether something was withdrawn. */
  #apply(choice: Choice): boolean {
    const consents = this.#consents;
    const before = consents.applied;
    const changed = consents.apply(choice);
    const withdrawn = changed.filter((slug) => before[slug]);
    if (withdrawn.length) {
      const cookies = (test: (slug: string) => boolean) =>
        consents.services().flatMap((service) => (test(service.slug) ? service.cookies : []));
      removeCookies(
        cookies((slug) => withdrawn.includes(slug)),
        cookies((slug) => consents.grants(slug)),
      );
    }
    tellUpdate(consents.config.signals, consents);
    this.#tell(changed);
    this.#open();
    return withdrawn.length > 0;
  }

  #open(): void {
    this.#helpers.release?.((slug) => this.#consents.grants(slug));
    this.#helpers.opening.update();
  }

  /** Tells the page, and its tag manager, what holds for these services. */
  #tell(slugs: string[]): void {
    for (const service of this.#consents.list()) {
      if (!slugs.includes(service.slug)) continue;
      const event = (service.consent ? EVENT.granted : EVENT.refused) + service.slug;
      emit(event, service);
      pushToLayer({ event, placet: service });
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
      once: () => this.#helpers.opening.openOnce(frame),
      always: () => {
        const granted = Object.fromEntries(services.map(({ slug }) => [slug, true]));
        const choice = { ...this.#consents.applied, ...granted };
        void this.#saved((core) => core.save(choice), choice);
      },
    });
  }

  #waitedFor(waits: Waits): ServiceConfig[] {
    if ('service' in waits) return this.#consents.services().filter(({ slug }) => slug === waits.service);
    const group = this.#consents.config.purposes.find(({ purpose }) => PURPOSES[purpose] === waits.purpose);
    return group?.services ?? [];
  }
}
