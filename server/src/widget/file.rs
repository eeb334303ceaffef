//! The file in which a person describes a widget: TOML, with keys in kebab-case.
//!
//! The comments on the fields are what editors show, by the JSON Schema made from them.

use std::collections::BTreeMap;

use nonempty::NonEmpty;
use placet_protocol::{MAX_CHOICE_DAYS, Purpose, Signals, Texts};
use schemars::{
    JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings, json_schema, transform::RecursiveTransform,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{language::Language, origin::AllowedOrigin, texts, widget::appearance::Appearance};

/// A consent widget: what it asks for, in which words, and where it may be shown.
///
/// Apply the file with `placet-server widget apply FILE`: whatever changed becomes a new version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(title = "Placet widget")]
pub struct WidgetFile {
    /// The widget's number, as the snippet on the page names it. It stays the same for the widget's whole life.
    #[schemars(range(min = 1))]
    pub id: u32,
    /// The number of the workspace that owns the widget. Nothing in one workspace can be read from another.
    #[schemars(range(min = 1))]
    pub workspace: u32,
    /// What you call the widget. Visitors never see it.
    #[schemars(length(min = 1, max = 100))]
    pub name: String,
    /// The public keys that pages show to get the widget: `pk_` and 3 to 64 letters, digits, `-` or `_`.
    ///
    /// One is enough. To replace it, list the new one beside it, change the pages, then drop the old one. Two widgets
    /// of one workspace may share a key.
    #[schemars(length(min = 1, max = 2), inner(regex(pattern = "^pk_[A-Za-z0-9_-]{3,64}$")), with = "Vec<String>")]
    pub keys: NonEmpty<String>,
    /// The sites that may show the widget, each as `https://shop.example.com`; other sites are refused.
    ///
    /// Name the port unless it is the usual one. `http://localhost:*` allows any port, which loopback hosts only may.
    #[schemars(length(min = 1, max = 200), with = "Vec<String>")]
    pub origins: NonEmpty<AllowedOrigin>,
    /// The languages of the widget, as `en` or `fr-CA`. A visitor who reads none of them gets the first.
    ///
    /// Placet brings its own words in the official languages of the European Union and in Norwegian, Icelandic,
    /// Ukrainian, Turkish, Arabic, Hebrew, Chinese, Japanese and Korean; for any other language write every text below.
    #[schemars(length(min = 1, max = 50), with = "Vec<String>")]
    pub languages: NonEmpty<Language>,
    /// The address of your cookie policy, linked from the banner: one for all, or one for each language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_url: Option<PerLanguage>,
    /// How the visitor's choice is kept.
    #[serde(default)]
    pub cookie: CookieFile,
    /// How the banner and the settings look.
    #[serde(default)]
    pub appearance: Appearance,
    /// Whether the page reloads once when the visitor takes a consent back: what has run cannot be stopped otherwise.
    #[serde(default, skip_serializing_if = "is_false")]
    pub reload_on_withdrawal: bool,
    /// Whether a choice that was made on one of the sites in `origins` goes with links to the others of them
    /// (`placet.push(['link'])`): one choice for several domains of one owner.
    #[serde(default, skip_serializing_if = "is_false")]
    pub hand_over: bool,
    /// What other parties are told of the choice, and which signals of the visitor's browser are honoured.
    #[serde(default)]
    pub signals: SignalsFile,
    /// Your own words for the banner and the settings, by language. What you leave out is said in Placet's words.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "texts_schema")]
    pub texts: BTreeMap<Language, BTreeMap<String, String>>,
    /// Your own words for the purposes, by purpose and language. What you leave out is said in Placet's words.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", with = "by_label")]
    #[schemars(schema_with = "purposes_schema")]
    pub purposes: BTreeMap<Purpose, BTreeMap<Language, PurposeFile>>,
    /// Everything on the site that keeps something on the visitor's device or sends something about them elsewhere.
    #[schemars(length(min = 1, max = 500), with = "Vec<ServiceFile>")]
    pub services: NonEmpty<ServiceFile>,
}

/// One text for every language, or one for each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum PerLanguage {
    /// The same for every language.
    Same(String),
    /// One for each language of the widget.
    Each(#[schemars(with = "BTreeMap<String, String>")] BTreeMap<Language, String>),
}

/// How the visitor's choice is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CookieFile {
    /// The name of the cookie that keeps the choice.
    #[serde(default = "usual_cookie_name")]
    #[schemars(length(min = 1, max = 64))]
    pub name: String,
    /// How long a choice stands, in days: at most 180, about six months, after which the visitor is asked again (CNIL
    /// recommendation of 17 September 2020).
    #[serde(default = "usual_days")]
    #[schemars(range(min = 1, max = MAX_CHOICE_DAYS))]
    pub days: u16,
    /// The domain whose subdomains share the choice, as `example.com`. Left out, the choice is the site's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
}

