/** Where a browser keeps what is no cookie. */
import { own } from '../gate/dom.ts';

/** One of them. */
interface Store {
  /** The name that it has in a widget's file. */
  readonly kind: string;
  /** What is in it that may be meant by these patterns. */
  names(patterns: readonly string[]): Promise<string[]>;
  remove(name: string): unknown;
}

/** A request of a database; one that others hold open is deleted once they close it (Indexed Database API, 5.3). */
const settled = (request: IDBOpenDBRequest): Promise<void> =>
  new Promise((done) => {
    for (const end of ['success', 'error', 'blocked']) request.addEventListener(end, () => done());
  });

const web = (kind: string, storage: () => Storage): Store => ({
  kind,
  names: async () => Array.from({ length: storage().length }, (_, index) => storage().key(index)!),
  remove: (key) => storage().removeItem(key),
});

const databases: Store = {
  kind: 'IndexedDB',
  // Not every browser tells what there is; a name without `*` needs nobody to tell it.
  async names(patterns) {
    const found = (await own('indexedDB')?.databases?.()) ?? [];
    return [...found.flatMap(({ name }) => name ?? []), ...patterns.filter((name) => !name.includes('*'))];
  },
  remove: (name) => settled(indexedDB.deleteDatabase(name)),
};

const caches: Store = {
  kind: 'CacheStorage',
  // There is none on pages that are not secure.
  names: async () => (await own('caches')?.keys()) ?? [],
  remove: (name) => own('caches')?.delete(name),
};

/** All of them. One that the browser does not have, or forbids, has nothing in it. */
export const STORES = [
  web('localStorage', () => localStorage),
  web('sessionStorage', () => sessionStorage),
  databases,
  caches,
].map((store): Store => ({
  ...store,
  names: (patterns) => store.names(patterns).catch(() => []),
}));
