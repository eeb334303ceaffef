/** Starts the gate of the page, once. */
import type { Manager } from '../../www/session/manager.ts';
import { CANNOT_SHOW } from '../../www/gate/report.ts';
import { own } from '../../www/gate/dom.ts';
import { Gate } from '../../www/gate/gate.ts';
import { EVENT } from '../../www/gate/names.ts';
import { installQueue } from '../../www/gate/queue.ts';
import type { Snippet } from '../../www/gate/snippet.ts';
import { setNonce } from '../instead/gate/nonce.ts';
import { identifier } from './local/identifier.ts';
import { LOCAL, told } from './told.ts';
import type { LocalOptions, ServerOptions, ServiceConsent } from './types.ts';

export type Options = ServerOptions | LocalOptions;

/** What the options say in the snippet's words. Throws a `TypeError` if something is missing. */
export function toSnippet(options: Options): Snippet {
  const lang = options.lang ?? null;
  // What is kept of another object is not read.
  if ('config' in options) return { server: LOCAL, key: identifier(JSON.stringify(options.config)), widget: '0', lang };
  const { server, key, widget } = options;
  for (const [name, value] of Object.entries({ server, key, widget })) {
    if (!value) throw new TypeError(`Placet: init lacks "${name}"; or tell it the whole widget as "config"`);
  }
  return { server: server.replace(/\/+$/, ''), key, widget: `${widget}`, lang };
}

/** Tells the modules that stand in for the snippet's what they need; what is told later goes before. */
export function tell(options: Options): void {
  if (options.wasmUrl) told.wasmUrl = options.wasmUrl;
  if (!('config' in options)) return;
  told.widget = options.config;
  if (options.onProof) told.onProof = options.onProof;
}

/** Starts the gate, unless a copy of it runs on this page already: then that one goes on. */
export function start(snippet: Snippet, { nonce, autoblock }: Options): void {
  const queue = installQueue();
  if (!queue) return;
  setNonce(nonce);
  addEventListener(EVENT.ready, (event) => (held = (event as CustomEvent<ServiceConsent[]>).detail), { once: true });
  new Gate(snippet, queue, {}, autoblock).start();
}

/** What held when the visitor's state became known; undefined if that was before `init`. */
export let held: ServiceConsent[] | undefined;

/**
 * When the visitor's state is known. Rejects with an `Error`, which the console has as well, if the widget cannot be
 * shown.
 */
export function ready(): Promise<Manager> {
  return new Promise((resolve, reject) => {
    const fail = (event: Event): void => {
      const { message } = (event as CustomEvent<{ message: string }>).detail;
      if (!message.startsWith(CANNOT_SHOW)) return;
      removeEventListener(EVENT.error, fail);
      reject(Error(`Placet: ${message}`));
    };
    addEventListener(EVENT.error, fail);
    push((manager) => {
      removeEventListener(EVENT.error, fail);
      resolve(manager);
    });
  });
}

/** The page's queue. */
export function push(...commands: Parameters<NonNullable<Window['placet']>['push']>): void {
  own('placet')?.push(...commands);
}
