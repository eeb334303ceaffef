// Written from protocol/src by `npm run types`. Do not change it by hand.
export const RECEIPT = 'placet-consent-id';
export const CONFIG = 'placet-config';
export const OUTBOX = 'placet-outbox';
export const SESSION = 'placet-session';

/**
 * The banner of one version in one language, ready to be drawn, and by what to tell whether it has to be.
 */
export type FirstLayer = {
  /**
   * Which signals are sent and honoured, as [`crate::WidgetConfig::signals`].
   */
  signals: Signals;
  /**
   * Its elements. If the widget honours a signal of the visitor's browser, the sentence that says so is among them
   * (`part="signal"`), to be left out for a browser that sends none.
   */
  nodes: Node;
  /**
   * Where a choice is kept, as [`crate::WidgetConfig::cookie`].
   */
  cookie: CookieSettings;
  /**
   * Its style sheet; empty if the server was built without the SDK.
   */
  style: string;
  /**
   * The choice that refuses all that can be refused, as `{slug: boolean}`: with it a refusal is kept before the
   * configuration has come.
   */
  refusal: Record<string, boolean>;
  /**
   * The consent types that each service stands for, as [`crate::ServiceConfig::consent_mode`], of the services that
   * stand for any: with it third parties get the choice in the cookie before the configuration is read. Empty where
   * there are none.
   */
  consentTypes: Record<string, string[]>;
  /**
   * The latest version that asked for more, as [`crate::WidgetConfig::ask_key`].
   */
  askKey: string;
  /**
   * The published version, as [`crate::WidgetConfig::version_key`].
   */
  versionKey: string;
};

/**
 * The button that brings the settings back, ready to be drawn: part of the configuration, so that a page of somebody who
 * has chosen asks for nothing to show it.
 */
export type Trigger = {
  /**
   * The button.
   */
  nodes: Node;
  /**
   * Its style sheet; empty if the server was built without the SDK.
   */
  style: string;
};

/**
 * An element and all that is in it, as `["p", {"part": "text"}, "Some words ", ["a", {"href": "…"}, "a link"]]`.
 */
export type Node = [tag: string, attributes: Record<string, string>, ...children: (Node | string)[]];

/**
 * A published version of a widget, in the language the visitor reads.
 */
export type WidgetConfig = {
  /**
   * The widget's number, as in the snippet.
   */
  id: number;
  /**
   * The workspace that owns the widget.
   */
  workSpaceId: number;
  /**
   * The published version: a proof names it, and its texts and services never change.
   */
  versionKey: string;
  /**
   * The latest version that asked for more than the one before it. A choice made since then still stands;
   * an older one is asked for again. Equal to `version_key`, or older.
   */
  askKey: string;
  /**
   * The language of the texts (BCP 47).
   */
  lang: string;
  /**
   * Whether that language is written from right to left.
   */
  rtl?: boolean;
  /**
   * The texts of the banner and of the settings.
   */
  texts: Texts;
  /**
   * The address of the site's cookie policy, linked from the banner.
   */
  policyUrl?: string;
  /**
   * How the choice is kept.
   */
  cookie: CookieSettings;
  /**
   * The purposes that have services, in the order of their numbers.
   */
  purposes: Array<PurposeConfig>;
  /**
   * Which signals are sent and honoured.
   */
  signals: Signals;
  /**
   * How it looks.
   */
  appearance?: Appearance;
  /**
   * The button that brings the settings back, if the widget has one. The gate draws it; the core never reads it.
   */
  trigger?: Trigger;
  /**
   * Whether the page reloads once when something that was granted is refused.
   */
  reloadOnWithdrawal?: boolean;
  /**
   * The origins that a choice may be handed over to by links; none if the widget hands none over.
   */
  handOver?: Array<string>;
};

/**
 * The words of the banner and of the settings.
 */
