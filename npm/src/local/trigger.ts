/** The button that brings the settings back, as the server tells it (`view/src/trigger.rs`). */
import css from '../../../www/core/style/trigger.css';
import type { Trigger, WidgetConfig } from '../../../www/gate/protocol.ts';
import type { Appearance } from '../types.ts';

/** The button in the words of a configuration; undefined if the widget has none. */
export function trigger(config: WidgetConfig, place: Appearance['trigger'] = 'bottom-start'): Trigger | undefined {
  if (place === 'none') return;
  const { texts, lang, rtl, appearance } = config;
  const attributes = {
    'data-placet': 'trigger',
    part: place === 'bottom-end' ? 'trigger end' : 'trigger',
    'aria-label': texts.settingsTitle,
    title: texts.settingsTitle,
    'aria-haspopup': 'dialog',
    lang,
    dir: rtl ? 'rtl' : 'ltr',
  };
  return { nodes: ['button', attributes, ['span', { part: 'icon' }]], style: css + (appearance?.style ?? '') };
}
