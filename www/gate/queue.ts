/** `window.placet`: an array before the gate arrives, a live queue after it. `push` works both ways. */
import type { Manager } from './manager.ts';
import { call, report } from './report.ts';

type Ready = (manager: Manager) => unknown;

/** What may be pushed. */
export type Command =
  | Ready
  | ['ready', Ready]
  | ['set', 'userId' | 'lang', string]
  | ['iframeBlock', { selector: string; service: string }];

type BlockFrames = (selector: string, service: string) => void;

/** What the page's code sees as `window.placet`. */
export interface LiveQueue {
  push(...commands: Command[]): void;
  manager: Manager | undefined;
}

declare global {
  interface Window {
    placet?: Command[] | LiveQueue;
  }
}

/** What the page's code has set. */
export interface Settings {
  userId?: string;
  lang?: string;
}

/** The queue's other end. */
export class Queue {
  readonly settings: Settings = {};
  readonly #waiting: Ready[] = [];
  readonly #frames: [selector: string, service: string][] = [];
  #blockFrames: BlockFrames | undefined;
  #changeLanguage: (() => void) | undefined;
  #isReady = false;
  readonly #live: LiveQueue = {
    push: (...commands) => commands.forEach((command) => this.#take(command)),
    manager: undefined,
  };

  /**
   * Takes the place of the page's array; `undefined` if another copy of the snippet already has. A page that starts its
   * array anew (`window.placet = [...]`, on each navigation of a single-page application) pushes to the same queue.
   */
  static install(): Queue | undefined {
    const before = window.placet;
    // An element with this id is a property of the window too.
    const isQueue = typeof (before as LiveQueue | undefined)?.push === 'function';
    if (isQueue && !Array.isArray(before)) return;
    const queue = new Queue();
    Object.defineProperty(window, 'placet', {
      configurable: true,
      get: () => queue.#live,
      set: (commands: unknown) => Array.isArray(commands) && queue.#live.push(...commands),
    });
    if (Array.isArray(before)) queue.#live.push(...before);
    return queue;
  }

  /** The visitor's state is known: the manager is there for listeners of the first events. */
  announce(manager: Manager): void {
    this.#live.manager = manager;
  }

  /** Calls those who waited for the manager; from now on they are called at once. */
  ready(manager: Manager): void {
    this.#isReady = true;
    for (const fn of this.#waiting.splice(0)) call(fn, manager);
  }

  /** Calls back when another language is set. */
  onLanguage(change: () => void): void {
    this.#changeLanguage = change;
  }

  /** Calls back for each `iframeBlock`, those before this call included. */
  onBlockFrames(block: BlockFrames): void {
    this.#blockFrames = block;
    for (const [selector, service] of this.#frames) block(selector, service);
  }

  #take(command: Command): void {
    const words: unknown[] = typeof command === 'function' ? ['ready', command] : Array.isArray(command) ? command : [];
    const [name, what, value] = words;
    if (name === 'ready' && typeof what === 'function') {
      const { manager } = this.#live;
      if (manager && this.#isReady) call(what as Ready, manager);
      else this.#waiting.push(what as Ready);
    } else if (name === 'set' && what === 'userId' && typeof value === 'string') {
      this.#setUserId(value);
    } else if (name === 'set' && what === 'lang' && typeof value === 'string') {
      this.settings.lang = value;
      this.#changeLanguage?.();
    } else if (name === 'iframeBlock' && isFrameBlock(what)) {
      if (this.#blockFrames) this.#blockFrames(what.selector, what.service);
      else this.#frames.push([what.selector, what.service]);
    } else {
      report('placet.push does not know this; see the README', command);
    }
  }

  #setUserId(id: string): void {
    if (id.includes('@')) {
      report('userId looks like an e-mail address and was not kept');
    } else {
      this.settings.userId = id;
    }
  }
}

function isFrameBlock(value: unknown): value is { selector: string; service: string } {
  const { selector, service } = (value ?? {}) as Record<string, unknown>;
  return typeof selector === 'string' && typeof service === 'string' && isSelector(selector);
}

function isSelector(text: string): boolean {
  try {
    document.querySelector(text);
    return true;
  } catch {
    return false;
  }
}
