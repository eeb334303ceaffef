//! What a widget shows, in one language: the answer to `GET /v1/widgets/{id}`.
//!
//! Every visitor's browser is sent this, so what is `false` or empty is left out where the gate reads silence as just
//! that.

use core::fmt;

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use crate::{first_layer::Trigger, purpose::Purpose};

/// A published version of a widget, in the language the visitor reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct WidgetConfig {
    /// The widget's number, as in the snippet.
    pub id: u32,
    /// The workspace that owns the widget.
    pub work_space_id: u32,
    /// The published version: a proof names it, and its texts and services never change.
    pub version_key: String,
    /// The latest version that asked for more than the one before it. A choice made since then still stands;
    /// an older one is asked for again. Equal to `version_key`, or older.
    pub ask_key: String,
    /// The language of the texts (BCP 47).
    pub lang: String,
    /// Whether that language is written from right to left.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(test, ts(as = "Option<_>", optional))]
    pub rtl: bool,
    /// The texts of the banner and of the settings.
    pub texts: Texts,
    /// The address of the site's cookie policy, linked from the banner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_url: Option<String>,
    /// How the choice is kept.
    pub cookie: CookieSettings,
    /// The purposes that have services, in the order of their numbers.
    pub purposes: Vec<PurposeConfig>,
    /// Which signals are sent and honoured.
    pub signals: Signals,
    /// How it looks.
    #[serde(default, skip_serializing_if = "Appearance::is_usual")]
    #[cfg_attr(test, ts(as = "Option<_>", optional))]
    pub appearance: Appearance,
    /// The button that brings the settings back, if the widget has one. The gate draws it; the core never reads it.
    #[serde(default, skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<Trigger>,
    /// Whether the page reloads once when something that was granted is refused.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(test, ts(as = "Option<_>", optional))]
    pub reload_on_withdrawal: bool,
    /// The origins that a choice may be handed over to by links; none if the widget hands none over.
    #[serde(default, skip_deserializing, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, ts(as = "Option<_>", optional))]
    pub hand_over: Vec<String>,
}

impl WidgetConfig {
    /// Every service of the widget, purpose by purpose.
    pub fn services(&self) -> impl Iterator<Item = &ServiceConfig> {
        self.purposes.iter().flat_map(|purpose| &purpose.services)
    }
}

