/**
 * Placet in React (18 or later).
 *
 * ```tsx
 * 'use client';
 * import { init } from 'placet';
 * import { createConsent } from 'placet/react';
 *
 * export const { ConsentBanner, ConsentGate, useConsent } = createConsent(() =>
 *   init({ server: 'https://consent.example.com', key: 'pk_shop', widget: 43 }),
 * );
 * ```
 *
 * @packageDocumentation
 */
'use client';

import { createElement, Fragment, type ReactElement, type ReactNode, useEffect, useSyncExternalStore } from 'react';
import { ConsentStore, type CurrentConsent, isGranted, type Start, type Wanted } from './store.ts';

export type { CurrentConsent, Start, Wanted } from './store.ts';

/** What a gate is given: what it waits for, and what is there before and after. */
export type ConsentGateProps<Slug extends string = string> = Wanted<Slug> & {
  /** What is rendered as long as it is not granted (nothing). */
  readonly fallback?: ReactNode;
  /** What is rendered, and so loaded, once it is granted, until it is taken back. */
  readonly children?: ReactNode;
};

/** The consent of a page for its React components. */
export interface ReactConsent<Slug extends string = string> {
  /**
   * Renders nothing itself: where it is mounted the visitor is asked. Put it where every page has it. A page with a gate,
   * or with a component that uses `useConsent`, asks as well.
   */
  readonly ConsentBanner: () => null;
  /** Renders its children once a service or a purpose is granted, and its fallback until then. */
  readonly ConsentGate: (props: ConsentGateProps<Slug>) => ReactElement;
  /** What holds, and the consent to act on; renders again when something changes. */
  readonly useConsent: () => CurrentConsent<Slug>;
}

/**
 * Makes the components and the hook of a widget, with the slugs of its services. Call it once, outside of components;
 * `start` is called when the first of them is mounted, so never on a server and never before hydration. Mounted twice, as
 * strict mode does, there is one banner and one proof.
 */
export function createConsent<Slug extends string>(start: Start<Slug>): ReactConsent<Slug> {
  const store = new ConsentStore(start);
  const unknown = (): CurrentConsent<Slug> => store.unknown;
  const useConsent = (): CurrentConsent<Slug> => useSyncExternalStore(store.subscribe, store.current, unknown);
  return {
    useConsent,
    ConsentBanner() {
      useEffect(() => void store.start(), []);
      return null;
    },
    ConsentGate({ fallback, children, ...wanted }) {
      return createElement(Fragment, null, isGranted(useConsent(), wanted) ? children : fallback);
    },
  };
}
