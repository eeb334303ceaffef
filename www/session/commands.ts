/** Carries out what the page's code pushes to `window.placet`. */
import { doc } from '../gate/dom.ts';
import { isLanguage, type Queue, type Ready } from '../gate/queue.ts';
import { call, report } from '../gate/report.ts';
import type { FrameRule } from './guard.ts';
import type { Manager } from './manager.ts';

/** What commands ask for. */
export interface Actions {
  /** Another language was set. */
  changeLanguage(): void;
  /** Has the frames that match a selector wait for a service. */
  blockFrames(rule: FrameRule): void;
  /** Has links to other sites of the widget hand the choice over. */
  decorateLinks(selector: string): void;
}

export class Commands {
  readonly #queue: Queue;
  readonly #actions: Actions;
  readonly #waiting: Ready[] = [];
  #isReady = false;

  constructor(queue: Queue, actions: Actions) {
    this.#queue = queue;
    this.#actions = actions;
    queue.listen((command) => this.#take(command));
  }

  /** Calls back once the visitor's state is known. */
  #whenReady(fn: Ready): void {
    const { manager } = this.#queue.live;
    if (manager && this.#isReady) call(fn, manager);
    else this.#waiting.push(fn);
  }

  /** The visitor's state is known: the manager is there for listeners of the first events. */
  announce(manager: Manager): void {
    this.#queue.live.manager = manager;
  }

  /** Calls those who waited for the manager; from now on they are called at once. */
  ready(manager: Manager): void {
    this.#isReady = true;
    for (const fn of this.#waiting.splice(0)) call(fn, manager);
  }

  #take(command: unknown): void {
    const words: unknown[] = typeof command === 'function' ? ['ready', command] : Array.isArray(command) ? command : [];
    const [name, what, value] = words;
    const { settings } = this.#queue;
    if (name === 'ready' && typeof what === 'function') this.#whenReady(what as Ready);
    else if (name === 'set' && what === 'userId' && typeof value === 'string') {
      if (value.includes('@')) report('userId looks like an e-mail address and was not kept');
      else settings.userId = value;
    } else if (isLanguage(words)) this.#actions.changeLanguage();
    else if (name === 'iframeBlock' && isFrameBlock(what)) this.#actions.blockFrames(what);
    else if (name === 'link' && isSelector((what ?? 'a') as string)) {
      this.#whenReady(() => this.#actions.decorateLinks((what ?? 'a') as string));
    } else report('placet.push does not know this; see the README', command);
  }
}

function isFrameBlock(value: unknown): value is FrameRule {
  const { selector, service } = (value ?? {}) as Record<string, unknown>;
  return typeof selector === 'string' && typeof service === 'string' && isSelector(selector);
}

function isSelector(text: string): boolean {
  try {
    doc.querySelector(text);
    return true;
  } catch {
    return false;
  }
}
