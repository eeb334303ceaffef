/** The consent where there is no page: on a server nobody can be asked, so nothing is granted and nothing happens. */
import { UNKNOWN } from './consent.ts';
import type { Consent } from './types.ts';

const nothing = (): void => {};
const no = (): boolean => false;
const none = async (): Promise<null> => null;
const noEnd = (): (() => void) => nothing;

export const INERT: Consent = {
  state: UNKNOWN,
  consentId: null,
  open: nothing,
  close: nothing,
  hasConsented: no,
  getAllConsents: () => [],
  getServiceConsent: no,
  getPurposeConsent: no,
  setServiceConsent: nothing,
  setPurposeConsent: nothing,
  save: none,
  acceptAll: none,
  refuseAll: none,
  dispatchEvent: nothing,
  reset: nothing,
  setLanguage: nothing,
  setUserId: nothing,
  blockFrames: nothing,
  scan: nothing,
  on: noEnd,
  subscribe: noEnd,
  async *[Symbol.asyncIterator]() {
    yield UNKNOWN;
  },
};
