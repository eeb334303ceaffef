/** What follows from an answer: the core keeps it, or, where there can be no core, the server. */
import type { Choice } from '../gate/cookie.ts';
import type { Controller } from '../session/controller.ts';
import type { Gate } from '../gate/gate.ts';
import { withCookie } from '../session/first-party.ts';
import { keptConsentId } from '../session/storage.ts';
import { painted } from '../gate/moments.ts';
import { EVENT } from '../gate/names.ts';
import type { AnswerRequest, WidgetConfig } from '../gate/protocol.ts';
import { isSignalled } from '../gate/privacy-signals.ts';
import { emit, report } from '../gate/report.ts';
import { isKept } from './cookie.ts';
import { beginCore, type Core, type Page } from './core.ts';
import { keepInReach } from './reach.ts';
import { empty } from './outbox.ts';
import { findMistakes } from './mistakes.ts';
import { loadBare, loadHints, loadLooks, loadSettings, loadWasm } from './parts.ts';
import { ownAddress, post } from './post.ts';
import { keepClear } from './unobscured.ts';
import { sentUserId } from './user.ts';
import { uuid } from './uuid.ts';

/**
 * What the visitor may do on this page. What keeps a choice resolves with the `consentId`, null while the server has none,
 * and undefined if it could not be kept.
 */
export abstract class Visit {
  protected readonly controller: Controller;
  protected readonly gate: Gate;
  #core: Promise<Core> | undefined;
  /** What the settings need, once they have been opened. */
  #settings: typeof import('../settings/index.ts') | undefined;
  /** Whether the root is watched over. */
  #isInReach = false;
  /** Whether mistakes in the markup are looked for. */
  #isLooking = false;
  /** What went wrong, as the console was told. */
  #said: string | undefined;
  /** Lets go of the page's scrolling. */
  #release: (() => void) | undefined;

  constructor(controller: Controller) {
    this.controller = controller;
    this.gate = controller.gate;
  }

  /** The newest configuration. Rejects with an `Error` that says what to do. */
  protected abstract config(): Promise<WidgetConfig>;

