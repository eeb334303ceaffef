/** What `placet` is told, and what it tells. */
import type { CONSENT_TYPES, PURPOSES } from '../../www/gate/names.ts';
import type {
  ConsentRequest,
  CookieSettings,
  DeclaredCookie,
  DeclaredStorage,
  ServiceConfig,
  Signals,
  Texts,
} from '../../www/gate/protocol.ts';

export type { Texts };

/** What a service is for. `Necessary` is never asked for and cannot be refused. */
export type Purpose = (typeof PURPOSES)[number];

/** The consent types of Google Consent Mode v2. */
export type ConsentType = (typeof CONSENT_TYPES)[number];

/** One text for every language of the widget, or one for each: `{ en: '…', fr: '…' }`. */
export type Localized = string | Readonly<Record<string, string>>;

/** Something on the site that keeps something on the visitor's device, or sends something about them elsewhere. */
export interface Service extends Partial<Pick<ServiceConfig, 'privacyPolicyUrl' | 'logoUrl'>> {
  /**
   * Its short name, by which your code, the page's markup (`data-consent="youtube"`) and the cookie know it: lower-case
   * letters, digits, `-` and `_`, at most 40.
   */
  readonly slug: string;
  /** Its name, as the visitor sees it. */
  readonly name: string;
  /** What it is for. */
  readonly purpose: Purpose;
  /** What it does on this site. */
  readonly description: Localized;
  /** Its identifier in proofs (UUID). Left out, it follows from the slug. */
  readonly id?: string;
  /**
   * The version of its description (UUID): a new one is asked for again. Left out, it follows from what the service says
   * of itself; write it to correct a typing error without asking every visitor again.
   */
  readonly version?: string;
  /**
   * Whether its switch is on before the visitor has decided. It never grants anything, and a switch that is set
   * beforehand is no valid consent in the European Union (CJEU, C-673/17, Planet49): leave it out there.
   */
  readonly defaultConsent?: boolean;
  /** The cookies that it sets, which are removed when the visitor takes the consent back. */
  readonly cookies?: readonly Readonly<DeclaredCookie>[];
  /** What it keeps in the browser besides, which is removed as well. */
  readonly storage?: readonly Readonly<DeclaredStorage>[];
  /**
   * The hosts that it loads from, as `js.driftt.com`; `*.example.com` for every host below a domain. Automatic blocking
   * goes by them.
   */
  readonly domains?: readonly string[];
  /** The Google Consent Mode types that it stands for. */
  readonly consentMode?: readonly ConsentType[];
}

/** The colours of a light or of a dark page, each as `#1d2433` or `#fff`. */
export interface Colours {
  /** Behind everything. */
  readonly background: string;
  /** Headings, names and links. */
  readonly text: string;
  /** Explanations. */
  readonly muted: string;
  /** Lines between things. */
  readonly line: string;
  /** *Accept all* and *Refuse all*, and a switch that is on. */
  readonly accent: string;
  /** The words on it. */
  readonly accentText: string;
  /** A switch that is off. */
  readonly switchOff: string;
}

/**
 * How the banner and the settings look. The site's own style sheet may change any of it: every colour and measure is a
 * custom property (`#placet { --placet-accent: #06c }`), every element a part (`#placet::part(title)`).
 */