impl Default for CookieFile {
    fn default() -> Self {
        Self { name: usual_cookie_name(), days: usual_days(), domain: None }
    }
}

fn usual_cookie_name() -> String {
    "euconsent".to_owned()
}

fn usual_days() -> u16 {
    MAX_CHOICE_DAYS
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// What other parties are told of the choice, and which signals of the visitor's browser are honoured.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a signal of its own, on or off")]
pub struct SignalsFile {
    /// Whether Google's tags are told through Google Consent Mode v2.
    #[serde(default)]
    pub consent_mode: bool,
    /// Where Google's default is "denied", as `FR` or `US-CA` (ISO 3166-2); everywhere if left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 300), inner(regex(pattern = "^[A-Z]{2}(-[A-Z0-9]{1,3})?$")))]
    pub regions: Vec<String>,
    /// Whether Microsoft Advertising (UET) is told.
    #[serde(default, skip_serializing_if = "is_false")]
    pub uet: bool,
    /// Whether Microsoft Clarity is told (`consentv2`).
    #[serde(default, skip_serializing_if = "is_false")]
    pub clarity: bool,
    /// Whether Global Privacy Control refuses Analytical and Marketing services. California asks for it (CCPA
    /// Regulations §7025).
    #[serde(default, skip_serializing_if = "is_false")]
    pub gpc: bool,
    /// Whether Do Not Track does the same.
    #[serde(default, skip_serializing_if = "is_false")]
    pub dnt: bool,
    /// The name of the data layer that your tag manager reads, if it is not `dataLayer`: what its snippet has as `l=`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^[A-Za-z_$][A-Za-z0-9_$]{0,63}$"))]
    pub data_layer: Option<String>,
}

impl From<SignalsFile> for Signals {
    fn from(file: SignalsFile) -> Self {
        let SignalsFile { consent_mode, regions, uet, clarity, gpc, dnt, data_layer } = file;
        Self { consent_mode, regions, uet, clarity, gpc, dnt, data_layer }
    }
}

impl From<Signals> for SignalsFile {
    fn from(signals: Signals) -> Self {
        let Signals { consent_mode, regions, uet, clarity, gpc, dnt, data_layer } = signals;
        Self { consent_mode, regions, uet, clarity, gpc, dnt, data_layer }
    }
}

/// Your own words for a purpose in one language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PurposeFile {
    /// The purpose's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub name: Option<String>,
    /// What services of this purpose do, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 2000))]
    pub text: Option<String>,
}

