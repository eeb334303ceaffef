/** `npm start`: from a fresh clone to the demo site. */
import { mkdirSync } from 'node:fs';
import { startTrackers } from '../www/demo/trackers.mjs';
import { buildSdk } from './build.mjs';
import { at, Halt, main, say } from './lib.mjs';
import { applyWidget, buildServer, startServer } from './server.mjs';
import { setUp } from './setup.mjs';

await main(async () => {
  say('Setting up: the first time takes about 10 minutes, later a few seconds');
  await setUp();
  await buildSdk();
  await buildServer();

  const data = at('.data');
  mkdirSync(data, { recursive: true });
  const settings = {
    PLACET_LISTEN: process.env.PLACET_LISTEN ?? '127.0.0.1:8787',
    PLACET_DATABASE_URL: process.env.PLACET_DATABASE_URL ?? `sqlite://${data}/placet.db`,
    PLACET_ADMIN_WORKSPACE: '19',
    PLACET_SITE: at('www', 'demo'),
  };
  say('Publishing the demo widget');
  applyWidget(at('widgets', 'demo.toml'), settings);

  const port = Number(process.env.PLACET_DEMO_TRACKERS_PORT ?? 8788);
  const trackers = await startTrackers({ port }).catch((error) => {
    throw new Halt(
      `the demo's tracker host cannot listen on port ${port} (${error.code}); set PLACET_DEMO_TRACKERS_PORT to another, or to 0`,
    );
  });
  const server = await startServer(settings);
  const demo = `${server.origin}/demo/${trackers.origin.endsWith(':8788') ? '' : `?trackers=${trackers.origin}`}`;

  say(`The demo shop: ${demo}`);
  console.log(`
  Try this:
  1. Open the shop. The banner asks; nothing has reached the trackers (${trackers.origin}/log).
  2. Accept, or open the settings and allow only some. The panel on the page shows the cookie, the receipt, the events
     and what reached the trackers.
  3. Delete the cookie in the panel (or in the browser's tools) and reload: the banner is back.
  4. Look the proof up: ${process.platform === 'win32' ? '' : './'}target/release/placet-server proof show CONSENT_ID
     (PLACET_DATABASE_URL=${settings.PLACET_DATABASE_URL})

  Ctrl+C stops everything.
`);

  const stop = async () => {
    await Promise.all([server.stop(), trackers.close()]);
    process.exit(0);
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  server.process.once('exit', (status) => process.exit(status ?? 1));
});
