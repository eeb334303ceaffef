/** What a browser says for its user: Global Privacy Control and Do Not Track. */
import type { WidgetConfig } from './protocol.ts';

/** Whether the browser refuses for its user, by a signal that this widget honours. */
export function isSignalled({ signals }: Pick<WidgetConfig, 'signals'>): boolean {
  const { globalPrivacyControl, doNotTrack } = navigator as Navigator & { globalPrivacyControl?: boolean };
  return (!!signals.gpc && globalPrivacyControl === true) || (!!signals.dnt && doNotTrack === '1');
}