export type Texts = {
  /**
   * The banner's heading.
   */
  title: string;
  /**
   * What the visitor is asked, in a sentence or two, with what is asked for.
   */
  text: string;
  /**
   * The button that grants everything.
   */
  acceptAll: string;
  /**
   * The button that refuses everything but what is necessary.
   */
  refuseAll: string;
  /**
   * The button that opens the settings.
   */
  settings: string;
  /**
   * The button that closes the banner and refuses everything, where the widget has one.
   */
  continueWithout: string;
  /**
   * The link to the site's cookie policy.
   */
  policy: string;
  /**
   * The heading of the settings.
   */
  settingsTitle: string;
  /**
   * What the settings are for.
   */
  settingsText: string;
  /**
   * The button that keeps the choice made in the settings.
   */
  save: string;
  /**
   * The button that closes the settings and changes nothing.
   */
  close: string;
  /**
   * Said of what is necessary, in the place of a switch.
   */
  alwaysOn: string;
  /**
   * The link to a service's privacy policy.
   */
  servicePolicy: string;
  /**
   * How many services a purpose has; `{count}` stands for the number. The forms of the language's plural beside it
   * are used where there is one (Unicode CLDR: plural rules).
   */
  services: string;
  /**
   * The same, for none.
   */
  servicesZero?: string;
  /**
   * The same, for one and what is like one.
   */
  servicesOne?: string;
  /**
   * The same, for two and what is like two.
   */
  servicesTwo?: string;
  /**
   * The same, for a few.
   */
  servicesFew?: string;
  /**
   * The same, for many.
   */
  servicesMany?: string;
  /**
   * The heading of a service's cookies.
   */
  cookies: string;
  /**
   * How long a cookie is kept that has no end of its own.
   */
  cookieSession: string;
  /**
   * When the visitor chose; `{date}` stands for the day.
   */
  chosenOn: string;
  /**
   * What the number of the visitor's proof is called.
   */
  proof: string;
  /**
   * The button that copies it.
   */
  copy: string;
  /**
   * What that button says once it has.
   */
  copied: string;
  /**
   * Why a frame is shut; `{name}` stands for who is in it.
   */
  frameText: string;
  /**
   * The button that opens one frame, this once.
   */
  frameOnce: string;
  /**
   * The button that allows a frame's services for good; `{name}` stands for who they are.
   */
  frameAlways: string;
  /**
   * That a signal of the visitor's browser was honoured (California: CCPA Regulations §7025(c)(6)).
   */
  signalHonoured: string;
};

/**
 * How the banner and the settings look. What is usual is left out.
 */
export type Appearance = {
  /**
   * The names of the banner's parts, by which the style sheets know its shape and where it stands: `box`, `bar`,
   * `cloud` or `inline`; then `top` or `middle`, `center` or `end`.
   */
  banner?: string;
  /**
   * The same for the settings: `panel`, if they stand at the side.
   */
  settings?: string;
  /**
   * Whether the banner can be closed, which refuses everything.
   */
  continueWithout?: boolean;
  /**
   * A style sheet for what is not Placet's usual look.
   */
  style?: string;
};

/**
 * How the choice is kept in the browser.
 */
export type CookieSettings = {
  /**
   * The cookie's name.
   */
  name: string;
  /**
   * How long a choice stands, in days: 1 to [`crate::MAX_CHOICE_DAYS`].
   */
  days: number;
  /**
   * The cookie's `Domain`, to share a choice among subdomains.
   */
  domain?: string;
};

/**
 * A purpose as the visitor sees it.
 */
export type PurposeConfig = {
  /**
   * Which purpose.
   */
  purpose: number;
  /**
   * Its name.
   */
  name: string;
  /**
   * What its services do, in a sentence.
   */
  text: string;
  /**
   * Its services: at least one.
   */
  services: Array<ServiceConfig>;
};

/**
 * A service as the visitor sees it.
 */
export type ServiceConfig = {
  /**
   * The service's identifier (UUID).
   */
  id: string;
  /**
   * The version of its description (UUID).
   */
  version: string;
  /**
   * Its short name, as in the page's markup: lower-case letters, digits, `-` and `_`.
   */
  slug: string;
  /**
   * Its name.
   */
  name: string;
  /**
   * What it does on this site.
   */
  description: string;
  /**
   * Whether it is granted before the visitor has decided in the settings (a pre-set switch, never a grant).
   */
  defaultConsent: boolean;
  /**
   * The privacy policy of whoever runs it.
   */
  privacyPolicyUrl?: string;
  /**
   * Its logo.
   */
  logoUrl?: string;
  /**
   * The cookies that it sets.
   */
  cookies: Array<DeclaredCookie>;
  /**
   * What it keeps in the browser besides.
   */
  storage?: Array<DeclaredStorage>;
  /**
   * The hosts that it loads from.
   */
  domains?: Array<string>;
  /**
   * The Google Consent Mode types that it stands for.
   */
  consentMode: Array<string>;
};

/**
 * A cookie that a service sets.
 */
export type DeclaredCookie = {
  /**
   * Its name, each `*` in it for any characters: `_ga*`, `mp_*_mixpanel`.
   */
  name: string;
  /**
   * How long it is kept, in days; 0: until the browser is closed.
   */
  days: number;
};

/**
 * Something that a service keeps in the browser and that is no cookie.
 */
export type DeclaredStorage = {
  /**
   * Where it is kept, by the name that browsers have for it: `localStorage`, `sessionStorage`, `IndexedDB` or
   * `CacheStorage`.
   */
  kind: 'localStorage' | 'sessionStorage' | 'IndexedDB' | 'CacheStorage';
  /**
   * Its key, the database's name or the cache's, each `*` in it for any characters.
   */
  key: string;
};

/**
 * What other parties are told of the choice, and which signals of the visitor's browser are honoured.
 */
