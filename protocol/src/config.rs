//! What a widget shows, in one language: the answer to `GET /v1/widgets/{id}`.
//!
//! Every visitor's browser is sent this, so what is `false` or empty is left out where the gate reads silence as just
//! that.

use serde::{Deserialize, Serialize};

use crate::purpose::Purpose;

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
    /// Whether the page reloads once when something that was granted is refused.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(test, ts(as = "Option<_>", optional))]
    pub reload_on_withdrawal: bool,
}

impl WidgetConfig {
    /// Every service of the widget, purpose by purpose.
    pub fn services(&self) -> impl Iterator<Item = &ServiceConfig> {
        self.purposes.iter().flat_map(|purpose| &purpose.services)
    }
}

/// The words of the banner and of the settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct Texts {
    /// The banner's heading.
    pub title: String,
    /// What the visitor is asked, in a sentence or two.
    pub text: String,
    /// The button that grants everything.
    pub accept_all: String,
    /// The button that refuses everything but what is necessary.
    pub refuse_all: String,
    /// The button that opens the settings.
    pub settings: String,
    /// The link to the site's cookie policy.
    pub policy: String,
    /// The heading of the settings.
    pub settings_title: String,
    /// What the settings are for.
    pub settings_text: String,
    /// The button that keeps the choice made in the settings.
    pub save: String,
    /// The button that closes the settings and changes nothing.
    pub close: String,
    /// Said of what is necessary, in the place of a switch.
    pub always_on: String,
    /// The link to a service's privacy policy.
    pub service_policy: String,
    /// Why a frame is shut; `{name}` stands for who is in it.
    pub frame_text: String,
    /// The button that opens one frame, this once.
    pub frame_once: String,
    /// The button that allows a frame's services for good; `{name}` stands for who they are.
    pub frame_always: String,
    /// That a signal of the visitor's browser was honoured (California: CCPA Regulations §7025(c)(6)).
    pub signal_honoured: String,
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
    /// Its exact name, or a prefix followed by `*`.
    pub name: String,
    /// How long it is kept, in days; 0: until the browser is closed.
    pub days: u32,
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
