/** The gate of one page: learns what is granted, opens it, and calls the core when the visitor must be asked. */
import { type Choice, findCookie, standing } from './cookie.ts';
import { type Core, loadCore, loadPlaceholders } from './core.ts';
import { hasUnsent, keptConfig, keptConsentId } from './kept.ts';
import { EVENT } from './names.ts';
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
  const at = addresses(snippet, languages(queue.settings.lang, snippet));
  let visit: Promise<Core> | undefined;
  let session: Session | undefined;

  const core = () =>
    (visit ??= loadCore(snippet.server, {
      configUrl: at.config,
      consentsUrl: at.consents,
      get userId() {
        return queue.settings.userId;
      },
      get consentId() {
        return keptConsentId() ?? undefined;
      },
      shown: () => emit(EVENT.shown),
      hidden: () => emit(EVENT.hidden),
      decided: (choice) => session?.decide(choice, true),
      receipt: (consentId) => session?.receipt(consentId),
      failed: report,
    }));
  /** Says what went wrong; it can be tried again. */
  const withCore = <T>(use: (core: Core) => T): Promise<T | undefined> =>
    core().then(use, (error: Error) => {
      visit = undefined;
      report(error.message);
      return undefined;
    });
  const placeholders = once(() =>
    loadPlaceholders(snippet.server).catch((error: Error) => {
      report(error.message);
      return undefined;
    }),
  );

  const begin = (config: WidgetConfig, choice: Choice | undefined): void => {
    const tellTabs = otherTabs(() => {
      const choice = keptChoice(config);
      if (!choice || session?.holds(choice)) return;
      session?.decide(choice, false);
      void visit?.then((core) => core.dismiss());
    });
    session = new Session(config, choice, queue, { core: withCore, placeholders, tellTabs, release });
  };

  const config = keptConfig(at.config);
  const choice = config && keptChoice(config);
  if (config && choice) {
    begin(config, choice);
    if (hasUnsent()) void withCore(() => {});
  } else {
    void withCore((core) => {
      begin(core.config, core.choice);
      if (!core.choice) core.ask();
    });
  }
}

/** The choice that the cookie keeps, if it still stands. */
function keptChoice(config: WidgetConfig): Choice | undefined {
  const value = findCookie(document.cookie, config.cookie.name);
  return value ? standing(value, config, Math.floor(Date.now() / 1000), isSignalled(config)) : undefined;
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
