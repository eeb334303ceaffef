/**
 * Placet as a web component: what stands in its template is there once a service is granted.
 *
 * ```html
 * <placet-gate service="youtube">
 *   <template><iframe src="https://www.youtube-nocookie.com/embed/…" title="Our film"></iframe></template>
 *   <p slot="fallback">The film is shown once you have allowed YouTube.</p>
 * </placet-gate>
 * ```
 *
 * ```ts
 * import { init } from 'placet';
 * import { defineGate } from 'placet/element';
 *
 * defineGate(() => init({ server: 'https://consent.example.com', key: 'pk_shop', widget: 43 }));
 * ```
 *
 * @packageDocumentation
 */
import { doc, make } from '../../www/gate/dom.ts';
import type { Purpose } from './types.ts';
import { ConsentStore, isGranted, type Start, type Wanted } from './store.ts';

export type { Start } from './store.ts';

const FALLBACK = 'fallback';

/**
 * Defines `<placet-gate service="…">`, or one of another name, and starts the widget. It waits for the service that its
 * attribute `service` names, or for each of the purpose in `purpose`. Once that is granted a copy of its `<template>` stands
 * in it, and its scripts run; until then, and again when the consent is taken back, what has `slot="fallback"` is seen.
 *
 * On a server it does nothing, and neither does it if the name is taken.
 */
export function defineGate<Slug extends string>(start: Start<Slug>, name: `${string}-${string}` = 'placet-gate'): void {
  if (typeof customElements === 'undefined' || customElements.get(name)) return;
  const store = new ConsentStore(start);
  customElements.define(name, gateOf(store));
  void store.start();
}

/** The element's class, which can be written down only where there are elements. */
function gateOf<Slug extends string>(store: ConsentStore<Slug>): CustomElementConstructor {
  return class extends HTMLElement {
    static readonly observedAttributes = ['service', 'purpose'];
    /** What is seen: the fallback, or everything else. */
    readonly #slot = make('slot');
    #copy: ChildNode[] | undefined;
    #end = (): void => {};

    constructor() {
      super();
      this.#slot.name = FALLBACK;
      // A template may be parsed, or put in, after its element.
      this.#slot.addEventListener('slotchange', () => this.#update());
      this.attachShadow({ mode: 'open' }).append(this.#slot);
    }

    connectedCallback(): void {
      this.#end = store.subscribe(() => this.#update());
      this.#update();
    }

    disconnectedCallback(): void {
      this.#end();
    }

    attributeChangedCallback(): void {
      if (this.isConnected) this.#update();
    }

    #update(): void {
      const service = this.getAttribute('service') as Slug | null;
      const wanted: Wanted<Slug> = service ? { service } : { purpose: this.getAttribute('purpose') as Purpose };
      const granted = isGranted(store.current(), wanted);
      this.#slot.name = granted ? '' : FALLBACK;
      if (!granted) {
        for (const node of this.#copy ?? []) node.remove();
        this.#copy = undefined;
        return;
      }
      const template = this.querySelector<HTMLTemplateElement>(':scope > template');
      if (this.#copy || !template) return;
      const copy = doc.importNode(template.content, true);
      this.#copy = [...copy.childNodes];
      template.after(copy);
    }
  };
}