/// Something on the site that keeps or sends data, run by somebody with a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ServiceFile {
    /// The service's short name in the page's markup (`data-consent="drift"`) and in the cookie: lower-case letters,
    /// digits, `-` and `_`, at most 40.
    #[schemars(regex(pattern = "^[a-z0-9][a-z0-9_-]{0,39}$"))]
    pub slug: String,
    /// The service's name, as the visitor sees it.
    #[schemars(length(min = 1, max = 100))]
    pub name: String,
    /// What the service is for. `Necessary` is never asked for and cannot be refused: only for what the site cannot
    /// work without.
    #[serde(with = "label")]
    #[schemars(schema_with = "purpose_schema")]
    pub purpose: Purpose,
    /// The service's identifier in proofs (UUID). It stays the same for the service's whole life.
    pub id: Uuid,
    /// The version of the service's description (UUID). A new version is asked for again.
    ///
    /// Left out, it follows from what the service says of itself: its name, purpose, descriptions, policy, cookies,
    /// domains and consent mode. Write it to correct a typing error without asking every visitor again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Uuid>,
    /// What the service does on this site, in every language of the widget.
    #[schemars(with = "BTreeMap<String, String>")]
    pub description: BTreeMap<Language, String>,
    /// Whether its switch is on before the visitor has decided. It never grants anything, and a switch that is set
    /// beforehand is no valid consent in the European Union (CJEU, C-673/17, Planet49): leave it out there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<bool>,
    /// The address of the privacy policy of whoever runs the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privacy_policy: Option<String>,
    /// The address of the service's logo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo: Option<String>,
    /// The cookies that the service sets. They are removed when the visitor takes the consent back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub cookies: Vec<CookieOfService>,
    /// What the service keeps in the browser besides: in localStorage and the like. It is removed when the visitor takes
    /// the consent back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub storage: Vec<StorageOfService>,
    /// The hosts that the service loads from, as `js.driftt.com`; `*.example.com` for every host below a domain.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub domains: Vec<String>,
    /// The Google Consent Mode types that the service stands for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 7))]
    pub consent_mode: Vec<ConsentMode>,
}

/// A cookie that a service sets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CookieOfService {
    /// The cookie's name, each `*` in it for any characters, as `_ga*` or `mp_*_mixpanel`.
    #[schemars(length(min = 1, max = 100))]
    pub name: String,
    /// How long it is kept, in days; 0: until the browser is closed.
    #[schemars(range(max = 36_500))]
    pub days: u32,
}

/// Something that a service keeps in the browser and that is no cookie.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct StorageOfService {
    /// Where it is kept.
    pub kind: StorageKind,
    /// The key, the database's name or the cache's, each `*` in it for any characters, as `amplitude_*`.
    #[schemars(length(min = 1, max = 100))]
    pub key: String,
}

/// Where a browser keeps what is no cookie (HTML Living Standard, 12 "Web storage"; Indexed Database API; Service Workers,
/// "CacheStorage").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the browsers' own names")]
pub enum StorageKind {
    #[serde(rename = "localStorage")]
    Local,
    #[serde(rename = "sessionStorage")]
    Session,
    #[serde(rename = "IndexedDB")]
    IndexedDb,
    #[serde(rename = "CacheStorage")]
    Cache,
}

impl StorageKind {
    const ALL: [Self; 4] = [Self::Local, Self::Session, Self::IndexedDb, Self::Cache];

    /// The name that it has in the browser.
    pub fn name(self) -> &'static str {
        match self {
            Self::Local => "localStorage",
            Self::Session => "sessionStorage",
            Self::IndexedDb => "IndexedDB",
            Self::Cache => "CacheStorage",
        }
    }

    /// The one of this name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A consent type of Google Consent Mode v2
/// (<https://developers.google.com/tag-platform/security/concepts/consent-mode>).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "Google's own names")]
pub enum ConsentMode {
    AdStorage,
    AdUserData,
    AdPersonalization,
    AnalyticsStorage,
    FunctionalityStorage,
    PersonalizationStorage,
    SecurityStorage,
}

impl ConsentMode {
    /// The name that Google's tags know.
    pub fn name(self) -> &'static str {
        match self {
            Self::AdStorage => "ad_storage",
            Self::AdUserData => "ad_user_data",
            Self::AdPersonalization => "ad_personalization",
            Self::AnalyticsStorage => "analytics_storage",
            Self::FunctionalityStorage => "functionality_storage",
            Self::PersonalizationStorage => "personalization_storage",
            Self::SecurityStorage => "security_storage",
        }
    }
}

