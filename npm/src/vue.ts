/**
 * Placet in Vue (3.5 or later).
 *
 * ```ts
 * import { init } from 'placet';
 * import { createConsent } from 'placet/vue';
 *
 * export const consent = createConsent(() => init({ server: 'https://consent.example.com', key: 'pk_shop', widget: 43 }));
 * export const { ConsentGate, useConsent } = consent;
 *
 * createApp(App).use(consent).mount('#app');
 * ```
 *
 * @packageDocumentation
 */
import {
  type App,
  type DefineSetupFnComponent,
  defineComponent,
  onMounted,
  onUnmounted,
  type ShallowRef,
  shallowRef,
  type SlotsType,
  type VNode,
} from 'vue';
import { ConsentStore, type CurrentConsent, isGranted, type Start, type Wanted } from './store.ts';

export type { CurrentConsent, Start, Wanted } from './store.ts';

type Slots = { default?: () => VNode[]; fallback?: () => VNode[] };

/** What a gate renders: by default once it is granted, and until then the fallback. */
export type ConsentGateSlots = SlotsType<Slots>;

/** The consent of a page for its Vue components. As a plugin it asks the visitor once the app is mounted. */
export interface VueConsent<Slug extends string = string> {
  /** Starts the widget, and makes `<ConsentGate>` known to every template. */
  readonly install: (app: App) => void;
  /** Renders its default slot once a service or a purpose is granted, and its `fallback` slot until then. */
  readonly ConsentGate: DefineSetupFnComponent<Wanted<Slug>, {}, ConsentGateSlots>;
  /** In a component's set-up: what holds, and the consent to act on. Before the component is mounted nothing is granted. */
  readonly useConsent: () => Readonly<ShallowRef<CurrentConsent<Slug>>>;
}

/**
 * Makes the plugin, the component and the composable of a widget, with the slugs of its services. Call it once; `start` is
 * called in a browser only.
 */
export function createConsent<Slug extends string>(start: Start<Slug>): VueConsent<Slug> {
  const store = new ConsentStore(start);

  const useConsent: VueConsent<Slug>['useConsent'] = () => {
    // What is hydrated must be what the server has rendered; what holds is told right after.
    const current = shallowRef(store.unknown);
    const take = (): void => void (current.value = store.current());
    let end = (): void => {};
    onMounted(() => {
      end = store.subscribe(take);
      take();
    });
    onUnmounted(() => end());
    return current;
  };

  const ConsentGate = defineComponent(
    (wanted: Wanted<Slug>, { slots }: { slots: Slots }) => {
      const current = useConsent();
      return () => (isGranted(current.value, wanted) ? slots.default?.() : slots.fallback?.());
    },
    { name: 'ConsentGate', props: ['service', 'purpose'] },
  );

  return {
    useConsent,
    ConsentGate,
    install(app) {
      app.component('ConsentGate', ConsentGate);
      void store.start();
    },
  };
}
