/** What holds on this page: the widget, the choice that is applied, and the one being prepared by the page's code. */
import type { Choice } from '../gate/cookie.ts';
import { PURPOSES } from '../gate/names.ts';
import type { PurposeConfig, ServiceConfig, WidgetConfig } from '../gate/protocol.ts';

export type PurposeLabel = (typeof PURPOSES)[number];

/** A service and what holds for it, as `getAllConsents()` and the events tell it. */
export interface ServiceConsent {
  id: string;
  name: string;
  slug: string;
  purpose: number;
  consent: boolean;
  defaultConsent: boolean;
  requiredConsent: boolean;
  description: string;
  logoUrl: string | null;
  privacyPolicyUrl: string | null;
}

/** The one owner of the page's consents. */
export class Consents {
  /** What the page runs by. */
  applied: Choice;
  /** What the page's code has set and not yet saved. */
  draft: Choice;
  /** Whether the visitor has chosen. */
  decided: boolean;

  /**
   * `choice` is what the visitor chose, now or before the widget asked for more: without it only what is necessary is
   * granted.
   */
  constructor(
    public config: WidgetConfig,
    choice: Choice | undefined,
    decided: boolean,
  ) {
    this.decided = decided;
    this.applied = choice ?? this.all(false);
    this.draft = { ...this.applied };
  }

  /** The choice that grants or refuses all that can be refused. */
  all(granted: boolean): Choice {
    const entries = this.config.purposes.flatMap(({ purpose, services }) =>
      services.map(({ slug }) => [slug, granted || purpose === 0] as const),
    );
    return Object.fromEntries(entries);
  }

  /** An answer for each service of the widget and for no other; what is necessary is granted, silence is refusal. */
  complete(choice: Choice): Choice {
    const none = this.all(false);
    return Object.fromEntries(
      Object.keys(none).map((slug) => [slug, none[slug] || (Object.hasOwn(choice, slug) && choice[slug] === true)]),
    );
  }

  /** Every service of the widget. */
  services(): ServiceConfig[] {
    return this.config.purposes.flatMap(({ services }) => services);
  }

  /** Each service with what the draft says of it. */
  list(): ServiceConsent[] {
    return this.config.purposes.flatMap((group) => group.services.map((service) => this.#item(group, service)));
  }

  /** Whether a service is granted on this page. */
  grants(slug: string): boolean {
    return Object.hasOwn(this.applied, slug) && this.applied[slug] === true;
  }

  /** Whether every service of a purpose is granted on this page; a purpose without services is not. */
  grantsPurpose(label: string): boolean {
    return this.#isWhole(label, this.applied);
  }

  /** Makes a choice hold; answers with the slugs whose answer changed. */
  apply(choice: Choice): string[] {
    const next = this.complete(choice);
    const changed = Object.keys(next).filter((slug) => next[slug] !== this.applied[slug]);
    this.applied = next;
    this.draft = { ...next };
    return changed;
  }

  /** What the draft says of a service. */
  service(slug: string): boolean {
    if (!Object.hasOwn(this.draft, slug)) {
      throw new RangeError(`Placet: no service "${slug}"; the widget has ${Object.keys(this.draft).join(', ')}`);
    }
    return this.draft[slug] as boolean;
  }

  /** What the draft says of a purpose: granted when each of its services is. */
  purpose(label: string): boolean {
    return this.#isWhole(known(label), this.draft);
  }

  setService(slug: string, granted: boolean): void {
    this.service(slug);
    this.#set([slug], granted);
  }

  setPurpose(label: string, granted: boolean): void {
    this.#set(this.#slugs(known(label)), granted);
  }

  #set(slugs: string[], granted: boolean): void {
    if (typeof granted !== 'boolean') throw new TypeError('Placet: a consent is true or false');
    const necessary = this.all(false);
    if (!granted && slugs.some((slug) => necessary[slug])) {
      throw new TypeError('Placet: a necessary service cannot be refused');
    }
    for (const slug of slugs) this.draft[slug] = granted;
  }

  /** Whether a choice grants each service of a purpose, and there is one. */
  #isWhole(label: string, choice: Choice): boolean {
    const slugs = this.#slugs(label);
    return slugs.length > 0 && slugs.every((slug) => choice[slug]);
  }

  /** The services of a purpose. */
  #slugs(label: string): string[] {
    const group = this.config.purposes.find(({ purpose }) => PURPOSES[purpose] === label);
    return group?.services.map(({ slug }) => slug) ?? [];
  }

  #item({ purpose }: PurposeConfig, service: ServiceConfig): ServiceConsent {
    const { id, name, slug, description } = service;
    return {
      id,
      name,
      slug,
      purpose,
      consent: this.draft[slug] as boolean,
      defaultConsent: service.defaultConsent,
      requiredConsent: purpose === 0,
      description,
      logoUrl: service.logoUrl ?? null,
      privacyPolicyUrl: service.privacyPolicyUrl ?? null,
    };
  }
}

/** A purpose's label; throws a `RangeError` if it is none. */
function known(label: string): string {
  if (PURPOSES.includes(label as PurposeLabel)) return label;
  throw new RangeError(`Placet: no purpose "${label}"; the purposes are ${PURPOSES.join(', ')}`);
}