macro_rules! texts {
    ($($(#[$attribute:meta])* $field:ident = $name:literal,)*) => {
        /// The words of the banner and of the settings.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema, utoipa::ToSchema))]
        #[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
        #[serde(rename_all = "camelCase")]
        pub struct Texts {
            $($(#[$attribute])* pub $field: String,)*
        }

        impl Texts {
            /// What each is called on the wire.
            pub const NAMES: &[&str] = &[$($name),*];

            /// Each of them, in the order of their names.
            pub fn each(&self) -> impl Iterator<Item = &String> {
                [$(&self.$field),*].into_iter()
            }

            /// The same, to be changed.
            pub fn each_mut(&mut self) -> impl Iterator<Item = &mut String> {
                [$(&mut self.$field),*].into_iter()
            }
        }
    };
}

texts! {
    /// The banner's heading.
    title = "title",
    /// What the visitor is asked, in a sentence or two, with what is asked for.
    text = "text",
    /// The button that grants everything.
    accept_all = "acceptAll",
    /// The button that refuses everything but what is necessary.
    refuse_all = "refuseAll",
    /// The button that opens the settings.
    settings = "settings",
    /// The button that closes the banner and refuses everything, where the widget has one.
    continue_without = "continueWithout",
    /// The link to the site's cookie policy.
    policy = "policy",
    /// The heading of the settings.
    settings_title = "settingsTitle",
    /// What the settings are for.
    settings_text = "settingsText",
    /// The button that keeps the choice made in the settings.
    save = "save",
    /// The button that closes the settings and changes nothing.
    close = "close",
    /// Said of what is necessary, in the place of a switch.
    always_on = "alwaysOn",
    /// The link to a service's privacy policy.
    service_policy = "servicePolicy",
    /// How many services a purpose has; `{count}` stands for the number. The forms of the language's plural beside it
    /// are used where there is one (Unicode CLDR: plural rules).
    services = "services",
    /// The same, for none.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[cfg_attr(test, ts(as = "Option<_>", optional))]
    services_zero = "servicesZero",
    /// The same, for one and what is like one.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[cfg_attr(test, ts(as = "Option<_>", optional))]
    services_one = "servicesOne",
    /// The same, for two and what is like two.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[cfg_attr(test, ts(as = "Option<_>", optional))]
    services_two = "servicesTwo",
    /// The same, for a few.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[cfg_attr(test, ts(as = "Option<_>", optional))]
    services_few = "servicesFew",
    /// The same, for many.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[cfg_attr(test, ts(as = "Option<_>", optional))]
    services_many = "servicesMany",
    /// The heading of a service's cookies.
    cookies = "cookies",
    /// How long a cookie is kept that has no end of its own.
    cookie_session = "cookieSession",
    /// When the visitor chose; `{date}` stands for the day.
    chosen_on = "chosenOn",
    /// What the number of the visitor's proof is called.
    proof = "proof",
    /// The button that copies it.
    copy = "copy",
    /// What that button says once it has.
    copied = "copied",
    /// Why a frame is shut; `{name}` stands for who is in it.
    frame_text = "frameText",
    /// The button that opens one frame, this once.
    frame_once = "frameOnce",
    /// The button that allows a frame's services for good; `{name}` stands for who they are.
    frame_always = "frameAlways",
    /// That a signal of the visitor's browser was honoured (California: CCPA Regulations §7025(c)(6)).
    signal_honoured = "signalHonoured",
}

/// One loop over all of them: the code that serde derives says the same for each, and weighs kilobytes in the browser.
/// What is missing is empty; the server fills it in (`server/src/texts.rs`).
impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct("Texts", Self::NAMES, TextsVisitor)
    }
}

struct TextsVisitor;

impl<'de> Visitor<'de> for TextsVisitor {
    type Value = Texts;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("texts by their names")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Texts, A::Error> {
        let mut texts = Texts::default();
        for text in texts.each_mut() {
            if let Some(value) = values.next_element()? {
                *text = value;
            }
        }
        Ok(texts)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Texts, A::Error> {
        let mut texts = Texts::default();
        while let Some(name) = entries.next_key::<String>()? {
            let place = Texts::NAMES.iter().position(|known| *known == name);
            match place.and_then(|place| texts.each_mut().nth(place)) {
                Some(text) => *text = entries.next_value()?,
                None => drop(entries.next_value::<IgnoredAny>()?),
            }
        }
        Ok(texts)
    }
}

/// How the banner and the settings look. What is usual is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct Appearance {
    /// The names of the banner's parts, by which the style sheets know its shape and where it stands: `box`, `bar`,
    /// `cloud` or `inline`; then `top` or `middle`, `center` or `end`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[cfg_attr(test, ts(as = "Option<_>", optional))]
    pub banner: String,
    /// The same for the settings: `panel`, if they stand at the side.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[cfg_attr(test, ts(as = "Option<_>", optional))]
    pub settings: String,
    /// Whether the banner can be closed, which refuses everything.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(test, ts(as = "Option<_>", optional))]
    pub continue_without: bool,
    /// A style sheet for what is not Placet's usual look.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[cfg_attr(test, ts(as = "Option<_>", optional))]
    pub style: String,
}

impl Appearance {
    fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// How the choice is kept in the browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct CookieSettings {
    /// The cookie's name.
    pub name: String,
    /// How long a choice stands, in days: 1 to [`crate::MAX_CHOICE_DAYS`].
    pub days: u16,
    /// The cookie's `Domain`, to share a choice among subdomains.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
}

/// A purpose as the visitor sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct PurposeConfig {
    /// Which purpose.
    #[cfg_attr(test, ts(type = "number"))]
    pub purpose: Purpose,
    /// Its name.
    pub name: String,
    /// What its services do, in a sentence.
    pub text: String,
    /// Its services: at least one.
    pub services: Vec<ServiceConfig>,
}

/// The words of a purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PurposeTexts {
    /// The purpose's name.
    pub name: String,
    /// What services of this purpose do, in a sentence.
    pub text: String,
}

