export default {
  compatibilityDate: '2026-01-01',
  telemetry: false,
  devtools: { enabled: false },
  nitro: { prerender: { routes: ['/one', '/two'], crawlLinks: false } },
  hooks: {
    // There is no page at `/`.
    'prerender:routes': ({ routes }) => routes.delete('/'),
  },
  runtimeConfig: { public: { snippet: process.env.PLACET_SNIPPET, trackers: process.env.PLACET_TRACKERS } },
};