export interface Appearance {
  /**
   * The banner's shape (`box`): a box, a bar along an edge, a cloud in the middle of the page, or inline, in the page's
   * own element with the attribute `data-placet-inline`. On phones each but the last is a sheet at the bottom.
   */
  readonly layout?: 'box' | 'bar' | 'cloud' | 'inline';
  /**
   * Where a box stands (`bottom-start`), or a bar (`bottom` or `top`); the others have their place. `start` is the left
   * side where people read from left to right.
   */
  readonly position?:
    'top-start' | 'top' | 'top-end' | 'start' | 'end' | 'bottom-start' | 'bottom' | 'bottom-end' | undefined;
  /** Whether the settings are a dialog in the middle (`dialog`) or a panel at the side. */
  readonly settings?: 'dialog' | 'panel';
  /**
   * Where the round button stands that brings the settings back (`bottom-start`). With `none` the site must offer another
   * way to take a consent back, on every page (GDPR, Article 7(3)).
   */
  readonly trigger?: 'bottom-start' | 'bottom-end' | 'none';
  /** Whether the banner can be closed by *Continue without accepting*, which refuses everything (no). */
  readonly continueWithout?: boolean;
  /** Whether the colours follow the visitor's device (`auto`), or are always light or dark. */
  readonly theme?: 'auto' | 'light' | 'dark';
  /** The colours to start from (`ink`). */
  readonly preset?: 'ink' | 'ocean' | 'forest' | 'plum' | 'sand' | 'contrast';
  /** Your own colours on a light page; what you leave out is the preset's. */
  readonly light?: Partial<Colours>;
  /** Your own colours on a dark page; what you leave out is the preset's. */
  readonly dark?: Partial<Colours>;
  /** The radius of the banner's and the settings' corners, in pixels (16). */
  readonly radius?: number;
  /** The radius of the buttons' corners, in pixels (10). */
  readonly buttonRadius?: number;
  /** The distance from the window's edges, in pixels (20); what is inside the settings follows it. */
  readonly space?: number;
  /** The size of the letters, in pixels (16). */
  readonly fontSize?: number;
  /** The font, as in a style sheet: `Inter, sans-serif` (the device's own). */
  readonly font?: string;
  /** The shadow (`soft`). */
  readonly shadow?: 'none' | 'soft' | 'deep';
}

/** Your own words for a purpose in one language. */
export interface PurposeWords {
  /** Its name. */
  readonly name?: string;
  /** What its services do, in a sentence. */
  readonly text?: string;
}

/**
 * The whole widget, where there is no server: what it asks for, in which words, and how it looks. Only `services` must be
 * told.
 */
export interface Widget {
  /** Everything on the site that keeps or sends something: at least one. */
  readonly services: readonly [Service, ...Service[]];
  /**
   * The languages of the widget (`['en']`), as `en` or `fr-CA`; visitors who read none of them get the first. Placet
   * brings its own words in the official languages of the European Union and in Norwegian, Icelandic, Ukrainian,
   * Turkish, Arabic, Hebrew, Chinese, Japanese and Korean, and fetches those of one language; for any other write every
   * text.
   */
  readonly languages?: readonly [string, ...string[]];
  /** Your own words for the banner and the settings, by language. `{purposes}` stands for what is asked for. */
  readonly texts?: Readonly<Record<string, Partial<Texts>>>;
  /** Your own words for the purposes, by language. */
  readonly purposes?: Readonly<Partial<Record<Purpose, Readonly<Record<string, PurposeWords>>>>>;
  /** The address of your cookie policy, linked from the banner. */
  readonly policyUrl?: Localized;
  /** How the choice is kept: `euconsent`, for 180 days, on this host. More than 180 days are not allowed. */
  readonly cookie?: Partial<CookieSettings>;
  /** How it looks. */
  readonly appearance?: Appearance;
  /** What other parties are told of the choice, and which signals of the visitor's browser are honoured (none). */
  readonly signals?: Partial<Signals>;
  /** Whether the page reloads once when the visitor takes a consent back: what has run cannot be stopped otherwise. */
  readonly reloadOnWithdrawal?: boolean;
  /**
   * Names what is asked for: visitors who have chosen are asked again when it changes, or when there is a service that
   * they were not asked for. Left out, they are asked again whenever a service says something else of itself, or goes.
   */
  readonly revision?: string;
}

/** A widget's services, by their slugs. */
export type SlugOf<W extends Widget> = W['services'][number]['slug'];

/** What a visitor has decided, with a decision on every service of the widget. */
export type Proof = ConsentRequest & {
  /** Names the proof (UUID): one that is handed over again has the same. */
  idempotencyKey: string;
};

