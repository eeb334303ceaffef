//! How the banner and the settings look: where they stand, and in which colours and shapes.

use std::{collections::BTreeMap, fmt::Write, sync::LazyLock};

use placet_protocol::{Appearance as Shown, WidgetConfig};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::widget::colour::Colour;

/// How the banner and the settings look.
///
/// The site's own style sheet may change any of it: every colour and measure is a custom property
/// (`#placet { --placet-accent: #06c }`), every element a part (`#placet::part(title)`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Appearance {
    /// The banner's shape: a `box`, a `bar` along an edge, a `cloud` in the middle of the page, or `inline`: in the
    /// page's own element with the attribute `data-placet-inline`. On phones each but the last is a sheet at the bottom.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub layout: Layout,
    /// Where a box stands (`bottom-start` if left out), or a bar (`bottom` or `top`). `start` is the left side where
    /// people read from left to right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
    /// Whether the settings are a `dialog` in the middle or a `panel` at the side.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub settings: Settings,
    /// Where the round button stands that brings the settings back. With `none` the site must offer another way to take
    /// a consent back, on every page (GDPR, Article 7(3)).
    #[serde(default, skip_serializing_if = "is_usual")]
    pub trigger: Trigger,
    /// Whether the banner can be closed by *Continue without accepting*, which refuses everything.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub continue_without: bool,
    /// Whether the colours follow the visitor's device (`auto`), or are always `light` or `dark`.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub theme: Theme,
    /// The colours to start from.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub preset: Preset,
    /// Your own colours on a light page; what you leave out is the preset's.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub light: OwnColours,
    /// Your own colours on a dark page; what you leave out is the preset's.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub dark: OwnColours,
    /// The radius of the banner's and the settings' corners, in pixels (16).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 40))]
    pub radius: Option<u8>,
    /// The radius of the buttons' corners, in pixels (10).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 40))]
    pub button_radius: Option<u8>,
    /// The distance from the window's edges, in pixels (20); what is inside the settings follows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 64))]
    pub space: Option<u8>,
    /// The size of the letters, in pixels (16).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 14, max = 24))]
    pub font_size: Option<u8>,
    /// The font, as in a style sheet: `Inter, sans-serif`. The page has to bring it along; if left out it is the
    /// device's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^[A-Za-z0-9 ,'\"_-]{1,200}$"))]
    pub font: Option<String>,
    /// The shadow.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub shadow: Shadow,
}

fn is_usual<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// The banner's shape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the field says what each is")]
pub enum Layout {
    #[default]
    Box,
    Bar,
    Cloud,
    Inline,
}

/// An edge or a corner of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each is what it says")]
pub enum Position {
    TopStart,
    Top,
    TopEnd,
    Start,
    End,
    BottomStart,
    Bottom,
    BottomEnd,
}

/// The shape of the settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the field says what each is")]
pub enum Settings {
    #[default]
    Dialog,
    Panel,
}

/// Where the round button stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each is what it says")]
pub enum Trigger {
    #[default]
    BottomStart,
    BottomEnd,
    None,
}

/// Which colours are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the field says what each is")]
pub enum Theme {
    #[default]
    Auto,
    Light,
    Dark,
}

/// Colours that Placet brings along (`presets/presets.toml`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names of colours")]
pub enum Preset {
    #[default]
    Ink,
    Ocean,
    Forest,
    Plum,
    Sand,
    Contrast,
}

/// How far the banner seems to stand off the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each is what it says")]
pub enum Shadow {
    None,
    #[default]
    Soft,
    Deep,
}

