/**
 * Placet in Svelte (3 or later): a store, which components read as `$consent`.
 *
 * ```svelte
 * <script>
 *   import { init } from 'placet';
 *   import { createConsent } from 'placet/svelte';
 *
 *   const consent = createConsent(() => init({ server: 'https://consent.example.com', key: 'pk_shop', widget: 43 }));
 * </script>
 *
 * {#if $consent.services.youtube}<Video />{/if}
 * <button onclick={() => $consent.consent.open()}>Cookies</button>
 * ```
 *
 * @packageDocumentation
 */
import { ConsentStore, type CurrentConsent, type Start } from './store.ts';

export type { CurrentConsent, Start } from './store.ts';

/** A readable store, by Svelte's contract. */
export interface SvelteConsent<Slug extends string = string> {
  /** Calls back with what holds, at once and whenever it is another; answers with what ends it. */
  readonly subscribe: (run: (current: CurrentConsent<Slug>) => void) => () => void;
}

/**
 * Makes the store of a widget, with the slugs of its services. Call it once; `start` is called when the first component
 * reads the store, in a browser only.
 */
export function createConsent<Slug extends string>(start: Start<Slug>): SvelteConsent<Slug> {
  const store = new ConsentStore(start);
  return {
    subscribe(run) {
      const end = store.subscribe(() => run(store.current()));
      run(store.current());
      return end;
    },
  };
}
