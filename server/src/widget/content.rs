//! What a published version of a widget says, with nothing left to look up: the texts are whole, in every language, so
//! that the version says the same for ever, whatever becomes of Placet's own words.

use std::collections::BTreeMap;

use jiff::Timestamp;
use nonempty::NonEmpty;
use placet_protocol::{CookieSettings, DeclaredCookie, DeclaredStorage, Purpose, Signals};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    language::{self, Language},
    origin::{AllowedOrigin, Origin},
    seal::Hash,
    texts::Words,
    widget::{appearance::Appearance, file::ConsentMode},
};

/// A published version of a widget. It never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The version's name: proofs lead back to it. Later versions sort after earlier ones (UUID v7).
    pub version_key: Uuid,
    /// The latest version up to this one that asked for more than the version before it: choices made since then
    /// still stand.
    pub ask_key: Uuid,
    /// When it was published.
    pub published_at: Timestamp,
    /// What its content, as it is kept, hashes to ([`crate::seal::version`]).
    pub sha256: Hash,
    /// What it says.
    pub content: Content,
}

/// What a version of a widget says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Content {
    /// The widget's number.
    pub id: u32,
    /// The workspace that owns it.
    pub workspace: u32,
    /// What its owner calls it.
    pub name: String,
    /// The public keys that open it.
    pub keys: NonEmpty<String>,
    /// The sites that may show it.
    pub origins: NonEmpty<AllowedOrigin>,
    /// What it says in each of its languages; visitors who read none of them get the first.
    pub editions: NonEmpty<Edition>,
    /// How the choice is kept.
    pub cookie: CookieSettings,
    /// Which signals are sent and honoured.
    pub signals: Signals,
    /// How it looks.
    #[serde(default)]
    pub appearance: Appearance,
    /// Whether the page reloads once when something that was granted is refused.
    pub reload_on_withdrawal: bool,
    /// Whether a choice is handed over by links between its sites.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hand_over: bool,
    /// What it asks for.
    pub services: NonEmpty<Service>,
}

/// What a widget says in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Edition {
    /// The language.
    pub lang: Language,
    /// The address of the site's cookie policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_url: Option<String>,
    /// The texts of the banner and of the purposes.
    #[serde(flatten)]
    pub words: Words,
}

/// A service in every language of its widget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Service {
    /// Its identifier.
    pub id: Uuid,
    /// The version of what it says of itself.
    pub version: Uuid,
    /// Its short name.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub purpose: Purpose,
    /// What it does on this site, by language.
    pub description: BTreeMap<Language, String>,
    /// Whether its switch is on beforehand.
    pub default_consent: bool,
    /// The privacy policy of whoever runs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privacy_policy_url: Option<String>,
    /// Its logo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo_url: Option<String>,
    /// The cookies that it sets.
    pub cookies: Vec<DeclaredCookie>,
    /// What it keeps in the browser besides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub storage: Vec<DeclaredStorage>,
    /// The hosts that it loads from.
    pub domains: Vec<String>,
    /// The Google Consent Mode types that it stands for.
    pub consent_mode: Vec<ConsentMode>,
}

impl Content {
    /// The text (JSON) in which it is kept.
    ///
    /// # Errors
    ///
    /// None for what is a content.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    /// Whether a page of this origin may show the widget.
    pub fn allows(&self, origin: &Origin) -> bool {
        self.origins.iter().any(|allowed| allowed.allows(origin))
    }

    /// What a visitor who reads these languages, best first, is told; `None` if the widget speaks none of them.
    pub fn edition(&self, wanted: &[Language]) -> Option<&Edition> {
        language::negotiate(wanted, &self.editions)
    }
}

impl AsRef<Language> for Edition {
    fn as_ref(&self) -> &Language {
        &self.lang
    }
}