macro_rules! colours {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// The colours of one theme.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields)]
        pub struct Colours {
            $($(#[$doc])* pub $name: Colour,)*
        }

        /// A widget's own colours in one theme.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields)]
        pub struct OwnColours {
            $($(#[$doc])* #[serde(default, skip_serializing_if = "Option::is_none")] pub $name: Option<Colour>,)*
        }

        impl Colours {
            /// Each with its name as a custom property, without `--placet-`.
            pub fn named(&self) -> Vec<(String, Colour)> {
                vec![$((stringify!($name).replace('_', "-"), self.$name),)*]
            }

            fn with(&self, own: &OwnColours) -> Self {
                Self { $($name: own.$name.unwrap_or(self.$name),)* }
            }
        }
    };
}

colours! {
    /// Behind everything.
    background,
    /// Headings, names and links.
    text,
    /// Explanations.
    muted,
    /// Lines between things.
    line,
    /// *Accept all* and *Refuse all*, and a switch that is on.
    accent,
    /// The words on it.
    accent_text,
    /// A switch that is off.
    switch_off,
}

/// The colours of a light and of a dark page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Palette {
    /// On a light page.
    pub light: Colours,
    /// On a dark page.
    pub dark: Colours,
}

#[expect(clippy::expect_used, reason = "the file is part of the program, and a test reads it")]
static PRESETS: LazyLock<BTreeMap<Preset, Palette>> = LazyLock::new(|| {
    toml::from_str(include_str!("../../presets/presets.toml")).expect("each preset has all colours, light and dark")
});

impl Preset {
    /// Its colours.
    pub fn palette(self) -> &'static Palette {
        &PRESETS[&self]
    }
}

/// Two colours that cannot be told apart well enough.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error(
    "on a {theme} page `{on}` ({on_colour}) and `{name}` ({colour}) have a contrast of {ratio:.1} to 1; people with weak \
     eyes need {least} to 1 (WCAG 2.2, {rule}): choose one further from the other"
)]
#[expect(missing_docs, reason = "each is what the sentence says")]
pub struct TooAlike {
    pub theme: &'static str,
    pub name: &'static str,
    pub colour: Colour,
    pub on: &'static str,
    pub on_colour: Colour,
    pub ratio: f64,
    pub least: f64,
    pub rule: &'static str,
}

impl Appearance {
    /// The preset's colours, and the widget's own in their place.
    pub fn palette(&self) -> Palette {
        let Palette { light, dark } = self.preset.palette();
        Palette { light: light.with(&self.light), dark: dark.with(&self.dark) }
    }

    /// Every two colours that are seen on each other and cannot be told apart well enough, in the themes that are used.
    pub fn too_alike(&self) -> Vec<TooAlike> {
        let palette = self.palette();
        let mut found = Vec::new();
        for (theme, colours, used) in
            [("light", palette.light, self.theme != Theme::Dark), ("dark", palette.dark, self.theme != Theme::Light)]
        {
            if !used {
                continue;
            }
            let Colours { background, text, muted, accent, accent_text, switch_off, line: _ } = colours;
            let words = (4.5, "1.4.3");
            let shapes = (3.0, "1.4.11");
            for (name, colour, on, on_colour, (least, rule)) in [
                ("text", text, "background", background, words),
                ("muted", muted, "background", background, words),
                ("accent-text", accent_text, "accent", accent, words),
                ("accent", accent, "background", background, shapes),
                ("switch-off", switch_off, "background", background, shapes),
            ] {
                let ratio = colour.contrast(on_colour);
                if ratio < least {
                    found.push(TooAlike { theme, name, colour, on, on_colour, ratio, least, rule });
                }
            }
        }
        found
    }

    /// Whether the layout has this position.
    pub fn has_place(&self) -> bool {
        match (self.layout, self.position) {
            (_, None) | (Layout::Box, _) | (Layout::Bar, Some(Position::Top | Position::Bottom)) => true,
            (Layout::Bar | Layout::Cloud | Layout::Inline, _) => false,
        }
    }

    /// As it travels.
    pub fn shown(&self) -> Shown {
        Shown {
            banner: self.parts(),
            settings: match self.settings {
                Settings::Dialog => String::new(),
                Settings::Panel => "panel".to_owned(),
            },
            continue_without: self.continue_without,
            style: self.style(),
        }
    }

    /// The part names that tell the style sheets the banner's shape and where it stands: none for a box, at the bottom,
    /// at the start.
    fn parts(&self) -> String {
        let layout = match self.layout {
            Layout::Box => "",
            Layout::Bar => "bar",
            Layout::Cloud => "cloud",
            Layout::Inline => "inline",
        };
        let place = match (self.layout, self.position) {
            (_, None | Some(Position::BottomStart)) | (Layout::Bar, Some(Position::Bottom)) => "",
            (Layout::Bar, _) | (_, Some(Position::TopStart)) => " top",
            (_, Some(Position::Top)) => " top center",
            (_, Some(Position::TopEnd)) => " top end",
            (_, Some(Position::Start)) => " middle",
            (_, Some(Position::End)) => " middle end",
            (_, Some(Position::Bottom)) => " center",
            (_, Some(Position::BottomEnd)) => " end",
        };
        [layout, place].concat().trim_start().to_owned()
    }

