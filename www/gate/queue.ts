/** `window.placet`: an array before the gate arrives, a live queue after it. `push` works both ways. */
import { own } from './dom.ts';
import type { Manager } from '../session/manager.ts';

export type Ready = (manager: Manager) => unknown;

/** What may be pushed. */
export type Command =
  | Ready
  | ['ready', Ready]
  | ['set', 'userId' | 'lang', string]
  | ['iframeBlock', { selector: string; service: string }]
  | ['link', string?];

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
  readonly live: LiveQueue;
  /** What the page's code has set. */
  readonly settings: Settings;
  /** Calls back for each command, those before this call included (`www/session/commands.ts`). */
  listen(take: (command: unknown) => void): void;
}

/**
 * Takes the place of the page's array; `undefined` if another copy of the snippet already has. A page that starts its
 * array anew (`window.placet = [...]`, on each navigation of a single-page application) pushes to the same queue.
 */
export function installQueue(): Queue | undefined {
  const before = own('placet');
  if (typeof before?.push === 'function' && !Array.isArray(before)) return;

  const settings: Settings = {};
  const waiting: unknown[] = [];
  let take = (command: unknown): void => void waiting.push(command);
  const live: LiveQueue = {
    push: (...commands) => {
      for (const command of commands) {
        // The banner is drawn in it.
        if (isLanguage(command)) settings.lang = command[2];
        take(command);
      }
    },
    manager: undefined,
  };
  Object.defineProperty(window, 'placet', {
    configurable: true,
    get: () => live,
    set: (commands: unknown) => Array.isArray(commands) && live.push(...commands),
  });
  if (Array.isArray(before)) live.push(...before);

  return {
    live,
    settings,
    listen(listener) {
      take = listener;
      waiting.forEach(listener);
    },
  };
}

/** Whether a command sets the language. */
export const isLanguage = (command: any): command is ['set', 'lang', string] =>
  command?.[0] === 'set' && command[1] === 'lang' && typeof command[2] === 'string';
