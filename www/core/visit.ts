/** What follows from an answer: the core keeps it, or, where there can be no core, the server. */
import type { Choice } from '../gate/cookie.ts';
import type { Gate, Visit as GateVisit } from '../gate/core.ts';
import { keptConsentId } from '../gate/kept.ts';
import { painted } from '../gate/moments.ts';
import { EVENT } from '../gate/names.ts';
import type { AnswerRequest, WidgetConfig } from '../gate/protocol.ts';
import { emit, report } from '../gate/report.ts';
import { beginCore, type Core, type Page } from './core.ts';
import { empty } from './outbox.ts';
import { loadBare, loadLooks, loadSettings } from './parts.ts';
import { post } from './post.ts';
import { keepClear } from './unobscured.ts';
import { uuid } from './uuid.ts';

/** The page's visit; undefined from what keeps a choice says that it could not be kept. */
export class Visit implements GateVisit {
  readonly #gate: Gate;
  readonly #wasm: string;
  /** The answer to a request that the gate has sent early: it can be read once. */
  #early: Promise<Response> | undefined;
  #core: Promise<Core> | undefined;
  /** What the settings need, once they have been opened. */
  #settings: typeof import('../settings/index.ts') | undefined;
  /** Lets go of the page's scrolling. */
  #release: (() => void) | undefined;

  constructor(gate: Gate, wasm: string, early: Promise<Response>) {
    this.#gate = gate;
    this.#wasm = wasm;
    this.#early = early;
  }

  ready(): void {
    const { banner } = this.#gate;
    if (banner.isThere) this.#release ??= keepClear(banner.root);
    void this.#withCore(() => {});
  }

  async ask(): Promise<void> {
    await this.#withCore(async (core) => {
      await this.#dress();
      core.ask();
    });
  }

  async open(): Promise<void> {
    await this.#withCore(async (core) => {
      const { banner, server } = this.#gate;
      const dressed = this.#dress();
      this.#settings ??= await loadSettings(server);
      await dressed;
      banner.adopt(this.#settings!.css);
      core.open(this.#gate.session?.decided ? this.#gate.session.draft : undefined);
      this.#settings!.makeCopy(banner.root, (await this.#gate.config()).texts.copied);
    });
  }

  close(): void {
    // Another tab has answered.
    if (!this.#gate.banner.isThere) this.#letGo();
    void this.#core?.then(
      (core) => core.close(),
      () => {},
    );
  }

  async acceptAll(): Promise<string | null | undefined> {
    return (await this.#hasCore()) ? this.#withCore((core) => core.acceptAll()) : this.#bare('acceptAll');
  }

  async refuseAll(): Promise<string | null | undefined> {
    const { session } = this.#gate;
    if (await this.#hasCore()) return session && this.save(session.refusal);
    return this.#bare('refuseAll');
  }

  save(choice: Choice): Promise<string | null | undefined> {
    return this.#withCore((core) => core.save(choice));
  }

  end(): void {
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
    const wasThere = this.#gate.banner.hide();
    await painted();
    if (wasThere) emit(EVENT.hidden);
  }

  #hasCore(): Promise<true | undefined> {
    return this.#withCore(() => true);
  }

  /** Uses the core, begun if need be; if it fails it is said, and it can be tried again. */
  async #withCore<T>(use: (core: Core) => T | Promise<T>): Promise<T | undefined> {
    const mine = (this.#core ??= this.#begin());
    let core;
    try {
      core = await mine;
    } catch (error) {
      if (this.#core === mine) this.#core = undefined;
      return report((error as Error).message);
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
    const config = await this.#gate.config();
    this.#gate.session?.adopt(config);
    const wasm = this.#early ?? this.#wasm;
    this.#early = undefined;
    const core = await beginCore(wasm, this.#page(config));
    void empty(core);
    return core;
  }

  /** Has the server do what the core would have done. */
  async #bare(answer: AnswerRequest['answer']): Promise<string | undefined> {
    try {
      const config = await this.#gate.config();
      const { lang, versionKey } = config;
      const { userId, consentId, signalled } = this.#page(config);
      const { send } = await loadBare(this.#gate.server);
      const asked = { answer, lang, versionKey, userId, consentId, signalled };
      const { choice, ...kept } = await send(this.#gate.address('/answers'), asked);
      await this.#answered();
      this.#gate.session?.decide(choice, true);
      return kept.consentId;
    } catch (error) {
      return report((error as Error).message);
    }
  }

  /** The look of both layers has come with the server's first layer, if there was one. */
  async #dress(): Promise<void> {
    const { banner, server } = this.#gate;
    if (banner.isDressed) return;
    banner.adopt((await loadLooks(server)).default);
    banner.adopt((await this.#gate.config()).appearance?.style ?? '');
  }

  #page(config: WidgetConfig): Page {
    const gate = this.#gate;
    // The core asks for it when it draws the settings, for which it was loaded.
    const settings = () => this.#settings!;
    return {
      config,
      get consentsUrl() {
        return gate.address('/consents');
      },
      get userId() {
        return gate.settings.userId;
      },
      get consentId() {
        return keptConsentId() ?? undefined;
      },
      get decided() {
        return settings().whenDecided(config);
      },
      get signalled() {
        return gate.isSignalled(config);
      },
      root: () => gate.banner.root,
      post,
      uuid,
      services: (count) => settings().services(count, config),
      lifetime: (days) => settings().lifetime(days, config.lang),
      answered: () => this.#answered(),
      decide: (choice) => gate.session?.decide(choice, true),
      receipt: (consentId) => gate.session?.receipt(consentId),
      failed: (message) => {
        report(message);
        void this.#core?.then(empty);
      },
    };
  }
}
