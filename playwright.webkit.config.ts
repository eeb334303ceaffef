import { defineConfig } from '@playwright/test';
import base from './playwright.config.ts';

/** What has to hold in every engine, in WebKit (`webkit2gtk-driver` of Debian), which Playwright does not reach itself. */
export default defineConfig<object, { engine: 'webkit' }>(base as object, {
  testMatch: ['engines/*.spec.ts'],
  use: { engine: 'webkit' },
});