  /** Fetches what is needed, so that an answer need not wait for it, and sends the proofs that wait. */
  ready(): void {
    const { banner } = this.gate;
    // What follows lets no key of the banner through.
    if (banner.isThere) this.#release ??= keepClear(banner.root);
    if (!this.#isInReach) keepInReach(banner.root);
    this.#isInReach = true;
    void this.#withCore(() => {});
    // What is granted runs, whatever the network does by then.
    if (!this.controller.session?.consents.decided) this.gate.blocking.prepare();
    this.#findMistakes();
  }

  /** Has mistakes in the page's markup be named, while somebody is asked. */
  #findMistakes(): void {
    const { gate, session } = this.controller;
    if (!session || session.consents.decided || this.#isLooking) return;
    this.#isLooking = true;
    findMistakes(
      session.consents.config,
      (slug) => session.consents.grants(slug),
      () => loadHints(gate.server),
    );
  }

  /** Has the core draw the banner. */
  protected async draw(): Promise<void> {
    await this.#withCore(async (core) => {
      await this.#dress();
      core.ask();
    });
  }

  /** Opens the settings. */
  async open(): Promise<void> {
    await this.#withCore(async (core) => {
      const { banner, server } = this.gate;
      const dressed = this.#dress();
      this.#settings ??= await loadSettings(server);
      await dressed;
      banner.adopt(this.#settings!.css);
      const { texts } = await this.config();
      const listen = (): void => {
        core.open(this.controller.session?.consents.decided ? this.controller.session.consents.draft : undefined);
        this.#settings!.makeCopy(banner.root, texts.copied);
      };
      listen();
      // Its host comes into the page with what is drawn.
      await undefined;
      this.#settings!.openModal(banner.root, listen, () => core.close());
    });
  }

  /** Closes the settings. */
  close(): void {
    // Another tab has answered.
    if (!this.gate.banner.isThere) this.#letGo();
    void this.#core?.then(
      (core) => core.close(),
      () => {},
    );
  }

  /** Grants everything but what a signal of the browser refuses. */
  async acceptAll(): Promise<string | null | undefined> {
    return (await this.#hasCore()) ? this.#withCore((core) => core.acceptAll()) : this.#bare('acceptAll');
  }

  /** Keeps a choice that grants something new. */
  save(choice: Choice): Promise<string | null | undefined> {
    return this.#withCore((core) => core.save(choice));
  }

  /** Makes the proof of a choice that the gate has kept at that time, in seconds since 1970, and sends it. */
  protected async send(choice: Choice, decidedAt: number): Promise<string | null | undefined> {
    if (await this.#hasCore()) return this.#withCore((core) => core.save(choice, decidedAt));
    // The server knows no other answers, and to take back a part takes the settings, which need a core.
    const isRefusal = !Object.entries(this.controller.session!.consents.all(false)).some(
      ([slug, is]) => choice[slug] !== is,
    );
    return isRefusal ? this.#bare('refuseAll') : undefined;
  }

  /** Another language goes on. */
  protected end(): void {
    this.#letGo();
    void this.#core?.then(
      (core) => core.end(),
      () => {},
    );
    this.#core = undefined;
  }

  #letGo(): void {
    this.#release?.();
    this.#release = undefined;
  }

  async #answered(): Promise<void> {
    this.#letGo();
    const wasThere = this.gate.banner.hide();
    await painted();
    if (wasThere) emit(EVENT.hidden);
  }

  #hasCore(): Promise<true | undefined> {
    return this.#withCore(() => true);
  }

  /** Tells what went wrong, once: it is tried again whenever somebody does something, and says the same again. */
  protected complain({ message }: Error): undefined {
    if (message !== this.#said) report(message);
    this.#said = message;
  }

  /** Uses the core, begun if need be; if it fails it is said, and it can be tried again. */
  async #withCore<T>(use: (core: Core) => T | Promise<T>): Promise<T | undefined> {
    const mine = (this.#core ??= this.#begin());
    let core;
    try {
      core = await mine;
    } catch (error) {
      if (this.#core === mine) this.#core = undefined;
      return this.complain(error as Error);
    }
    // Another language was set meanwhile, and another core goes on.
    if (this.#core !== mine) return this.#withCore(use);
    try {
      return await use(core);
    } catch (error) {
      return report(`something went wrong that should not have: ${(error as Error).message}`);
    }
  }

  async #begin(): Promise<Core> {
    const config = await this.config();
    const core = await beginCore(loadWasm(this.gate.server), this.#page(config));
    void empty(core);
    return core;
  }

  /** Has the server do what the core would have done. */
  async #bare(answer: AnswerRequest['answer']): Promise<string | undefined> {
    try {
      const config = await this.config();
      const { lang, versionKey } = config;
      const { userId, consentId, signalled } = this.#page(config);
      const { send } = await loadBare(this.gate.server);
      const asked = { answer, lang, versionKey, userId, consentId, signalled };
      const { choice, ...kept } = await withCookie(this.gate, config.cookie, (credentials) =>
        send(this.gate.address('/answers'), asked, credentials),
      );
      if (answer === 'acceptAll') {
        await this.#answered();
        this.controller.session?.decide(choice, true);
      }
      this.controller.session?.receipt(kept.consentId);
      return kept.consentId;
    } catch (error) {
      return report((error as Error).message);
    }
  }

  /** The look of both layers has come with the server's first layer, if there was one. */
  async #dress(): Promise<void> {
    const { banner, server } = this.gate;
    if (banner.isDressed) return;
    banner.adopt((await loadLooks(server)).default);
    banner.adopt((await this.config()).appearance?.style ?? '');
  }

  async #keep(config: WidgetConfig, choice: Choice, at: number): Promise<void> {
    if (await isKept(config.cookie.name, this.gate.keep(config, choice, at))) return;
    report(
      'the choice holds for this page only: the browser did not keep its cookie; are cookies blocked, or does the ' +
        "widget's cookie domain not fit this site?",
    );
  }

  #page(config: WidgetConfig): Page {
    const gate = this.gate;
    // The core asks for it when it draws the settings, for which it was loaded.
    const settings = () => this.#settings!;
    return {
      config,
      get consentsUrl() {
        return gate.address('/consents');
      },
      get userId() {
        return sentUserId(gate.settings.userId);
      },
      get consentId() {
        return keptConsentId() ?? undefined;
      },
      get decided() {
        return settings().whenDecided(config);
      },
      get signalled() {
        return isSignalled(config);
      },
      root: () => gate.banner.root,
      post: (url, json) =>
        withCookie(gate, config.cookie, (credentials) => post(ownAddress(gate.server, url), json, credentials)),
      uuid,
      services: (count) => settings().services(count, config),
      lifetime: (days) => settings().lifetime(days, config.lang),
      answered: () => this.#answered(),
      keep: (choice, at) => void this.#keep(config, choice, at),
      decide: (choice) => this.controller.session?.decide(choice, true),
      receipt: (consentId) => this.controller.session?.receipt(consentId),
      failed: (message) => {
        report(message);
        void this.#core?.then(empty);
      },
    };
  }
}