export type Signals = {
  /**
   * Whether Google Consent Mode v2 is told.
   */
  consentMode?: boolean;
  /**
   * Where Google's default is "denied": regions (ISO 3166-2); everywhere if there are none.
   */
  regions?: Array<string>;
  /**
   * Whether Microsoft Advertising (UET) is told.
   */
  uet?: boolean;
  /**
   * Whether Microsoft Clarity is told.
   */
  clarity?: boolean;
  /**
   * Whether Global Privacy Control refuses what is Analytical or Marketing.
   */
  gpc?: boolean;
  /**
   * Whether Do Not Track does the same.
   */
  dnt?: boolean;
  /**
   * The name of the page's data layer, if it is not `dataLayer`.
   */
  dataLayer?: string;
};

/**
 * The body of `POST /v1/widgets/{id}/consents`.
 */
export type ConsentRequest = {
  /**
   * The visit in which the visitor decided (UUID).
   */
  sessionId: string;
  /**
   * What happened.
   */
  type: number;
  /**
   * The proof that this one follows, if the visitor decided before (UUID).
   */
  consentId?: string;
  /**
   * The site's own opaque name for the visitor; never an e-mail address.
   */
  userId?: string;
  /**
   * Names the request: sent again with the same key it is stored once and answered alike (an `Idempotency-Key`
   * header does the same). Keys that begin with the time (UUID v7) cost the database least.
   */
  idempotencyKey?: string;
  /**
   * What was decided.
   */
  consents: Consents<CookieConsent>;
};

/**
 * What was shown and what was decided.
 */
export type Consents<C> = {
  /**
   * The language of the texts that were shown (BCP 47).
   */
  lang: string;
  /**
   * The version of the widget that was shown (UUID), if the client knows it.
   */
  versionKey?: string | null;
  /**
   * One entry for every service of the widget, granted or not.
   */
  cookieConsents: Array<C>;
};

/**
 * The decision on one service, as the browser sends it.
 */
export type CookieConsent = {
  /**
   * The service (UUID).
   */
  id: string;
  /**
   * Its name.
   */
  name: string;
  /**
   * Its short name.
   */
  slug: string;
  /**
   * Granted or refused.
   */
  consent: boolean;
  /**
   * The version of the service's description (UUID).
   */
  version: string;
  /**
   * When it was decided (ISO 8601).
   */
  date: string;
  /**
   * What the service is for.
   */
  purpose: number;
};

/**
 * The body of `POST /v1/widgets/{id}/answers`.
 */
export type AnswerRequest = {
  /**
   * The visit in which the visitor answered (UUID).
   */
  sessionId: string;
  /**
   * What they answered.
   */
  answer: Answer;
  /**
   * Whether their browser refuses for them, by a signal that the widget honours.
   */
  signalled?: boolean;
  /**
   * The language of the texts that were shown (BCP 47): [`crate::WidgetConfig::lang`].
   */
  lang: string;
  /**
   * The version of the widget that was shown (UUID): [`crate::WidgetConfig::version_key`].
   */
  versionKey: string;
  /**
   * The proof that this one follows, if the visitor decided before (UUID).
   */
  consentId?: string;
  /**
   * The site's own opaque name for the visitor; never an e-mail address.
   */
  userId?: string;
  /**
   * Whether the page came over https: its cookie is then for https only.
   */
  secure: boolean;
  /**
   * Names the request: sent again with the same key it is stored once and answered alike (an `Idempotency-Key`
   * header does the same). Keys that begin with the time (UUID v7) cost the database least.
   */
  idempotencyKey?: string;
};

/**
 * An answer that needs no switches.
 */
export type Answer = 'acceptAll' | 'refuseAll';

/**
 * What follows from an [`AnswerRequest`] whose proof is stored: all that the core would have done in the browser.
 */
export type AnswerOutcome = {
  /**
   * The identifier of the proof, kept by the browser: in a dispute it is what one searches for.
   */
  consentId: string;
  /**
   * When the choice, and with it the receipt, ends (ISO 8601, UTC).
   */
  expiresAt: string;
  /**
   * What is to be assigned to `document.cookie`.
   */
  cookie: string;
  /**
   * Whether each service is granted, by its slug.
   */
  choice: Record<string, boolean>;
};

/**
 * The body of `POST /v1/widgets/{id}/hand-overs`: asks for a token for a link.
 */
export type HandOverRequest = {
  /**
   * The proof of the choice that is handed over (UUID): what the browser keeps.
   */
  consentId: string;
  /**
   * The origin that the link leads to, which the widget's file allows.
   */
  to: string;
};

/**
 * What a link carries.
 */
export type HandOverAnswer = {
  /**
   * The token, hexadecimal digits: good once, for two minutes, on pages of that origin.
   */
  token: string;
};

/**
 * The body of `POST /v1/widgets/{id}/hand-overs/redeem`: takes a choice over.
 */
export type RedeemRequest = {
  /**
   * The token that the page's address carries.
   */
  token: string;
  /**
   * The visit in which the visitor came (UUID).
   */
  sessionId: string;
  /**
   * Whether the browser sends Global Privacy Control.
   */
  gpc: boolean;
  /**
   * Whether the browser sends Do Not Track.
   */
  dnt: boolean;
  /**
   * Whether the page came over https: its cookie is then for https only.
   */
  secure: boolean;
};
