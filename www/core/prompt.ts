/** Asks the visitor, and carries out the answer; loaded by first visits and for changes. */
import { type Answered, ask } from '../gate/ask.ts';
import { keptConfig, loadBanner, loadConfig } from '../session/config.ts';
import { withCookie } from '../session/first-party.ts';
import type { Choice } from '../gate/cookie.ts';
import { hasUnsent } from '../session/storage.ts';
import { whenIdle, whenSeen } from '../gate/moments.ts';
import { EVENT } from '../gate/names.ts';
import type { FirstLayer, WidgetConfig } from '../gate/protocol.ts';
import { emit } from '../gate/report.ts';
import { isSignalled } from '../gate/privacy-signals.ts';
import type { Session } from '../session/session.ts';
import { Visit } from './visit.ts';

export class Prompt extends Visit {
  /** What the server answered on this page; what is kept is older. */
  #newest: Promise<WidgetConfig> | undefined;
  /** Counts how often it was asked: another language asks anew. */
  #turn = 0;

  override ready(): void {
    if (this.#unproven()) void this.prove();
    else super.ready();
  }

  /**
   * Shows the banner to visitors who have not chosen. One that came with the gate is drawn anew if a version was published since
   * then.
   */
  async ask(): Promise<void> {
    const gate = this.gate;
    const { banner } = gate;
    const mine = ++this.#turn;
    banner.offer();
    const wasThere = mine > 1 && banner.isThere;
    // The gate itself draws the one whose configuration it has asked for.
    if (gate.early?.url !== gate.at('')) gate.draw();
    const whole = this.config();
    const first = gate.first() ?? loadBanner(gate.at('/banner'));
    try {
      await whole;
    } catch (error) {
      banner.hide();
      return this.complain(error as Error);
    }
    if (this.#turn !== mine) return;
    const session = await this.#known();
    if (session.consents.decided) {
      banner.hide();
      if (hasUnsent() || this.#unproven() !== undefined) whenIdle(() => this.ready());
      return;
    }
    await this.#show(session.consents.config, first);
    if (!wasThere) {
      whenSeen(() => {
        if (this.#turn === mine && banner.isThere) emit(EVENT.shown);
      });
    }
    whenIdle(() => this.ready());
  }

  /** Another language was set. Visitors who have chosen see it when there is something to see. */
  changeLanguage(): void {
    this.#newest = undefined;
    this.end();
    if (this.controller.session?.consents.decided) return;
    if (this.gate.banner.hide()) emit(EVENT.hidden);
    void this.ask();
  }

  /** Makes the proof of what the gate has kept itself. If nothing was known then, `choice` is what it has kept. */
  async prove(choice?: Choice): Promise<string | null | undefined> {
    this.close();
    let session;
    try {
      session = await this.#known();
    } catch {
      // The banner says so.
      return;
    }
    if (choice) session.decide(choice, true);
    const decidedAt = this.#unproven() ?? Math.floor(Date.now() / 1000);
    const decided = this.controller.kept() ?? session.consents.applied;
    return this.send(decided, decidedAt);
  }

  /** When the choice was made that the cookie keeps, in seconds since 1970, if it is one whose proof is still to be made. */
  #unproven(): number | undefined {
    const { session } = this.controller;
    const newest = session && this.gate.newest(session.consents.config);
    return newest?.$p ? newest.$t : undefined;
  }

  /** The newest configuration. Rejects with an `Error` that says what to do. */
  protected config(): Promise<WidgetConfig> {
    const gate = this.gate;
    const { early } = gate;
    gate.early = undefined;
    const url = gate.at('');
    const asked = (): Promise<Answered> => {
      if (early?.url === url) return early.answer;
      const { cookie } = gate.layer ?? keptConfig(url, Infinity) ?? {};
      return withCookie(gate, cookie, (credentials) => ask(url, credentials));
    };
    const mine = (this.#newest ??= loadConfig(url, asked()).then((config) => {
      const { session } = this.controller;
      if (session) adopt(session, config);
      return config;
    }));
    mine.catch(() => {
      if (this.#newest === mine) this.#newest = undefined;
    });
    return mine;
  }

  /** The page's state, once it is known. */
  async #known(): Promise<Session> {
    const config = await this.config();
    return this.controller.session ?? this.controller.know(config);
  }

  /** Draws the banner that belongs to a configuration; if the server has none, the core draws it. */
  async #show(whole: WidgetConfig, first: Promise<FirstLayer | undefined> | FirstLayer): Promise<void> {
    const { gate } = this;
    const { banner } = gate;
    const fits = (layer: FirstLayer | undefined): layer is FirstLayer =>
      layer?.versionKey === whole.versionKey && layer.nodes[1].lang === whole.lang;
    let layer = await first;
    if (!fits(layer)) {
      banner.hide();
      layer = await loadBanner(gate.at('/banner'));
    }
    if (fits(layer)) banner.draw(layer, isSignalled(whole));
    else await this.draw();
  }
}

/** Goes on with a newer configuration; nobody has granted the services that are new in it. */
function adopt(session: Session, config: WidgetConfig): void {
  const { consents } = session;
  const before = consents.applied;
  consents.config = config;
  consents.applied = consents.complete(before);
  consents.draft = consents.complete(consents.draft);
  session.tell(Object.keys(consents.applied).filter((slug) => !Object.hasOwn(before, slug)));
}
