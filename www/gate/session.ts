/** A page whose state is known: what holds, what is opened by it, and who is told. */
import { Consents } from './consents.ts';
import { type Choice, removeCookie } from './cookie.ts';
import type { Visit } from './core.ts';
import type { Release } from './gate.ts';
import { forget, keptConsentId } from './kept.ts';
import { pushToLayer } from './layer.ts';
import { type Manager, makeManager } from './manager.ts';
import { EVENT } from './names.ts';
import type { Opening, Waits } from './opening/opening.ts';
import { loadFrames, loadWithdrawal } from './parts.ts';
import { RECEIPT, type WidgetConfig } from './protocol.ts';
import type { Queue } from './queue.ts';
import { emit, report } from './report.ts';
import { tellUpdate } from './signals.ts';

/** What a session has done for it. */
export interface Helpers {
  readonly server: string;
  /** What keeps the page's elements shut, and opens them. */
  readonly opening: Opening;
  /** What can be done about an answer, fetched if need be; undefined if it can't be had. */
  visit(): Promise<Visit | undefined>;
  /** Uses the visit if it is there. */
  ifVisit(use: (visit: Visit) => void): void;
  /** Shows the banner. */
  ask(): void;
  /** Shows the way back to the settings. */
  offer(): void;
  /** Tells the other tabs the choice that was made, or null when it was forgotten. */
  tellTabs(choice: Choice | null): void;
  readonly release: Release | undefined;
}

export class Session {
  readonly #consents: Consents;
  readonly #manager: Manager;
  readonly #helpers: Helpers;

  constructor(config: WidgetConfig, choice: Choice | undefined, queue: Queue, helpers: Helpers) {
    const consents = (this.#consents = new Consents(config, choice));
    this.#helpers = helpers;
    this.#manager = makeManager(
      consents,
      keptConsentId(),
      (choice) => this.#save(choice),
      (choice) => void this.#apply(choice),
      {
        open: async () => (await helpers.visit())?.open(),
        close: () => helpers.ifVisit((visit) => visit.close()),
        acceptAll: () => this.acceptAll(),
        refuseAll: () => this.refuseAll(),
        reset: () => this.#reset(),
      },
    );

    helpers.opening.obey({
      permits: (waits) => ('service' in waits ? consents.grants(waits.service) : consents.grantsPurpose(waits.purpose)),
      frame: (frame, waits, open) => void this.#placeholder(frame, waits, open),
    });

    // Whoever listens to signals hears them before anything is opened.
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

  /** Goes on with the newest configuration. */
  adopt(config: WidgetConfig): void {
    if (config !== this.config) this.#tell(this.#consents.adopt(config));
  }

  /** What the page's code has set and not yet saved; else what holds. */
  get draft(): Choice {
    return this.#consents.draft;
  }

  /** The choice that refuses all that can be refused. */
  get refusal(): Choice {
    return this.#consents.all(false);
  }

  acceptAll(): Promise<string | null> {
    return this.#keep((visit) => visit.acceptAll(), this.#consents.applied);
  }

  refuseAll(): Promise<string | null> {
    return this.#keep((visit) => visit.refuseAll(), this.refusal);
  }

  /** The visitor has chosen, here or in another tab, and the banner's going has been painted. */
  decide(choice: Choice, here: boolean): void {
    this.#consents.decided = true;
    this.#manager.consentId = keptConsentId();
    if (here) this.#helpers.tellTabs(choice);
    this.#helpers.offer();
    const withdrawal = this.#apply(choice);
    const all = this.#consents.list();
    emit(EVENT.updated, all);
    emit(all.every(({ consent }) => consent) ? EVENT.allAccepted : EVENT.anyRefused, all);
    void this.#reloadAfter(withdrawal);
  }

  /** The choice was forgotten, here or in another tab: only what is necessary is granted, and it is asked again. */
  undecide(): void {
    this.#consents.decided = false;
    this.#manager.consentId = null;
    void this.#reloadAfter(this.#apply(this.#consents.all(false)));
    this.#helpers.ask();
  }

  /** The server has a proof; the newest one's receipt is the one that is kept. */
  receipt(consentId: string): void {
    this.#manager.consentId = keptConsentId() ?? consentId;
  }

  #save(choice: Choice): Promise<string | null> {
    return this.#keep((visit) => visit.save(choice), choice);
  }

  /**
   * Has a choice kept. If it can't be, nothing is granted by it; what it refuses is refused all the same, and the visitor
   * will be asked again.
   */
  async #keep(keep: (visit: Visit) => Promise<string | null | undefined>, wish: Choice): Promise<string | null> {
    const visit = await this.#helpers.visit();
    const consentId = visit && (await keep(visit));
    if (consentId !== undefined) return consentId;
    const { applied, config } = this.#consents;
    if (Object.keys(applied).some((slug) => applied[slug] && !wish[slug])) {
      removeCookie(config.cookie);
      this.#apply(Object.fromEntries(Object.keys(applied).map((slug) => [slug, !!applied[slug] && !!wish[slug]])));
    }
    return null;
  }

  #reset(): void {
    removeCookie(this.config.cookie);
    forget(RECEIPT);
    this.#helpers.tellTabs(null);
    this.undecide();
  }

  /** Reloads the page once what was withdrawn is gone, if there was something and the widget wants it. */
  async #reloadAfter(withdrawal: Promise<void> | undefined): Promise<void> {
    if (!withdrawal || !this.config.reloadOnWithdrawal) return;
    await withdrawal;
    location.reload();
  }

  /** Makes a choice hold on this page; if something was withdrawn, resolves when its cookies are removed. */
  #apply(choice: Choice): Promise<void> | undefined {
    const consents = this.#consents;
    const before = consents.applied;
    const changed = consents.apply(choice);
    const withdrawn = changed.filter((slug) => before[slug]);
    tellUpdate(consents.config.signals, consents);
    this.#tell(changed);
    this.#open();
    return withdrawn.length ? this.#removeCookies(withdrawn) : undefined;
  }

  async #removeCookies(withdrawn: string[]): Promise<void> {
    try {
      (await loadWithdrawal(this.#helpers.server)).removeCookies(withdrawn, this.#consents);
    } catch (error) {
      report(`withdrawn cookies are left: ${(error as Error).message}`);
    }
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
    try {
      const { settle } = await loadFrames(this.#helpers.server);
      settle(frame, waits, open, this.config, {
        once: () => this.#helpers.opening.openOnce(frame),
        always: (granted) => void this.#save({ ...this.#consents.applied, ...granted }),
      });
    } catch (error) {
      report((error as Error).message);
    }
  }
}
