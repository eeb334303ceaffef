/** The gate of one page: unblocks what the cookie grants, and shows the banner to visitors without a choice. */
import { ask, type Answered } from './ask.ts';
import { type Answer, Banner } from './banner.ts';
import { Blocking } from './blocking/blocking.ts';
import { tellDefault, tellUpdate } from './consent-mode.ts';
import { type Choice, cookieValues, covered, DAY, encode, type Kept, newestOf, standing } from './cookie.ts';
import { pushToLayer } from './data-layer.ts';
import { cookies, findCookies, removeCookie, setChoice } from './jar.ts';
import { allowedBanner, isInLanguage, type KnownWidget } from './known.ts';
import { isOld, oldEnough, painted, yieldToMain } from './moments.ts';
import { EVENT } from './names.ts';
import { loadController, loadPrompt } from './parts.ts';
import type { Prompt } from '../core/prompt.ts';
import { isSignalled } from './privacy-signals.ts';
import type { FirstLayer, WidgetConfig } from './protocol.ts';
import type { Queue, Settings } from './queue.ts';
import { CANNOT_SHOW, emit, report } from './report.ts';
import { address, type Snippet, wantedLanguages } from './snippet.ts';
import type { Controller } from '../session/controller.ts';

/** Whether a service is granted. */
export type Permits = (slug: string) => boolean;

/** Lets go of what automatic blocking holds for the services that are granted. */
export type Release = (permits: Permits) => void;

/**
 * What must be there at once. For a visitor whose choice stands the cookie alone unblocks; a visitor without one is shown
 * the banner that came with the script, and a refusal is kept here and at once. Everything else is the controller's
 * (`www/session/`), a file of its own that is loaded then. If something fails nothing is unblocked, and one sentence says
 * why.
 *
 * Fields are only declared: the constructor or a later step sets them, and an empty one would be bytes.
 */
export class Gate {
  /** The server, without a slash at its end. */
  declare readonly server: string;
  declare readonly queue: Queue;
  /** What the page's code has set. */
  declare readonly settings: Settings;
  declare readonly blocking: Blocking;
  declare readonly banner: Banner;
  /** Lets go of what automatic blocking holds. */
  declare readonly release: Release | undefined;
  /** The first layer that came with the gate, if this page's origin may show it. */
  declare readonly layer: FirstLayer | undefined;
  /** The choice that has unblocked the page before its configuration was known. */
  declare unblocked: Choice | undefined;
  /** The configuration that was asked for while the controller was loaded, and from where. */
  declare early: { readonly url: string; readonly answer: Promise<Answered> } | undefined;
  /** The core's module, if it is being loaded beside the controller. */
  declare prompt: ReturnType<typeof loadPrompt> | undefined;
  /** Writes or removes the choice's cookie as this page has done last, or another tab. */
  declare lastWrite?: () => void;
  /** The controller, once it is there. */
  declare controller: Controller | undefined;
  /** What other files would else have once more. */
  readonly tellDefault = tellDefault;
  readonly tellUpdate = tellUpdate;
  readonly pushToLayer = pushToLayer;
  readonly removeCookie = removeCookie;
  readonly #snippet: Snippet;
  #loading: Promise<Controller | undefined> | undefined;

  /** `known` is what came with the script. */
  constructor(snippet: Snippet, queue: Queue, known: KnownWidget, release: Release | undefined) {
    this.#snippet = snippet;
    this.server = snippet.server;
    this.queue = queue;
    this.settings = queue.settings;
    this.release = release;
    this.layer = allowedBanner(known);
    this.blocking = new Blocking(snippet.server);
    this.banner = new Banner(
      (answer) => void this.#answer(answer),
      () => void this.run('ready'),
    );
  }

  start(): void {
    // The page's tags wait for this.
    if (this.layer) tellDefault(this.layer.signals);
    if (cookies()) this.#begin();
    else void findCookies().then(() => this.#begin());
  }

  #begin(): void {
    // The controller mends what an old library has taken away.
    const layer = 'parse' in JSON && this.layer;
    const choice = layer && this.covered(layer);
    if (choice) this.#unblock(layer, choice);
    // By a configuration that the browser has kept, another choice may stand.
    // A choice may come with the address, from another site of the widget.
    else if (layer && !this.newest(layer) && !location.hash.includes('placet=')) return void this.#ask();
    void this.load();
  }

