/** The names that a page meets, each written once. Storage names are the protocol's: `protocol.ts`. */

/** Events on `window`. */
export const EVENT = {
  /** A service is granted; the slug follows. */
  granted: 'placet:consent:',
  /** A service is refused, or not yet asked for; the slug follows. */
  refused: 'placet:refused:',
  /** The stored choice has been read. */
  ready: 'placet:consents:ready',
  /** A choice was saved. */
  updated: 'placet:consents:updated',
  /** A choice that grants everything. */
  allAccepted: 'placet:consents:all_accepted',
  /** A choice that refuses something. */
  anyRefused: 'placet:consents:any_refused',
  shown: 'placet:banner:shown',
  hidden: 'placet:banner:hidden',
  error: 'placet:error',
} as const;

/** What marks an element that waits for a consent. */
export const MARK = {
  /** The service's slug. */
  service: 'data-consent',
  /** A purpose's label: waits for each of its services. */
  purpose: 'data-consent-purpose',
  /** The address to load on grant. */
  src: 'data-src',
  /** The `type` a script has on grant; none: a classic script. */
  type: 'data-type',
} as const;

/** An element that is marked up. */
export const MARKS = `:is([${MARK.service}],[${MARK.purpose}])`;

/** One of those that loads once it has an address: no links, which a visitor follows. */
export const LOADS = `:is(iframe,img,link,video,audio,source,track,object,embed)${MARKS}`;

/** The attributes that hold an address: with `data-consent-` before it, it is blocked; with `data-`, until the gate sees it. */
export const ADDRESSES = ['src', 'srcset', 'href', 'poster', 'data'] as const;

/** What stands before an address that is blocked: no browser and no lazy loader looks there. */
export const HELD = 'data-consent-';

/** On the copy of a script that loads. */
export const LIVE = 'data-placet-live';

/** The purposes' labels in the order of their numbers. */
export const PURPOSES = ['Necessary', 'Preference', 'Analytical', 'Marketing', 'Other'] as const;

/** The element that holds all that Placet shows. */
export const HOST_ID = 'placet';

/** Where in localStorage a tab tells the others of a choice: for a moment only. */
export const TOLD = 'placet-told';

/** The types of Google Consent Mode v2. */
export const CONSENT_TYPES = [
  'ad_storage',
  'ad_user_data',
  'ad_personalization',
  'analytics_storage',
  'functionality_storage',
  'personalization_storage',
  'security_storage',
] as const;
