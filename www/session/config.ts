/**
 * The widget's configuration: asked of the server, kept for a day.
 *
 * A visitor with a choice is served from storage. A visitor without one is shown the newest, so it is asked of the server each
 * time; if the server cannot be reached, what was kept within the day serves once more.
 */
import { type Answered, ask } from '../gate/ask.ts';
import { keep, parse, read } from './storage.ts';
import { SDK } from '../gate/parts.ts';
import { CONFIG, type FirstLayer, type WidgetConfig } from '../gate/protocol.ts';
import { CANNOT_SHOW } from '../gate/report.ts';
import { areTexts, isConfig, isLayer } from './shape.ts';

/** How long a configuration is kept, in milliseconds: a day (the seeds, step 1). */
const DAY = 86_400_000;

/** What is kept: the configuration, when and from where it came, and to which build of the SDK. */
interface Kept {
  readonly at: number;
  readonly url: string;
  readonly sdk: string;
  readonly config: WidgetConfig;
}

/** What a server says that cannot answer (RFC 9457). */
interface Problem {
  readonly detail: string;
}

/** The configuration that came from this address within a day, or another time, to this build of the SDK. */
export function keptConfig(url: string, within = DAY): WidgetConfig | undefined {
  const isOurs = ({ at, url: from, sdk, config }: Kept): unknown => {
    const age = Date.now() - at;
    return from === url && sdk === SDK && age >= 0 && age < within && isConfig(config);
  };
  return read(CONFIG, isOurs)?.config;
}

/** Asks the server for the first layer; undefined if it cannot be had. */
export async function loadBanner(url: string): Promise<FirstLayer | undefined> {
  const { status, body } = await ask(url);
  return status === 200 ? parse<FirstLayer>(body, isLayer) : undefined;
}

/** Whether browsers block a request as mixed content (W3C Mixed Content, 5.1): loopback hosts are let through. */
const isMixed = (url: string): boolean =>
  location.protocol === 'https:' && /^http:\/\/(?!localhost[:/]|127\.|\[::1\])/.test(url);

/** Keeps what the server answers that was asked. Rejects with an `Error` that says what to do. */
export async function loadConfig(url: string, asked: Promise<Answered>): Promise<WidgetConfig> {
  const { status, body } = await asked;
  const config = status === 200 && parse(body, isConfig);
  if (config) {
    // Put together from the server's own text: `JSON.stringify` calls a `toJSON` that old libraries give to arrays.
    keep(CONFIG, `{"at":${Date.now()},"url":${JSON.stringify(url)},"sdk":${JSON.stringify(SDK)},"config":${body}}`);
    return config;
  }
  // A server that is down answers nothing, or something in front of it says so.
  const kept = status < 200 || status >= 500 ? keptConfig(url) : undefined;
  if (kept) return kept;
  let why = 'the server cannot be reached; is it running?';
  if (status) why = `the server answered ${status} and no configuration`;
  else if (isMixed(url)) why = `an https page may not ask ${new URL(url).origin}; give the server an https address`;
  throw Error(`${CANNOT_SHOW}${parse<Problem>(body, ({ detail }) => areTexts(detail))?.detail ?? why}`);
}
