/** What goes on with a page after the gate: `Gate` has unblocked by the cookie, or has drawn the banner. */
import type { Choice } from '../gate/cookie.ts';
import type { Gate } from '../gate/gate.ts';
import { whenIdle } from '../gate/moments.ts';
import { loadHandOver, loadPrompt } from '../gate/parts.ts';
import type { Prompt } from '../core/prompt.ts';
import type { WidgetConfig } from '../gate/protocol.ts';
import { CANNOT_SHOW, report } from '../gate/report.ts';
import { Commands } from './commands.ts';
import { keptConfig } from './config.ts';
import { completeJson } from './json.ts';
import { Guard } from './guard.ts';
import { onOpenLink } from './links.ts';
import { blockCopies } from './router-copies.ts';
import { makeSession, type Session } from './session.ts';
import { hasUnsent } from './storage.ts';
import { otherTabs } from './tabs.ts';

/**
 * A visitor whose choice stands and whose configuration is fresh is served from what the browser keeps: no request, no
 * WebAssembly. For everyone else the prompt is loaded (`www/core/prompt.ts`), which asks and carries out the answer.
 */
export class Controller {
  readonly gate: Gate;
  readonly commands: Commands;
  readonly guard: Guard;
  /** What holds on this page, once it is known. */
  session: Session | undefined;
  /** Tells the other tabs the choice that was made, or null when it was forgotten. */
  readonly tellTabs: (choice: Choice | null) => void;
  #prompt: Promise<Prompt | undefined> | undefined;

  constructor(gate: Gate) {
    this.gate = gate;
    completeJson();
    this.tellTabs = otherTabs(
      () => this.kept() ?? null,
      (choice) => this.session?.hear(choice),
    );
    this.guard = new Guard(gate.server, gate.blocking);
    this.commands = new Commands(gate.queue, {
      changeLanguage: () => this.ifPrompt((prompt) => prompt.changeLanguage()),
      // Frames that need not wait are left alone; the others do not wait for the configuration.
      blockFrames: (rule) => this.guard.block(rule),
      decorateLinks: (selector) => void this.#decorateLinks(selector),
    });
    const config = keptConfig(gate.at(''));
    const choice = config && gate.stored(config, true);
    if (choice) {
      this.know(config, choice);
      if (hasUnsent() || gate.newest(config)?.$p) whenIdle(() => void this.run('ready'));
      void this.#takeOver().then((came) => came && this.session!.hear(this.kept() ?? null));
    } else void this.#takeOver().finally(() => this.run('ask'));
    onOpenLink(() => void this.run('open'));
    blockCopies((element) => gate.blocking.hold(element));
  }

  /**
   * Takes a choice over that the page's address carries from another site of the widget, if it is newer than the one that is
   * kept here, and takes it out of the address; says whether there was one.
   */
  async #takeOver(): Promise<boolean> {
    const [carried, token] = /[#&]placet=([\da-f]+)/.exec(location.hash) ?? [];
    if (!token) return false;
    history.replaceState(history.state, '', location.href.replace(carried!, ''));
    await (await loadHandOver(this.gate.server)).redeem(this.gate, token);
    return true;
  }

  async #decorateLinks(selector: string): Promise<void> {
    // The session is known once those have been called who waited for it.
    await undefined;
    const { handOver } = this.session!.consents.config;
    if (handOver) (await loadHandOver(this.gate.server)).decorateLinks(this.gate, selector, handOver);
    else report('the widget hands no choices over; write `hand-over = true` into its file');
  }

  /** The choice that the cookie keeps, if it still stands. */
  kept(): Choice | undefined {
    return this.session && this.gate.stored(this.session.consents.config);
  }

  /** Has the prompt do something, loaded if need be; resolves with undefined, and it is said, if it can't be had. */
  async run<Name extends keyof Prompt>(
    name: Name,
    ...values: Parameters<Prompt[Name]>
  ): Promise<Awaited<ReturnType<Prompt[Name]>> | undefined> {
    completeJson();
    this.#prompt ??= this.#loadPrompt();
    return ((await this.#prompt) as any)?.[name](...values);
  }

  async #loadPrompt(): Promise<Prompt | undefined> {
    const { gate } = this;
    try {
      return (await (gate.prompt ?? loadPrompt(gate.server))).begin(this);
    } catch (error) {
      this.#prompt = gate.prompt = undefined;
      const { message } = error as Error;
      if (this.session) return report(message);
      gate.banner.hide();
      return report(CANNOT_SHOW + message);
    }
  }

  /** Uses the prompt if it is there. */
  ifPrompt(use: (prompt: Prompt) => void): void {
    void this.#prompt?.then((prompt) => prompt && use(prompt));
  }

  /** The page's state is known. */
  know(config: WidgetConfig, choice = this.gate.stored(config)): Session {
    if (!this.gate.layer) this.gate.tellDefault(config.signals);
    this.session = makeSession(config, choice, this);
    this.offer();
    return this.session;
  }

  /** Shows the trigger to visitors who have chosen, on each page. */
  offer(): void {
    whenIdle(() => {
      if (this.session?.consents.decided) this.gate.banner.offer(this.session.consents.config.trigger);
    });
  }
}
