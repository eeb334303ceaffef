/** How the banner and the settings look, as it travels; the server says the same (`server/src/widget/appearance.rs`). */
import type { Appearance as Shown } from '../../../www/gate/protocol.ts';
import presets from '../../../server/presets/presets.toml';
import type { Appearance, Colours } from '../types.ts';

/** An appearance as it travels: what is usual is left out, and all of it if everything is. */
export function shown(appearance: Appearance): Shown | undefined {
  const { settings, continueWithout } = appearance;
  const all: Shown = {
    banner: parts(appearance),
    settings: settings === 'panel' ? 'panel' : '',
    continueWithout: !!continueWithout,
    style: style(appearance),
  };
  const unusual = Object.entries(all).filter(([, value]) => value);
  return unusual.length ? Object.fromEntries(unusual) : undefined;
}

/** The part names of where a box stands. */
const PLACES: Record<NonNullable<Appearance['position']>, string> = {
  'top-start': 'top',
  top: 'top center',
  'top-end': 'top end',
  start: 'middle',
  end: 'middle end',
  'bottom-start': '',
  bottom: 'center',
  'bottom-end': 'end',
};

/** The part names that tell the style sheets the banner's shape and where it stands. */
function parts({ layout = 'box', position = 'bottom-start' }: Appearance): string {
  if (layout === 'box') return PLACES[position];
  return layout === 'bar' && position === 'top' ? 'bar top' : layout;
}

/** What differs from Placet's usual look, as a style sheet. The site's own style sheet has the last word. */
function style(appearance: Appearance): string {
  const { theme = 'auto', preset = 'ink', light, dark, shadow = 'soft' } = appearance;
  const own = { light: { ...presets[preset].light, ...light }, dark: { ...presets[preset].dark, ...dark } };
  const set = (name: string, value: string): string => `--${kebab(name)}:var(--placet-${kebab(name)},${value});`;

  let common = theme === 'auto' ? '' : `color-scheme:${theme}!important;`;
  const shade = shadow === 'soft' ? SOFT[theme] : SHADOWS[shadow];
  if (shade) common += set('shadow', shade);
  for (const name of ['radius', 'buttonRadius', 'space', 'fontSize'] as const) {
    if (appearance[name] !== undefined) common += set(name, `${appearance[name]}px`);
  }
  if (appearance.font) common += set('font', appearance.font);

  let onLight = '';
  let onDark = '';
  for (const name of Object.keys(presets.ink.light) as (keyof Colours)[]) {
    const day = shortest(own[theme === 'dark' ? 'dark' : 'light'][name]);
    const night = shortest(own[theme === 'light' ? 'light' : 'dark'][name]);
    if (day === presets.ink.light[name] && night === presets.ink.dark[name]) continue;
    onLight += set(name, day);
    if (night !== day) onDark += set(name, night);
  }

  const always = common + onLight && `:host(#placet){${common}${onLight}}`;
  return always + (onDark && `@media(prefers-color-scheme:dark){:host(#placet){${onDark}}}`);
}

const SOFT = {
  auto: '',
  light: '0 1px 2px #0f142314,0 12px 40px #0f14232e',
  dark: '0 0 0 1px var(--line),0 12px 40px #0008',
};
const SHADOWS = { none: '0 0 0 1px var(--line)', deep: '0 0 0 1px var(--line),0 24px 80px #0009' };

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The shortest way to write a colour. */
const shortest = (colour: string): string => colour.toLowerCase().replace(/^#(.)\1(.)\2(.)\3$/, '#$1$2$3');
