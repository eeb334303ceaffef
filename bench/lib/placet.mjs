/** A Placet server of this run's own: a free port, a new database, both gone afterwards. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { at } from '../../scripts/lib.mjs';
import { applyWidget, startServer } from '../../scripts/server.mjs';

/** The widget that is measured where nothing else is said, and the key that opens it. */
export const DEMO = { id: 43, key: 'pk_demo' };

/** What opens its workspace. Without one, the server makes one and prints it. */
export const ADMIN_TOKEN = 'a-token-for-a-server-that-is-gone-in-a-minute';

/**
 * Starts a server with the demo widget, on the database of an address or a file of its own (`database`). `folder` is for
 * what a run writes; `publish` adds a widget's file to what the server knows.
 */
export async function startPlacet({ url } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'placet-bench-'));
  const database = join(folder, 'placet.db');
  const settings = {
    PLACET_LISTEN: '127.0.0.1:0',
    PLACET_DATABASE_URL: url ?? `sqlite://${database}`,
    PLACET_SIGNING_KEY: join(folder, 'placet.key'),
    PLACET_ADMIN_TOKEN: ADMIN_TOKEN,
    PLACET_LOG: 'warn',
    // One client asks as much as many would.
    PLACET_PROOFS_PER_CLIENT: '0',
    PLACET_PROOFS_PER_WIDGET: '0',
    PLACET_REQUESTS_PER_CLIENT: '0',
    PLACET_REQUESTS_PER_WIDGET: '0',
  };
  const publish = (file) => applyWidget(file, settings);
  publish(at('widgets', 'demo.toml'));
  const { origin, stop, process: server } = await startServer(settings, { quiet: true });
  // However the run ends, the server does not outlive it.
  process.once('exit', () => server.kill());
  return {
    origin,
    server,
    folder,
    database,
    publish,
    /** The one line that a page with this widget has. */
    snippet: (widget = DEMO.id) =>
      `<script async src="${origin}/sdk/placet.js?key=${DEMO.key}&widget=${widget}"></script>`,
    async stop() {
      await stop();
      rmSync(folder, { recursive: true });
    },
  };
}
