/** A page whose choice is known: what it unblocks, and the listeners and third parties that get it. */
import { Consents } from './consents.ts';
import type { Choice } from '../gate/cookie.ts';
import { EVENT } from '../gate/names.ts';
import { loadFrames, loadWithdrawal } from '../gate/parts.ts';
import { RECEIPT, type WidgetConfig } from '../gate/protocol.ts';
import { emit, report } from '../gate/report.ts';
import type { Controller } from './controller.ts';
import { makeManager } from './manager.ts';
import { forget, keptConsentId } from './storage.ts';

/** What holds on a page, and what may be done about it. */
export interface Session {
  readonly consents: Consents;
  /**
   * Keeps a choice and sends its proof; resolves with the `consentId`, or null while the server has none. What it takes
   * back is taken back at once, whatever the network does; what it grants is granted once it is kept with its proof.
   */
  save(choice: Choice): Promise<string | null>;
  /** The visitor has chosen, here or in another tab, and the banner's going has been painted. */
  decide(choice: Choice, here: boolean): void;
  /** Another tab has chosen, or has forgotten the choice; or this page comes back, and the cookie says so. */
  hear(choice: Choice | null): void;
  /** The server has a proof; the newest one's receipt is the one that is kept. */
  receipt(consentId: string): void;
  /** Tells the page, and its tag manager, what holds for these services. */
  tell(slugs: string[]): void;
}

/** Makes the session of a page; `choice` is what the visitor has chosen, if they have. */
export function makeSession(config: WidgetConfig, choice: Choice | undefined, controller: Controller): Session {
  const { gate, commands } = controller;
  const granted = choice ?? gate.covered(config);
  const consents = new Consents(config, granted, !!choice);
  const { server, blocking } = gate;
  /** The newest proof's identifier, where the browser keeps no receipt. */
  let newest: string | null = null;
  /** The removal of what was withdrawn on this page. */
  let removal: Promise<void> | undefined;

  const save = async (choice: Choice): Promise<string | null> => {
    const { config } = consents;
    const kept = gate.covered(config) ?? consents.all(false);
    const slugs = Object.keys(kept);
    const less = consents.complete(Object.fromEntries(slugs.map((slug) => [slug, kept[slug]! && choice[slug]!])));
    if (slugs.every((slug) => kept[slug] || !choice[slug])) return (await gate.refuse(config, less)) ?? null;
    if (slugs.some((slug) => kept[slug] !== less[slug])) {
      gate.keep(config, less);
      apply(less);
    }
    return (await controller.run('save', choice)) ?? null;
  };

  const decide = (choice: Choice, here: boolean): void => {
    consents.decided = true;
    if (here) controller.tellTabs(choice);
    controller.offer();
    apply(choice);
    const all = consents.list();
    publish(EVENT.updated);
    emit(all.every(({ consent }) => consent) ? EVENT.allAccepted : EVENT.anyRefused, all);
    reload();
  };

  /** The choice was forgotten, here or in another tab: only what is necessary is granted, and it is asked again. */
  const forgetChoice = (): void => {
    consents.decided = false;
    newest = null;
    apply(consents.all(false));
    reload();
    void controller.run('ask');
  };

  /** Tells the tags of other parties what holds. */
  const tellTags = (): void => {
    const types = consents.services().map(({ slug, consentMode }) => [slug, consentMode] as const);
    gate.tellUpdate(consents.config.signals, Object.fromEntries(types), consents.applied);
  };

  /** Makes a choice hold on this page. */
  const apply = (choice: Choice): void => {
    const before = consents.applied;
    const changed = consents.apply(choice);
    const withdrawn = changed.filter((slug) => before[slug]);
    tellTags();
    tell(changed);
    open();
    if (withdrawn.length) {
      // What the page has kept of itself may bring back what was granted.
      controller.guard.begin();
      removal = loadWithdrawal(server)
        .then(({ removeKept }) => removeKept(withdrawn, consents))
        .catch(fail);
    }
  };

  /** Reloads the page once what was withdrawn is gone, if there was something and the widget wants it. */
  const reload = (): void => {
    if (consents.config.reloadOnWithdrawal) void removal?.then(() => location.reload());
  };

  const open = (): void => {
    gate.release?.((slug) => consents.grants(slug));
    blocking.update();
  };

  const tell = (slugs: string[]): void => {
    for (const service of consents.list()) {
      if (!slugs.includes(service.slug)) continue;
      const event = (service.consent ? EVENT.granted : EVENT.refused) + service.slug;
      emit(event, service);
      gate.pushToLayer(consents.config.signals, { event, placet: service });
    }
  };

  /** Tells the page, and its tag manager, what holds for all services. */
  const publish = (event: string): void => {
    emit(event, consents.list());
    gate.pushToLayer(consents.config.signals, { event, placet: { consents: { ...consents.applied } } });
  };

  const session: Session = {
    consents,
    save,
    decide,
    hear(choice) {
      const { config } = consents;
      const at = Math.floor(Date.now() / 1000);
      gate.lastWrite = () => void (choice ? gate.keep(config, choice, at) : gate.removeCookie(config.cookie));
      if (!choice) {
        if (consents.decided) forgetChoice();
      } else if (!consents.decided || Object.keys(choice).some((slug) => choice[slug] !== consents.applied[slug])) {
        decide(choice, false);
        if (gate.banner.hide()) emit(EVENT.hidden);
        controller.ifPrompt((prompt) => prompt.close());
      }
    },
    receipt: (consentId) => void (newest = consentId),
    tell,
  };

  const manager = makeManager(consents, () => keptConsentId() ?? newest, {
    open: () => void controller.run('open'),
    close: () => controller.ifPrompt((prompt) => prompt.close()),
    acceptAll: async () => (await controller.run('acceptAll')) ?? null,
    refuseAll: () => save(consents.all(false)),
    reset() {
      const { cookie } = consents.config;
      (gate.lastWrite = () => gate.removeCookie(cookie))();
      forget(RECEIPT);
      controller.tellTabs(null);
      forgetChoice();
    },
    scan: (root) => blocking.scan(root),
    save: () => save({ ...consents.draft }),
    dispatchEvent: () => apply({ ...consents.draft }),
  });

  blocking.obey({
    permits: (waits) => ('service' in waits ? consents.grants(waits.service) : consents.grantsPurpose(waits.purpose)),
    // In the place of a shut frame stands who it is, why it is shut, and two ways to open it.
    frame: (frame, waits, open) =>
      void loadFrames(server)
        .then(({ settle }) =>
          settle(frame, waits, open, consents.config, {
            once: () => blocking.openOnce(frame),
            always: (granted) => void save({ ...consents.applied, ...granted }),
          }),
        )
        .catch(fail),
  });

  // Consent Mode is updated before anything is unblocked, unless the gate has told it the same.
  const { unblocked } = gate;
  const slugs = Object.keys(consents.applied);
  if (unblocked ? slugs.some((slug) => consents.applied[slug] !== unblocked[slug]) : granted) tellTags();
  // One whose time is over is removed.
  keptConsentId();
  commands.announce(manager);
  publish(EVENT.ready);
  tell(slugs);
  commands.ready(manager);

  open();
  return session;
}

const fail = (error: Error): void => report(error.message);