/**
 * Takes a proof, to keep it where you keep such things. It may answer with the identifier (UUID) that the visitor's
 * browser is to keep; otherwise that is the proof's own `idempotencyKey`.
 *
 * If it throws or rejects, the proof waits in the visitor's browser, and it is called again after longer and longer times,
 * on later pages too, until it takes the proof or the choice has ended. So it may be given a proof twice.
 */
export type ProofCallback = (proof: Proof) => string | void | Promise<string | void>;

/** Lets go of what automatic blocking holds for the services that are granted. */
export type Release = (permits: (slug: string) => boolean) => void;

/** What may be told with a widget of a server and with one of an object. */
export interface CommonOptions {
  /** The language (BCP 47). Left out, the page's (`<html lang>`), else the browser's. */
  readonly lang?: string;
  /** Your own opaque name for the visitor, sent with the proof; never an e-mail address, which is not kept. */
  readonly userId?: string;
  /**
   * Where the WebAssembly is. Left out, it is where the bundler has put it, or comes inside a module where the bundler has
   * left it behind.
   */
  readonly wasmUrl?: string | URL;
  /**
   * The nonce of the page's content security policy, which marked-up scripts must have to be opened. Left out, that of
   * the classic script that the module was bundled into. A module cannot read its own: where the page uses nonces and none
   * is given, no marked-up script is opened, as markup that was smuggled into the page may have one, too.
   */
  readonly nonce?: string;
  /** What holds requests until their service is granted, as `autoblock` (of `placet/autoblock`) answers it. */
  readonly autoblock?: Release;
}

/** A widget that a Placet server publishes. */
export interface ServerOptions extends CommonOptions {
  /** The server's address, as `https://consent.example.com`. */
  readonly server: string;
  /** A public key of the widget. */
  readonly key: string;
  /** The widget's number. */
  readonly widget: number | string;
}

/** A widget without a server. */
export interface LocalOptions<W extends Widget = Widget> extends CommonOptions {
  /** The widget. */
  readonly config: W;
  /** Takes the proofs. Without it nobody can show later what was decided: only the visitor's browser knows it. */
  readonly onProof?: ProofCallback;
}

/** What holds for the visitor. One that is told stays as it is; when something changes there is another. */
export interface ConsentState<Slug extends string = string> {
  /** Whether the visitor has chosen, and the choice stands. */
  readonly decided: boolean;
  /** Whether each service is granted on this page; one that is missing is not. */
  readonly services: Readonly<Partial<Record<Slug, boolean>>>;
  /** Whether every service of a purpose is granted; a purpose without services is not. */
  readonly purposes: Readonly<Record<Purpose, boolean>>;
}

/** A service of the widget, and what the visitor has decided on it. */
export interface ServiceConsent<Slug extends string = string> {
  /** Its identifier in proofs (UUID). */
  readonly id: string;
  /** Its name. */
  readonly name: string;
  /** Its short name. */
  readonly slug: Slug;
  /** What it is for: 0 `Necessary`, 1 `Preference`, 2 `Analytical`, 3 `Marketing`, 4 `Other`. */
  readonly purpose: number;
  /** Whether it is granted, or was set so and not yet saved. */
  readonly consent: boolean;
  /** Whether its switch is on before the visitor has decided. */
  readonly defaultConsent: boolean;
  /** Whether it is necessary, and so cannot be refused. */
  readonly requiredConsent: boolean;
  /** What it does on this site. */
  readonly description: string;
  /** The address of its logo. */
  readonly logoUrl: string | null;
  /** The address of the privacy policy of whoever runs it. */
  readonly privacyPolicyUrl: string | null;
}

