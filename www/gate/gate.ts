/** The gate of one page: learns what is granted, opens it, and shows the banner to whoever must be asked. */
import { type Answer, Banner } from './banner.ts';
import { keptConfig, loadBanner, loadConfig } from './config.ts';
import { type Choice, cookieValues, standing } from './cookie.ts';
import type { Gate, Visit } from './core.ts';
import { hasUnsent } from './kept.ts';
import { atRest, breathe, isOld, oldEnough } from './moments.ts';
import { EVENT } from './names.ts';
import { Opening } from './opening/opening.ts';
import { loadVisit } from './parts.ts';
import type { FirstLayer, WidgetConfig } from './protocol.ts';
import type { Queue } from './queue.ts';
import { emit, report } from './report.ts';
import { Session } from './session.ts';
import { tellDefault } from './signals.ts';
import { address, chosenLanguage, type Snippet } from './snippet.ts';
import { otherTabs } from './tabs.ts';

/**
 * Starts the gate. A visitor whose choice stands and whose configuration is fresh is served from what the browser
 * keeps: no request, no WebAssembly. Everyone else is shown the banner that the server sends; the core, which can keep
 * an answer, comes once the page has loaded, or when somebody goes near the banner. If something fails nothing opens,
 * and one sentence says why. `brought` is the first layer that came with the gate; `release` lets go of what automatic
 * blocking holds.
 */
export function startGate(snippet: Snippet, queue: Queue, brought?: FirstLayer, release?: Release): void {
  const { server } = snippet;
  const at = (what: string) => address(snippet, what, chosenLanguage(queue.settings.lang, snippet));
  // Before all else, as other tags of the page wait for what is known.
  const kept = readKept(at(''));
  const opening = new Opening();
  let session: Session | undefined;
  /** What the server answered on this page; what is kept is older. */
  let newest: Promise<WidgetConfig> | undefined;
  let visit: Promise<Visit> | undefined;
  /** Counts how often it was asked: another language asks anew. */
  let turn = 0;

  const config = (): Promise<WidgetConfig> => {
    const mine = (newest ??= loadConfig(at('')));
    mine.catch(() => {
      if (newest === mine) newest = undefined;
    });
    return mine;
  };

  /** The visit, fetched if need be; if it can't be had it is said, and it can be tried again. */
  const begin = async (): Promise<Visit | undefined> => {
    try {
      return await (visit ??= loadVisit(gate));
    } catch (error) {
      visit = undefined;
      return report((error as Error).message);
    }
  };
  const ready = async (): Promise<void> => (await begin())?.ready();
  const ifVisit = (use: (visit: Visit) => void): void => void visit?.then(use, () => {});

  /** The banner shows that it was heard; it goes when the answer is kept. */
  const heed = async (answer: Answer): Promise<void> => {
    if (answer === 'trigger') return open();
    banner.wait(true);
    await config().catch(() => {});
    if (answer === 'settings') await open();
    else await (answer === 'accept-all' ? session?.acceptAll() : session?.refuseAll());
    banner.wait(false);
  };
  const banner = new Banner(heed, ready);

  const gate: Gate = {
    server,
    banner,
    config,
    isSignalled,
    settings: queue.settings,
    address: (what) => address(snippet, what),
    get session() {
      return session;
    },
  };

  const open = async (): Promise<void> => (await begin())?.open();
  /** Whoever has chosen finds the way back to the settings on each page. */
  const offer = (): void =>
    atRest(() => {
      if (session?.decided) banner.offer(session.config.trigger);
    });

  /** Another tab has chosen, or this page comes back from the browser's cache. */
  const tellTabs = otherTabs(
    () => (session && keptChoice(session.config)) ?? null,
    (choice) => {
      if (choice && session && !session.holds(choice)) {
        session.decide(choice, false);
        if (banner.hide()) emit(EVENT.hidden);
        ifVisit((visit) => visit.close());
      } else if (!choice && session?.decided) {
        session.undecide();
      }
    },
  );

  // The page's tags wait for this, and the configuration may be long in coming.
  const early = kept?.config ?? brought;
  if (early) tellDefault(early.signals);
  const know = (config: WidgetConfig, choice: Choice | undefined): void => {
    if (!early) tellDefault(config.signals);
    const helpers = { server, opening, visit: begin, ifVisit, ask, offer, tellTabs, release };
    session = new Session(config, choice, queue, helpers);
    if (choice) offer();
  };

  /**
   * Shows the banner to whoever has not chosen. One that came with the gate waits for what belongs to it only where that
   * comes quickly, and is drawn anew if a version was published since then.
   */
  async function ask(): Promise<void> {
    const mine = ++turn;
    banner.offer();
    const lang = chosenLanguage(queue.settings.lang, snippet);
    const isOurs = brought && (!lang || isSameLanguage(brought.nodes[1].lang, lang));
    const wasThere = banner.isThere;
    const draw = (): void => {
      if (isOurs && turn === mine && !keptChoice(brought)) banner.draw(brought, isSignalled(brought));
    };
    if (isOld()) {
      // In slices, so that the page can go on between them.
      await breathe();
      draw();
      await breathe();
    }
    const all = config();
    const first = isOurs ? brought : loadBanner(at('/banner'));
    let whole;
    try {
      await Promise.race([all, oldEnough()]);
      draw();
      whole = await all;
    } catch (error) {
      banner.leave();
      return report((error as Error).message);
    }
    if (turn !== mine) return;
    if (session) session.adopt(whole);
    else know(whole, keptChoice(whole));
    if (session?.decided) return void banner.hide();
    await show(whole, first);
    if (turn === mine && banner.isThere && !wasThere) emit(EVENT.shown);
    atRest(ready);
  }

  /** Draws the banner that belongs to a configuration; if the server has none, the core draws it. */
  async function show(whole: WidgetConfig, first: Promise<FirstLayer | undefined> | FirstLayer): Promise<void> {
    const fits = (layer: FirstLayer | undefined) =>
      layer?.versionKey === whole.versionKey && layer.nodes[1].lang === whole.lang;
    let layer = await first;
    if (!fits(layer)) {
      banner.hide();
      layer = await loadBanner(at('/banner'));
    }
    if (layer && fits(layer)) banner.draw(layer, isSignalled(layer));
    else await (await begin())?.ask();
  }

  if (kept) {
    know(kept.config, kept.choice);
    if (hasUnsent()) atRest(ready);
  } else {
    void ask();
  }
  queue.onLanguage(() => {
    // Whoever has chosen sees the language when there is something to see.
    newest = undefined;
    ifVisit((visit) => visit.end());
    if (session?.decided) return;
    if (banner.hide()) emit(EVENT.hidden);
    void ask();
  });
  // Frames that need not wait are left alone; the others do not wait for the core.
  queue.onBlockFrames((selector, service) => opening.block(selector, service));
}

