/**
 * The round button that brings the settings back, on every page of whoever has chosen: taking a consent back is to be as
 * easy as giving it (GDPR, Article 7(3)). Drawn without WebAssembly, which comes when it is clicked.
 */
import type { Banner } from '../gate/banner.ts';
import { EVENT } from '../gate/names.ts';
import type { WidgetConfig } from '../gate/protocol.ts';
import css from './trigger.css';

const SVG = 'http://www.w3.org/2000/svg';
/** A shield with a tick, in a square of 24. */
const ICON = 'M12 3l7 3v5c0 4.6-3 8.3-7 10-4-1.7-7-5.4-7-10V6zM9 12l2.2 2.2 4.2-4.4';

/** The button of the page: made anew when it is shown in another language. */
let trigger: HTMLButtonElement | undefined;

/** Shows the button, which calls `open`, until the banner is shown again. */
export function showTrigger(banner: Banner, config: WidgetConfig, open: () => void): void {
  const { appearance = {}, lang, rtl, texts } = config;
  trigger?.remove();
  if (appearance.trigger === 'none' || banner.isThere) return;
  banner.adopt(css);
  banner.adopt(appearance.style ?? '');
  if (!trigger) addEventListener(EVENT.shown, () => trigger?.remove());

  trigger = document.createElement('button');
  const attributes = {
    'data-placet': 'trigger',
    part: `trigger ${appearance.trigger ?? ''}`.trimEnd(),
    'aria-label': texts.settingsTitle,
    title: texts.settingsTitle,
    'aria-haspopup': 'dialog',
    lang,
    dir: rtl ? 'rtl' : 'ltr',
  };
  for (const [name, value] of Object.entries(attributes)) trigger.setAttribute(name, value);
  const icon = document.createElementNS(SVG, 'svg');
  icon.setAttribute('part', 'icon');
  icon.setAttribute('viewBox', '0 0 24 24');
  icon.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', ICON);
  icon.append(path);
  trigger.append(icon);
  trigger.addEventListener('click', open);
  banner.root.append(trigger);
}