/// A service as the visitor sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct ServiceConfig {
    /// The service's identifier (UUID).
    pub id: String,
    /// The version of its description (UUID).
    pub version: String,
    /// Its short name, as in the page's markup: lower-case letters, digits, `-` and `_`.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// What it does on this site.
    pub description: String,
    /// Whether it is granted before the visitor has decided in the settings (a pre-set switch, never a grant).
    #[serde(default)]
    pub default_consent: bool,
    /// The privacy policy of whoever runs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privacy_policy_url: Option<String>,
    /// Its logo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo_url: Option<String>,
    /// The cookies that it sets.
    #[serde(default)]
    pub cookies: Vec<DeclaredCookie>,
    /// What it keeps in the browser besides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, ts(as = "Option<_>", optional))]
    pub storage: Vec<DeclaredStorage>,
    /// The hosts that it loads from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, ts(as = "Option<_>", optional))]
    pub domains: Vec<String>,
    /// The Google Consent Mode types that it stands for.
    #[serde(default)]
    pub consent_mode: Vec<String>,
}

/// A cookie that a service sets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeclaredCookie {
    /// Its name, each `*` in it for any characters: `_ga*`, `mp_*_mixpanel`.
    pub name: String,
    /// How long it is kept, in days; 0: until the browser is closed.
    pub days: u32,
}

/// Something that a service keeps in the browser and that is no cookie.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeclaredStorage {
    /// Where it is kept, by the name that browsers have for it: `localStorage`, `sessionStorage`, `IndexedDB` or
    /// `CacheStorage`.
    #[cfg_attr(test, ts(type = "'localStorage' | 'sessionStorage' | 'IndexedDB' | 'CacheStorage'"))]
    pub kind: String,
    /// Its key, the database's name or the cache's, each `*` in it for any characters.
    pub key: String,
}

/// What other parties are told of the choice, and which signals of the visitor's browser are honoured.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "each is a signal of its own, on or off")]
pub struct Signals {
    /// Whether Google Consent Mode v2 is told.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(test, ts(as = "Option<_>", optional))]
    pub consent_mode: bool,
    /// Where Google's default is "denied": regions (ISO 3166-2); everywhere if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, ts(as = "Option<_>", optional))]
    pub regions: Vec<String>,
    /// Whether Microsoft Advertising (UET) is told.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(test, ts(as = "Option<_>", optional))]
    pub uet: bool,
    /// Whether Microsoft Clarity is told.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(test, ts(as = "Option<_>", optional))]
    pub clarity: bool,
    /// Whether Global Privacy Control refuses what is Analytical or Marketing.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(test, ts(as = "Option<_>", optional))]
    pub gpc: bool,
    /// Whether Do Not Track does the same.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(test, ts(as = "Option<_>", optional))]
    pub dnt: bool,
    /// The name of the page's data layer, if it is not `dataLayer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_layer: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn silence_is_read_as_false_and_false_is_not_said() {
        let signals: Signals = serde_json::from_value(json!({})).unwrap();
        assert_eq!(signals, Signals::default());
        assert_eq!(serde_json::to_value(&signals).unwrap(), json!({}));
        let told = json!({
            "consentMode": true, "regions": ["BE"], "uet": true, "clarity": true, "gpc": true, "dnt": true,
        });
        let signals: Signals = serde_json::from_value(told.clone()).unwrap();
        assert_eq!(serde_json::to_value(signals).unwrap(), told);
    }

    #[test]
    fn texts_are_written_and_read_by_their_names() {
        let names: serde_json::Map<_, _> =
            Texts::NAMES.iter().map(|name| ((*name).to_owned(), json!(format!("<{name}>")))).collect();
        let texts: Texts = serde_json::from_value(Value::Object(names.clone())).unwrap();
        assert_eq!(texts.accept_all, "<acceptAll>");
        assert_eq!(serde_json::to_value(&texts).unwrap(), Value::Object(names));
    }

    #[test]
    fn texts_that_are_not_known_are_passed_over_and_those_that_are_missing_are_empty() {
        let texts: Texts = serde_json::from_value(json!({"title": "T", "ofALaterPlacet": "?"})).unwrap();
        assert_eq!(texts, Texts { title: "T".to_owned(), ..Texts::default() });
    }

    #[test]
    fn what_the_gate_reads_without_asking_is_always_there() {
        let least = json!({"id": "i", "version": "v", "slug": "drift", "name": "Drift", "description": "Chat."});
        let service: ServiceConfig = serde_json::from_value(least).unwrap();
        let Value::Object(json) = serde_json::to_value(service).unwrap() else { panic!() };
        let mut names: Vec<_> = json.keys().map(String::as_str).collect();
        names.sort_unstable();
        let expected = ["consentMode", "cookies", "defaultConsent", "description", "id", "name", "slug", "version"];
        assert_eq!(names, expected);
    }
}
