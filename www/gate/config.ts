/**
 * The widget's configuration: asked of the server, kept for a day.
 *
 * Whoever has chosen is served from what is kept. Whoever is asked is shown the newest, so it is asked of the server each
 * time; if the server cannot be reached, what was kept within the day serves once more.
 */
import { keep, read } from './kept.ts';
import { ask } from './ask.ts';
import { SDK } from './parts.ts';
import { CONFIG, type FirstLayer, type WidgetConfig } from './protocol.ts';

/** How long a configuration is kept, in milliseconds: a day (the seeds, step 1). */
const DAY = 86_400_000;

/** How the sentence begins that says why nothing is shown. */
export const CANNOT_SHOW = 'the widget cannot be shown: ';

/** The configuration that came from this address within a day, to this build of the SDK. */
export function keptConfig(url: string): WidgetConfig | undefined {
  const kept = read(CONFIG);
  const age = Date.now() - kept?.at;
  return kept?.url === url && kept.sdk === SDK && age >= 0 && age < DAY ? kept.config : undefined;
}

/** Asks the server for the first layer; undefined if it cannot be had. */
export async function loadBanner(url: string): Promise<FirstLayer | undefined> {
  const { status, body } = await ask(url);
  return status === 200 && body?.nodes ? body : undefined;
}

/** Asks the server, and keeps its answer. Rejects with an `Error` that says what to do. */
export async function loadConfig(url: string): Promise<WidgetConfig> {
  const { status, body } = await ask(url);
  const isConfig = Array.isArray(body?.purposes);
  if (status === 200 && isConfig) {
    keep(CONFIG, { at: Date.now(), url, sdk: SDK, config: body });
    return body;
  }
  // A server that is down answers nothing, or something in front of it says so.
  const kept = status < 200 || status >= 500 ? keptConfig(url) : undefined;
  if (kept) return kept;
  const why = status
    ? `the server answered ${status} and no configuration`
    : 'the server cannot be reached; is it running?';
  throw Error(`${CANNOT_SHOW}${body?.detail ?? why}`);
}
