/** `placet.manager`: what a page's code may ask and do. */
import type { Consents, ServiceConsent } from './consents.ts';

/** What the gate does itself. */
export interface Actions {
  /** Opens the settings. */
  open(): void;
  /** Closes the settings. */
  close(): void;
  /** Grants everything and saves; what a browser signal refuses stays refused (Global Privacy Control). */
  acceptAll(): Promise<string | null>;
  /** Refuses everything that can be refused and saves. */
  refuseAll(): Promise<string | null>;
  /** Forgets the choice and its receipt, and asks again. */
  reset(): void;
  /** Follows the marks inside a closed shadow root, or another document of the page: that of a frame of the same origin. */
  scan(root: Document | ShadowRoot): void;
  /** Keeps what was set and sends its proof; resolves with the `consentId`, or null while the server has none. */
  save(): Promise<string | null>;
  /** Applies what was set to this page, without keeping it. */
  dispatchEvent(): void;
}

/** The manager of a page whose state is known. */
export interface Manager extends Actions {
  /** The identifier of the visitor's proof: null as long as the server has none. */
  readonly consentId: string | null;
  /** Whether the visitor has chosen. */
  hasConsented(): boolean;
  /** Every service with its consent. */
  getAllConsents(): ServiceConsent[];
  /** Whether every service of a purpose is granted. Throws a `RangeError` for a label that is no purpose. */
  getPurposeConsent(label: string): boolean;
  /** Sets each service of a purpose; `save()` keeps it. Throws a `TypeError` when what is necessary is refused. */
  setPurposeConsent(label: string, granted: boolean): void;
  /** Whether a service is granted. Throws a `RangeError` for a slug that the widget does not have. */
  getServiceConsent(slug: string): boolean;
  /** Sets a service; `save()` keeps it. Throws a `TypeError` when what is necessary is refused. */
  setServiceConsent(slug: string, granted: boolean): void;
}

/** The manager of a page; `consentId` tells the identifier of the visitor's proof. */
export function makeManager(consents: Consents, consentId: () => string | null, actions: Actions): Manager {
  return {
    ...actions,
    get consentId() {
      return consentId();
    },
    hasConsented: () => consents.decided,
    getAllConsents: () => consents.list(),
    getPurposeConsent: (label) => consents.purpose(label),
    setPurposeConsent: (label, granted) => consents.setPurpose(label, granted),
    getServiceConsent: (slug) => consents.service(slug),
    setServiceConsent: (slug, granted) => consents.setService(slug, granted),
  };
}
