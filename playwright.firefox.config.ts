import { defineConfig } from '@playwright/test';
import base from './playwright.config.ts';
import { NOT_IN_FIREFOX } from './tests/engines/firefox.ts';

/** What a run of some minutes can hold; `npm test -- --all` runs the whole suite. */
const SOME = ['engines/*.spec.ts', 'e2e/{start,cookie,layer}.spec.ts', 'e2e/world/{seen,replaced,events}.spec.ts'];
const ALL = ['engines/*.spec.ts', 'e2e/**/*.spec.ts'];

/** The suite in Firefox (`firefox-esr` of Debian), but for what is about Chromium's own tools. */
export default defineConfig(base, {
  testMatch: process.env.PLACET_TEST_ALL ? ALL : SOME,
  grepInvert: NOT_IN_FIREFOX,
  use: {
    browserName: 'firefox',
    channel: 'moz-firefox',
    launchOptions: { executablePath: '/usr/bin/firefox-esr' },
  },
});