/** Whether two languages differ in their region at most. */
const isSameLanguage = (a: string | undefined, b: string): boolean => a?.split('-')[0] === b.split('-')[0];

/** Whether a service is granted. */
export type Permits = (slug: string) => boolean;

/** Lets go of what automatic blocking holds for the services that are granted. */
export type Release = (permits: Permits) => void;

/** A choice that stands, and the configuration of the day. */
interface Kept {
  readonly config: WidgetConfig;
  readonly choice: Choice;
}

/** What the browser keeps of this configuration, if it is fresh and the choice still stands. */
function readKept(url: string): Kept | undefined {
  const config = keptConfig(url);
  const choice = config && keptChoice(config);
  return choice && { config, choice };
}

/** The choice that the cookie keeps, if it still stands. */
function keptChoice(config: WidgetConfig | FirstLayer): Choice | undefined {
  const values = cookieValues(document.cookie, config.cookie.name);
  return standing(values, config, Math.floor(Date.now() / 1000), isSignalled(config));
}

/** Whether the browser refuses for its user, by a signal that this widget honours. */
function isSignalled({ signals }: Pick<WidgetConfig, 'signals'>): boolean {
  const { globalPrivacyControl, doNotTrack } = navigator as Navigator & { globalPrivacyControl?: boolean };
  return (!!signals.gpc && globalPrivacyControl === true) || (!!signals.dnt && doNotTrack === '1');
}