    /// What differs from Placet's usual look, as a style sheet: it sets the same custom properties as `theme.css`, and
    /// wins over it wherever it stands, as its selector is the more specific one.
    fn style(&self) -> String {
        let usual = Preset::Ink.palette();
        let own = self.palette();
        let mut common = String::new();
        let mut light = String::new();
        let mut dark = String::new();
        match self.theme {
            Theme::Auto => {}
            Theme::Light => common.push_str("color-scheme:light!important;"),
            Theme::Dark => common.push_str("color-scheme:dark!important;"),
        }
        let usual = usual.light.named().into_iter().zip(usual.dark.named());
        let own = own.light.named().into_iter().zip(own.dark.named());
        for (((name, usual_light), (_, usual_dark)), ((_, own_light), (_, own_dark))) in usual.zip(own) {
            let shown = match self.theme {
                Theme::Auto => (own_light, own_dark),
                Theme::Light => (own_light, own_light),
                Theme::Dark => (own_dark, own_dark),
            };
            if shown != (usual_light, usual_dark) {
                set(&mut light, &name, shown.0);
                if shown.0 != shown.1 {
                    set(&mut dark, &name, shown.1);
                }
            }
        }
        let shadow = match self.shadow {
            Shadow::None => Some("0 0 0 1px var(--line)"),
            Shadow::Soft => match self.theme {
                Theme::Auto => None,
                Theme::Light => Some("0 1px 2px #0f142314,0 12px 40px #0f14232e"),
                Theme::Dark => Some("0 0 0 1px var(--line),0 12px 40px #0008"),
            },
            Shadow::Deep => Some("0 0 0 1px var(--line),0 24px 80px #0009"),
        };
        if let Some(shadow) = shadow {
            set(&mut common, "shadow", shadow);
        }
        for (name, pixels) in [
            ("radius", self.radius),
            ("button-radius", self.button_radius),
            ("space", self.space),
            ("font-size", self.font_size),
        ] {
            if let Some(pixels) = pixels {
                set(&mut common, name, format!("{pixels}px"));
            }
        }
        if let Some(font) = &self.font {
            set(&mut common, "font", font);
        }

        let mut style = String::new();
        if !(common.is_empty() && light.is_empty()) {
            let _ = write!(style, ":host(#placet){{{common}{light}}}");
        }
        if !dark.is_empty() {
            let _ = write!(style, "@media(prefers-color-scheme:dark){{:host(#placet){{{dark}}}}}");
        }
        style
    }
}

/// The site's own style sheet has the last word.
fn set(style: &mut String, name: &str, value: impl std::fmt::Display) {
    let _ = write!(style, "--{name}:var(--placet-{name},{value});");
}

/// The style sheets that the banner of a widget needs, in their order.
pub fn sheets(config: &WidgetConfig) -> Vec<&'static str> {
    let mut sheets = vec!["banner.css"];
    if config.policy_url.is_some() {
        sheets.push("link.css");
    }
    if config.signals.gpc || config.signals.dnt {
        sheets.push("signal.css");
    }
    for part in config.appearance.banner.split(' ') {
        sheets.push(match part {
            "bar" => "bar.css",
            "cloud" => "cloud.css",
            "inline" => "inline.css",
            "" => continue,
            _ => "placed.css",
        });
    }
    sheets.dedup();
    if config.appearance.continue_without {
        sheets.push("continue.css");
    }
    if !sheets.contains(&"inline.css") {
        sheets.push("phone.css");
    }
    sheets
}

#[cfg(test)]
mod tests {
    use super::*;

    const THEME: &str = include_str!("../../../www/core/style/theme.css");
    const SETTINGS: &str = include_str!("../../../www/settings/preferences.css");
    const PRESETS: [Preset; 6] =
        [Preset::Ink, Preset::Ocean, Preset::Forest, Preset::Plum, Preset::Sand, Preset::Contrast];