  /** Unblocks what a choice grants, service by service: which service is for what purpose the controller knows. */
  #unblock({ signals, consentTypes }: FirstLayer, choice: Choice): void {
    const permits = (slug: string): boolean => Object.hasOwn(choice, slug) && choice[slug]!;
    this.unblocked = choice;
    // Consent Mode is updated before anything is unblocked.
    tellUpdate(signals, consentTypes, choice);
    this.release?.(permits);
    this.blocking.obey({ permits: (waits) => 'service' in waits && permits(waits.service) });
    this.blocking.update();
  }

  /**
   * Asks for the configuration, and draws the banner. That waits for the configuration, which says whether a version was
   * published since the script was kept, only where that comes quickly.
   */
  async #ask(): Promise<void> {
    const url = this.at('');
    const answer = ask(url);
    this.early = { url, answer };
    this.prompt = loadPrompt(this.server);
    // The controller says so.
    this.prompt.catch(() => {});
    void this.load();
    if (isOld()) {
      // In slices, so that the page can go on between them.
      await yieldToMain();
      this.draw();
      await yieldToMain();
    }
    const { status = 200 } = (await Promise.race([answer, oldEnough()])) ?? {};
    if (status === 200) this.draw();
  }

  /** Loads the controller; resolves with undefined, and it is said, if it can't be had. */
  load(): Promise<Controller | undefined> {
    return (this.#loading ??= loadController(this).catch(({ message }: Error) => {
      this.#loading = undefined;
      this.banner.hide();
      return report(CANNOT_SHOW + message);
    }));
  }

  /** Has the prompt do something, loaded if need be; resolves with undefined, and it is said, if it can't be had. */
  async run<Name extends keyof Prompt>(
    name: Name,
    ...values: Parameters<Prompt[Name]>
  ): Promise<Awaited<ReturnType<Prompt[Name]>> | undefined> {
    return (await this.load())?.run(name, ...values);
  }

  /** The banner shows that an answer was heard; it goes when the answer is kept. */
  async #answer(answer: Answer): Promise<void> {
    const { banner, layer, controller } = this;
    if (answer === 'trigger') await this.run('open');
    else if (answer === 'settings' || answer === 'accept-all') {
      banner.wait(true);
      await this.run(answer === 'settings' ? 'open' : 'acceptAll');
      banner.wait(false);
    } else if (controller?.session) void controller.session.save({});
    else void this.refuse(layer!, layer!.refusal);
  }

  /** The choice that the cookie keeps, if it still stands; `isConfigKept`: by a configuration that the browser has kept. */
  stored(config: WidgetConfig | FirstLayer, isConfigKept?: boolean): Choice | undefined {
    return standing(cookieValues(cookies(), config.cookie.name), config, now(), isSignalled(config), isConfigKept);
  }

  /** What the choice that the cookie keeps has granted, also if the widget has asked for more since then. */
  covered(config: WidgetConfig | FirstLayer): Choice | undefined {
    return covered(cookieValues(cookies(), config.cookie.name), config, now(), isSignalled(config));
  }

  /** The newest choice that the cookie keeps, whether it still stands or not. */
  newest({ cookie }: WidgetConfig | FirstLayer): Kept | undefined {
    return newestOf(cookieValues(cookies(), cookie.name));
  }

  /** Where the server answers what the widget shows (`''`) or its first layer (`/banner`), in the page's language. */
  at(what: string): string {
    return address(this.#snippet, what, this.#languages());
  }

  /** Where the server takes something: `/consents`, `/answers`. */
  address(what: string): string {
    return address(this.#snippet, what);
  }

  #languages(): string {
    return wantedLanguages(this.settings.lang, this.#snippet);
  }

  /** The first layer that came with the gate, if it is in the page's language. */
  first(): FirstLayer | undefined {
    const { layer } = this;
    return layer && isInLanguage(layer, this.#languages()) ? layer : undefined;
  }

  /** Draws it, unless the visitor has chosen. */
  draw(): void {
    const layer = this.first();
    if (layer && !this.stored(layer)) this.banner.draw(layer, isSignalled(layer));
  }

  /**
   * Sets a choice's cookie, made at that time, in seconds since 1970; without it now, and its proof is still to be made.
   * Returns its value.
   */
  keep(config: WidgetConfig | FirstLayer, choice: Choice, at?: number): string {
    const { cookie } = config;
    const value = encode(cookie.name, choice, config.askKey, at ?? now(), isSignalled(config), !at);
    (this.lastWrite = () => setChoice(cookie, value, cookie.days * DAY))();
    return value;
  }

  /**
   * Keeps a choice that grants nothing new: at once, whatever the network does. Its proof follows. Resolves with the
   * `consentId`, or with null or undefined while there is none.
   */
  async refuse(config: WidgetConfig | FirstLayer, choice: Choice): Promise<string | null | undefined> {
    const session = this.controller?.session;
    this.keep(config, choice);
    if (this.banner.hide()) {
      // The visitor's click is answered first.
      await painted();
      emit(EVENT.hidden);
    }
    session?.decide(choice, true);
    return this.run('prove', session ? undefined : choice);
  }
}

/** Now, in seconds since 1970. */
const now = (): number => Math.floor(Date.now() / 1000);