/// The JSON Schema of a widget's file.
pub fn schema() -> Schema {
    let settings = SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true);
    settings.with_transform(RecursiveTransform(tidy)).into_generator().into_root_schema_for::<WidgetFile>()
}

/// The schema as it is published: indented, what it is first, with a line break at its end.
pub fn schema_text() -> String {
    let mut schema = schema().to_value();
    if let Some(keywords) = schema.as_object_mut() {
        let rest = std::mem::take(keywords);
        let order = |keyword: &str| ["$schema", "title", "description"].iter().position(|first| *first == keyword);
        let mut rest: Vec<_> = rest.into_iter().collect();
        // Stable: what is not named stays in its order.
        rest.sort_by_key(|(keyword, _)| order(keyword).unwrap_or(usize::MAX));
        keywords.extend(rest);
    }
    format!("{schema:#}\n")
}

/// Makes the schema say what it means to a person who writes TOML.
fn tidy(schema: &mut Schema) {
    // Editors break lines themselves: one line for each paragraph.
    if let Some(Value::String(description)) = schema.get_mut("description") {
        let paragraphs: Vec<_> = description.split("\n\n").map(|paragraph| paragraph.replace('\n', " ")).collect();
        *description = paragraphs.join("\n\n");
    }
    // TOML has no null: what may be left out is left out.
    if let Some(Value::Array(types)) = schema.get("type")
        && let [one, Value::String(null)] = types.as_slice()
        && null == "null"
    {
        let one = one.clone();
        schema.insert("type".to_owned(), one);
    }
    if let Some(Value::Array(alternatives)) = schema.get("anyOf")
        && let [Value::Object(one), null] = alternatives.as_slice()
        && null["type"] == "null"
    {
        let one = one.clone();
        schema.remove("anyOf");
        for (keyword, value) in one {
            schema.ensure_object().entry(keyword).or_insert(value);
        }
    }
}

fn purpose_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": Purpose::ALL.map(Purpose::label) })
}

fn purposes_schema(generator: &mut SchemaGenerator) -> Schema {
    let words = generator.subschema_for::<BTreeMap<String, PurposeFile>>().to_value();
    let purposes: Map<_, _> =
        Purpose::ALL.into_iter().map(|purpose| (purpose.label().to_owned(), words.clone())).collect();
    json_schema!({ "type": "object", "properties": purposes, "additionalProperties": false })
}

/// The banner's texts, each of which may be left out, with the descriptions that the wire gives them.
fn texts_schema(generator: &mut SchemaGenerator) -> Schema {
    let wire = generator.subschema_for::<Texts>().to_value();
    let texts: Map<String, Value> = wire
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(name, schema)| {
            let mut schema = schema.clone();
            if let Some(schema) = schema.as_object_mut() {
                schema.insert("minLength".to_owned(), 1.into());
                schema.insert("maxLength".to_owned(), 2000.into());
            }
            (texts::file_name(name), schema)
        })
        .collect();
    json_schema!({
        "type": "object",
        "additionalProperties": { "type": "object", "properties": texts, "additionalProperties": false },
    })
}

/// A purpose by its label, which is how people write it; on the wire it is a number.
mod label {
    use placet_protocol::Purpose;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
    pub fn serialize<S: Serializer>(purpose: &Purpose, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(purpose.label())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Purpose, D::Error> {
        Purpose::from_label(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// A map by the purposes' labels.
mod by_label {
    use std::collections::BTreeMap;

    use placet_protocol::Purpose;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub fn serialize<T: Serialize, S: Serializer>(
        map: &BTreeMap<Purpose, T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_map(map.iter().map(|(purpose, value)| (purpose.label(), value)))
    }

    pub fn deserialize<'de, T, D>(deserializer: D) -> Result<BTreeMap<Purpose, T>, D::Error>
    where
        T: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        BTreeMap::<String, T>::deserialize(deserializer)?
            .into_iter()
            .map(|(label, value)| Ok((Purpose::from_label(&label).map_err(D::Error::custom)?, value)))
            .collect()
    }
}
