/**
 * The shape of what comes from storage, another tab or the network: all of it may be of anybody's making. A check may
 * throw, as reading a member of nothing does: then the shape does not fit.
 */
import type { Choice } from '../gate/cookie.ts';
import type { FirstLayer, WidgetConfig } from '../gate/protocol.ts';

/** Whether a value, as `JSON.parse` gives it, is what it should be. */
export type Shape<T> = (value: T) => unknown;

/** Whether all of these are texts. */
export const areTexts = (...values: unknown[]): boolean => values.every((value) => typeof value === 'string');

/** What identifiers look like. */
export const isUuid: Shape<string> = (id) => areTexts(id) && /^[\da-f-]{36}$/i.test(id);

/** A choice as another tab tells it; null: one that was forgotten. */
export const isChoice: Shape<Choice | null> = (choice) =>
  !choice || Object.values(choice).every((granted) => typeof granted === 'boolean');

/** What the gate reads of a first layer; its nodes are looked at one by one (`nodes.ts`). */
export const isLayer: Shape<FirstLayer | WidgetConfig> = ({ askKey, versionKey, cookie, signals }) => {
  const { name, days, domain = '' } = cookie;
  return (
    areTexts(askKey, versionKey, name, domain, signals.dataLayer ?? '') &&
    // Both are written into a cookie's line: nothing in them may end it there (RFC 6265, 4.1.1).
    !/[^!-~]|["(),/:;<=>?@[\\\]{}]/.test(name + domain) &&
    days > 0 &&
    days <= 180
  );
};

/** What the gate and the parts that it loads read of a configuration; the core reads it with serde. */
export const isConfig: Shape<WidgetConfig> = (config) =>
  isLayer(config) &&
  config.purposes.every(
    ({ purpose, services }) =>
      [0, 1, 2, 3, 4].includes(purpose) &&
      services.every(
        ({ id, slug, name, description, cookies, consentMode }) =>
          areTexts(id, name, description, ...consentMode, ...cookies.map(({ name }) => name)) &&
          /^[a-z\d][\w-]*$/.test(slug),
      ),
  );