/** What can be listened to, and what is told. */
export type Events<Slug extends string = string> = {
  /** A choice was saved, here or in another tab: every service with its consent. */
  updated: ServiceConsent<Slug>[];
  /** After `updated`: the choice grants everything. */
  allAccepted: ServiceConsent<Slug>[];
  /** After `updated`: the choice refuses something. */
  anyRefused: ServiceConsent<Slug>[];
  /** The banner is there. */
  shown: undefined;
  /** The banner has gone. */
  hidden: undefined;
  /** Something went wrong; a sentence says what, and what to do. The console has it, too. */
  error: { readonly message: string };
} & {
  /** The service is granted. A listener is told at once if it is so already. */
  [E in `granted:${Slug}`]: ServiceConsent<Slug>;
} & {
  /** The service is refused, or not yet asked for. A listener is told at once if it is so already. */
  [E in `refused:${Slug}`]: ServiceConsent<Slug>;
};

/** How to listen. */
export interface ListenOptions {
  /** Ends it when it is aborted. */
  readonly signal?: AbortSignal;
  /** Ends it after the first call. */
  readonly once?: boolean;
}

/** The visitor's consent on this page. */
export interface Consent<Slug extends string = string> {
  /** What holds: the same object until something changes. Prepared choices are no part of it. */
  readonly state: ConsentState<Slug>;
  /** The identifier of the visitor's proof (UUID), or null as long as nobody has taken one. */
  readonly consentId: string | null;

  /** Opens the settings. */
  open(): void;
  /** Closes the settings. */
  close(): void;

  /** Whether the visitor has chosen. */
  hasConsented(): boolean;
  /** Every service with what holds for it, or was set and not yet saved. */
  getAllConsents(): ServiceConsent<Slug>[];
  /**
   * Whether a service is granted, or was set so and not yet saved.
   * @throws {RangeError} The widget has no such service.
   */
  getServiceConsent(slug: Slug): boolean;
  /**
   * Whether every service of a purpose is granted, or was set so and not yet saved.
   * @throws {RangeError} There is no such purpose.
   */
  getPurposeConsent(purpose: Purpose): boolean;
  /**
   * Prepares a choice on a service; `save()` keeps it.
   * @throws {RangeError} The widget has no such service.
   * @throws {TypeError} It is necessary and cannot be refused.
   */
  setServiceConsent(slug: Slug, granted: boolean): void;
  /**
   * Prepares a choice on each service of a purpose; `save()` keeps it.
   * @throws {RangeError} There is no such purpose.
   * @throws {TypeError} It is necessary and cannot be refused.
   */
  setPurposeConsent(purpose: Purpose, granted: boolean): void;

  /** Keeps what was prepared and sends its proof; resolves with the `consentId`, or null as long as nobody has taken it. */
  save(): Promise<string | null>;
  /** Grants everything and saves; what a signal of the browser refuses stays refused (Global Privacy Control). */
  acceptAll(): Promise<string | null>;
  /** Refuses everything that can be refused, and saves. */
  refuseAll(): Promise<string | null>;
  /** Applies what was prepared to this page, without keeping it. */
  dispatchEvent(): void;
  /** Forgets the choice and its receipt, and asks again. */
  reset(): void;

  /** Goes on in another language (BCP 47). */
  setLanguage(lang: string): void;
  /** Sets your own opaque name for the visitor, sent with the proofs that follow; never an e-mail address. */
  setUserId(id: string): void;
  /** Has the frames that match a selector wait for a service, now and later, though they are not marked up. */
  blockFrames(selector: string, slug: Slug): void;
  /** Follows the marks inside a closed shadow root, or in the document of a frame of the same origin. */
  scan(root: Document | ShadowRoot): void;

  /**
   * Calls back for each event of a kind; answers with what ends it.
   * @throws {RangeError} There is no such event.
   */
  on<E extends keyof Events<Slug>>(
    event: E,
    listener: (detail: Events<Slug>[E]) => void,
    options?: ListenOptions,
  ): () => void;
  /** Calls back whenever `state` is another; answers with what ends it. */
  subscribe(listener: () => void): () => void;
  /** The state, and each one that follows it: `for await (const state of consent) …`. */
  [Symbol.asyncIterator](): AsyncIterableIterator<ConsentState<Slug>>;
}