    fn appearance(toml: &str) -> Appearance {
        toml::from_str(toml).unwrap()
    }

    #[test]
    fn every_preset_can_be_read_in_both_themes() {
        for preset in PRESETS {
            let appearance = Appearance { preset, ..Appearance::default() };
            assert_eq!(appearance.too_alike(), [], "{preset:?}");
        }
    }

    #[test]
    fn the_usual_colours_are_those_of_the_style_sheet() {
        let usual = Preset::Ink.palette();
        for (name, light) in usual.light.named() {
            // Only the settings have switches.
            let sheet = if name == "switch-off" { SETTINGS } else { THEME };
            let (in_light, in_dark) = sheet.split_once("@media").unwrap();
            let (_, dark) = usual.dark.named().into_iter().find(|(other, _)| *other == name).unwrap();
            for (part, colour) in [(in_light, light), (in_dark, dark)] {
                let line = format!("--{name}: var(--placet-{name}, {colour});");
                assert!(part.contains(&line), "{line}");
            }
        }
    }

    #[test]
    fn the_usual_look_needs_no_style_of_its_own() {
        assert_eq!(Appearance::default().shown(), Shown::default());
    }

    #[test]
    fn own_colours_are_set_in_both_themes_and_give_way_to_the_sites() {
        let style = appearance("[light]\naccent = \"#0066CC\"").style();
        assert_eq!(
            style,
            ":host(#placet){--accent:var(--placet-accent,#06c);}\
             @media(prefers-color-scheme:dark){:host(#placet){--accent:var(--placet-accent,#e9edf6);}}"
        );
    }

    #[test]
    fn a_theme_that_is_forced_says_every_colour_once() {
        let style = appearance("theme = \"dark\"").style();
        assert!(style.starts_with(":host(#placet){color-scheme:dark!important;"), "{style}");
        assert!(style.contains("--background:var(--placet-background,#1b1e26);"), "{style}");
        assert!(!style.contains("@media"), "{style}");
    }

    #[test]
    fn shapes_are_set_in_pixels() {
        let style = appearance("radius = 0\nspace = 8\nfont = \"Inter, sans-serif\"\nshadow = \"none\"").style();
        let expected = ":host(#placet){--shadow:var(--placet-shadow,0 0 0 1px var(--line));\
                        --radius:var(--placet-radius,0px);--space:var(--placet-space,8px);\
                        --font:var(--placet-font,Inter, sans-serif);}";
        assert_eq!(style, expected);
    }

    #[test]
    fn each_place_has_its_part_names() {
        for (toml, parts) in [
            ("position = \"bottom-start\"", ""),
            ("position = \"top-end\"", "top end"),
            ("position = \"start\"", "middle"),
            ("position = \"bottom\"", "center"),
            ("layout = \"bar\"", "bar"),
            ("layout = \"bar\"\nposition = \"bottom\"", "bar"),
            ("layout = \"bar\"\nposition = \"top\"", "bar top"),
            ("layout = \"cloud\"", "cloud"),
            ("layout = \"inline\"", "inline"),
        ] {
            assert_eq!(appearance(toml).shown().banner, parts);
        }
        assert!(!appearance("layout = \"cloud\"\nposition = \"top\"").has_place());
        assert!(!appearance("layout = \"bar\"\nposition = \"start\"").has_place());
    }

    #[test]
    fn colours_that_cannot_be_told_apart_are_named_in_the_themes_that_are_used() {
        let alike = appearance("[light]\nmuted = \"#aaa\"\n[dark]\naccent = \"#222\"").too_alike();
        let named: Vec<_> = alike.iter().map(|found| (found.theme, found.on, found.name)).collect();
        let expected =
            [("light", "background", "muted"), ("dark", "accent", "accent-text"), ("dark", "background", "accent")];
        assert_eq!(named, expected);
        assert!(alike[0].to_string().contains("2.3 to 1"), "{}", alike[0]);
        assert_eq!(appearance("theme = \"light\"\n[dark]\naccent = \"#222\"").too_alike(), []);
    }
}
