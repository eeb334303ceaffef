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
export interface Queue {
  /** What the page's code has set. */
  readonly settings: Settings;
  /** The visitor's state is known: the manager is there for listeners of the first events. */
  announce(manager: Manager): void;
  /** Calls those who waited for the manager; from now on they are called at once. */
  ready(manager: Manager): void;
  /** Calls back when another language is set. */
  onLanguage(change: () => void): void;
  /** Calls back for each `iframeBlock`, those before this call included. */
  onBlockFrames(block: BlockFrames): void;
}

/**
 * Takes the place of the page's array; `undefined` if another copy of the snippet already has. A page that starts its
 * array anew (`window.placet = [...]`, on each navigation of a single-page application) pushes to the same queue.
 */
export function installQueue(): Queue | undefined {
  const before = window.placet;
  // An element with this id is a property of the window too.
  const isQueue = typeof (before as LiveQueue | undefined)?.push === 'function';
  if (isQueue && !Array.isArray(before)) return;

  const settings: Settings = {};
  const waiting: Ready[] = [];
  const frames: Parameters<BlockFrames>[] = [];
  let blockFrames: BlockFrames = (...frame) => void frames.push(frame);
  let changeLanguage = (): void => {};
  let isReady = false;

  const take = (command: Command): void => {
    const words: unknown[] = typeof command === 'function' ? ['ready', command] : Array.isArray(command) ? command : [];
    const [name, what, value] = words;
    if (name === 'ready' && typeof what === 'function') {
      if (live.manager && isReady) call(what as Ready, live.manager);
      else waiting.push(what as Ready);
    } else if (name === 'set' && what === 'userId' && typeof value === 'string') {
      if (value.includes('@')) report('userId looks like an e-mail address and was not kept');
      else settings.userId = value;
    } else if (name === 'set' && what === 'lang' && typeof value === 'string') {
      settings.lang = value;
      changeLanguage();
    } else if (name === 'iframeBlock' && isFrameBlock(what)) {
      blockFrames(what.selector, what.service);
    } else {
      report('placet.push does not know this; see the README', command);
    }
  };

  const live: LiveQueue = { push: (...commands) => commands.forEach(take), manager: undefined };
  Object.defineProperty(window, 'placet', {
    configurable: true,
    get: () => live,
    set: (commands: unknown) => Array.isArray(commands) && live.push(...commands),
  });
  if (Array.isArray(before)) live.push(...before);

  return {
    settings,
    announce(manager) {
      live.manager = manager;
    },
    ready(manager) {
      isReady = true;
      for (const fn of waiting.splice(0)) call(fn, manager);
    },
    onLanguage(change) {
      changeLanguage = change;
    },
    onBlockFrames(block) {
      blockFrames = block;
      for (const frame of frames) block(...frame);
    },
  };
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
