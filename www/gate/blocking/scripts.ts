/**
 * Runs the scripts that were granted: each once, one after the other in document order. Work is done in slices, so that
 * the page can answer between them.
 */
import { doc } from '../dom.ts';
import { yieldToMain } from '../moments.ts';
import { hasPageNonce } from '../nonce.ts';
import { loadReadiness } from '../parts.ts';
import { report } from '../report.ts';
import { hydrated } from './hydration.ts';
import { isDue, mayAwaitPage, runScript } from './script.ts';

/** How long the page's thread is held at a time, in milliseconds. */
const SLICE = 8;

export class Scripts {
  readonly #server: string;
  readonly #permits: (script: Element) => boolean;
  readonly #scripts: HTMLScriptElement[] = [];
  /** Scripts that have run or are about to, and copies of one that has: a page may put them back. */
  readonly #ran = new WeakSet<Element>();
  /** The last script that ran with this markup. */
  readonly #last = new Map<string, Element>();
  #isRunning = false;

  /** `permits` says whether a script is granted. */
  constructor(server: string, permits: (script: Element) => boolean) {
    this.#server = server;
    this.#permits = permits;
  }

  /**
   * Notes an element that has come into the page. A script may be a copy of one that has run: of one that is still in the
   * page, or, in the head, of any, as a router makes the head anew on each page. What the parser puts in is as the page's
   * author has written it.
   */
  meet(element: Element): void {
    const last = this.#last.size && doc.readyState !== 'loading' && this.#last.get(markup(element));
    if (last && last !== element && (last.isConnected || element.closest('head'))) this.#ran.add(element);
  }

  /** Runs a script when its turn comes; answers whether nothing further is to be done about it. */
  unblock(script: HTMLScriptElement): boolean {
    if (script.type !== 'text/plain' || this.#ran.has(script)) return true;
    if (!isDue(script)) return false;
    this.#ran.add(script);
    this.#scripts.push(script);
    void this.#run();
    return true;
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    // The others of this moment come first: what they wait for is fetched once.
    await hydrated();
    let readiness: typeof import('../../readiness/index.ts') | undefined;
    let since = performance.now();
    for (let script; (script = this.#scripts.shift());) {
      if (performance.now() - since > SLICE) {
        await yieldToMain();
        since = performance.now();
      }
      if (!readiness && mayAwaitPage(script)) {
        readiness = await loadReadiness(this.#server).catch(() => undefined);
      }
      // Withdrawn meanwhile, it may be granted again.
      if (!script.isConnected || !this.#permits(script)) this.#ran.delete(script);
      else {
        this.#last.set(markup(script), script);
        await this.#runSafely(script, (copy) => readiness?.watch(copy));
      }
    }
    this.#isRunning = false;
    readiness?.callLate();
  }

  async #runSafely(script: HTMLScriptElement, prepare: (copy: HTMLScriptElement) => void): Promise<void> {
    if (!hasPageNonce(script)) {
      return report("a script was not unblocked: give it the snippet's nonce");
    }
    try {
      await runScript(script, prepare);
    } catch (error) {
      report(`a script was not unblocked: ${(error as Error).message}`);
    }
  }
}

/** A script as it was written: Astro's router marks those that it has seen. */
const markup = ({ outerHTML }: Element): string => outerHTML.replace(' data-astro-exec=""', '');
