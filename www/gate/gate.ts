/** The gate of one page: learns what is granted, opens it, and calls the core when the visitor must be asked. */
import { type Choice, cookieValues, standing } from './cookie.ts';
import { type Core, loadCore, loadPlaceholders, type Page, SDK } from './core.ts';
import { hasUnsent, keptConfig, keptConsentId } from './kept.ts';
import { EVENT } from './names.ts';
import { Opening } from './opening/opening.ts';
import { painted } from './paint.ts';
import type { WidgetConfig } from './protocol.ts';
import type { Queue } from './queue.ts';
import { emit, report } from './report.ts';
import { type Helpers, Session } from './session.ts';
import { addresses, languages, type Snippet } from './snippet.ts';
import { otherTabs } from './tabs.ts';

/**
 * Starts the gate. A visitor whose choice stands and whose configuration is fresh is served from what the browser
 * keeps: no request, no WebAssembly. Everyone else is the core's. If that fails nothing opens, and one sentence says
 * why. `release` lets go of what automatic blocking holds.
 */
export function startGate(snippet: Snippet, queue: Queue, release: Helpers['release']): void {
  let visit: Promise<Core> | undefined;
  let session: Session | undefined;
  const opening = new Opening();
  const at = () => addresses(snippet, languages(queue.settings.lang, snippet));

  const page: Omit<Page, 'root'> = {
    sdk: SDK,
    get configUrl() {
      return at().config;
    },
    get consentsUrl() {
      return at().consents;
    },
    get userId() {
      return queue.settings.userId;
    },
    get consentId() {
      return keptConsentId() ?? undefined;
    },
    painted,
    shown: () => emit(EVENT.shown),
    hidden: () => emit(EVENT.hidden),
    decided: (choice) => session?.decide(choice, true),
    receipt: (consentId) => session?.receipt(consentId),
    failed: report,
  };

  /** Uses the core, fetched if need be; if it fails it is said, and it can be tried again. */
  const withCore: Helpers['core'] = async (use) => {
    const mine = (visit ??= loadCore(snippet.server, page));
    let core;
    try {
      core = await mine;
    } catch (error) {
      if (visit === mine) visit = undefined;
      return report((error as Error).message);
    }
    // Another language was set meanwhile, and another core goes on.
    if (visit !== mine) return withCore(use);
    session?.adopt(core.config);
    try {
      return await use(core);
    } catch (error) {
      return report(`something went wrong that should not have: ${(error as Error).message}`);
    }
  };
  const ifCore = (use: (core: Core) => void): void => void visit?.then(use, () => {});
  const placeholders = once(() => loadPlaceholders(snippet.server).catch((error: Error) => report(error.message)));

  /** Another tab has chosen, or this page comes back from the browser's cache. */
  const tellTabs = otherTabs(
    () => (session && keptChoice(session.config)) ?? null,
    (choice) => {
      if (choice && session && !session.holds(choice)) {
        session.decide(choice, false);
        ifCore((core) => core.dismiss());
      } else if (!choice && session?.decided) {
        session.undecide();
        ask();
      }
    },
  );

  const begin = (config: WidgetConfig, choice: Choice | undefined): void => {
    session = new Session(config, choice, queue, { opening, core: withCore, ifCore, placeholders, tellTabs, release });
  };
  const ask = (): void =>
    void withCore((core) => {
      if (!session) begin(core.config, core.choice);
      if (!session?.decided) core.ask();
    });

  const config = keptConfig(at().config, SDK);
  const choice = config && keptChoice(config);
  if (config && choice) {
    begin(config, choice);
    if (hasUnsent()) void withCore(() => {});
  } else {
    ask();
  }
  queue.onLanguage(() => {
    // Without a core the language is used when there is one.
    if (!visit) return;
    ifCore((core) => core.end());
    visit = undefined;
    ask();
  });
  // Frames that need not wait are left alone; the others do not wait for the core.
  queue.onBlockFrames((selector, service) => opening.block(selector, service));
}

/** The choice that the cookie keeps, if it still stands. */
function keptChoice(config: WidgetConfig): Choice | undefined {
  const values = cookieValues(document.cookie, config.cookie.name);
  return standing(values, config, Math.floor(Date.now() / 1000), isSignalled(config));
}

/** Whether the browser refuses for its user, by a signal that this widget honours. */
function isSignalled({ signals }: WidgetConfig): boolean {
  const { globalPrivacyControl, doNotTrack } = navigator as Navigator & { globalPrivacyControl?: boolean };
  return (signals.gpc && globalPrivacyControl === true) || (signals.dnt && doNotTrack === '1');
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
