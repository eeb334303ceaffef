/** `placet.manager`: what a page's code may ask and do. */
import type { Consents, ServiceConsent } from './consents.ts';
import type { Choice } from './cookie.ts';

/** What the manager has done for it, by the gate. */
export interface Actions {
  open(): void;
  close(): void;
  /** Grants all that may be asked for, keeps it and sends its proof. */
  acceptAll(): Promise<string | null>;
  /** Refuses all that can be refused, keeps it and sends its proof. */
  refuseAll(): Promise<string | null>;
  /** Keeps a choice and sends its proof. */
  save(choice: Choice): Promise<string | null>;
  /** Makes a choice hold on this page only. */
  apply(choice: Choice): void;
  /** Forgets the choice and asks again. */
  reset(): void;
}

/** The manager of a page whose state is known. */
export class Manager {
  /** The identifier of the visitor's proof: null as long as the server has none. */
  consentId: string | null;
  readonly #consents: Consents;
  readonly #actions: Actions;

  constructor(consents: Consents, actions: Actions, consentId: string | null) {
    this.#consents = consents;
    this.#actions = actions;
    this.consentId = consentId;
  }

  /** Opens the settings. */
  open(): void {
    this.#actions.open();
  }

  /** Closes the settings. */
  close(): void {
    this.#actions.close();
  }

  /** Whether the visitor has chosen. */
  hasConsented(): boolean {
    return this.#consents.decided;
  }

  /** Every service with its consent. */
  getAllConsents(): ServiceConsent[] {
    return this.#consents.list();
  }

  /** Whether every service of a purpose is granted. Throws a `RangeError` for a label that is no purpose. */
  getPurposeConsent(label: string): boolean {
    return this.#consents.purpose(label);
  }

  /** Sets each service of a purpose; `save()` keeps it. Throws a `TypeError` when what is necessary is refused. */
  setPurposeConsent(label: string, granted: boolean): void {
    this.#consents.setPurpose(label, granted);
  }

  /** Whether a service is granted. Throws a `RangeError` for a slug that the widget does not have. */
  getServiceConsent(slug: string): boolean {
    return this.#consents.service(slug);
  }

  /** Sets a service; `save()` keeps it. Throws a `TypeError` when what is necessary is refused. */
  setServiceConsent(slug: string, granted: boolean): void {
    this.#consents.setService(slug, granted);
  }

  /** Grants everything and saves; what a browser signal refuses stays refused (Global Privacy Control). */
  acceptAll(): Promise<string | null> {
    return this.#actions.acceptAll();
  }

  /** Refuses everything that can be refused and saves. */
  refuseAll(): Promise<string | null> {
    return this.#actions.refuseAll();
  }

  /** Keeps what was set and sends its proof; resolves with the `consentId`, or null while the server has none. */
  save(): Promise<string | null> {
    return this.#actions.save({ ...this.#consents.draft });
  }

  /** Applies what was set to this page, without keeping it. */
  dispatchEvent(): void {
    this.#actions.apply({ ...this.#consents.draft });
  }

  /** Forgets the choice and its receipt, and asks again. */
  reset(): void {
    this.#actions.reset();
  }
}
