//! The words that Placet brings along, in the languages that it speaks, and how a widget's own words take their place.

use std::{collections::BTreeMap, sync::LazyLock};

use placet_protocol::{Purpose, PurposeTexts, Texts};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::language::Language;

/// Everything that is said in one language: the banner's texts and the words of every purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// The banner and the settings.
    pub texts: Texts,
    /// The purposes.
    pub purposes: PurposeWords,
}

/// The words of each purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "each is named as its purpose")]
pub struct PurposeWords {
    pub necessary: PurposeTexts,
    pub preference: PurposeTexts,
    pub analytical: PurposeTexts,
    pub marketing: PurposeTexts,
    pub other: PurposeTexts,
}

impl PurposeWords {
    /// The words of a purpose.
    pub fn of(&self, purpose: Purpose) -> &PurposeTexts {
        match purpose {
            Purpose::Necessary => &self.necessary,
            Purpose::Preference => &self.preference,
            Purpose::Analytical => &self.analytical,
            Purpose::Marketing => &self.marketing,
            Purpose::Other => &self.other,
        }
    }
}

/// A widget's own words in one language, by the names that its file gives them: `accept-all`, and for each purpose
/// `name` and `text`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnWords {
    /// The banner and the settings.
    pub texts: BTreeMap<String, String>,
    /// The purposes.
    pub purposes: BTreeMap<Purpose, BTreeMap<String, String>>,
}

/// What must be written by the widget, as Placet does not speak the language: `texts.de.title`,
/// `purposes.Marketing.de.name`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("these texts are missing: {}", .0.join(", "))]
pub struct MissingWords(pub Vec<String>);

/// The languages whose words Placet brings along.
pub const SHIPPED: [&str; 3] = ["en", "fr", "nl"];

static WORDS: LazyLock<BTreeMap<&'static str, Words>> = LazyLock::new(|| {
    let sources =
        [include_str!("../texts/en.toml"), include_str!("../texts/fr.toml"), include_str!("../texts/nl.toml")];
    SHIPPED.into_iter().zip(sources).map(|(language, source)| (language, read(source))).collect()
});

/// The words that Placet brings along in a language, or in the same language of another region.
pub fn shipped(language: &Language) -> Option<&'static Words> {
    WORDS.get(language.primary())
}

/// The names of the banner's texts, as a widget's file writes them.
pub fn names() -> Vec<String> {
    WORDS.values().next().map(|words| by_name(&words.texts).into_keys().collect()).unwrap_or_default()
}

/// The widget's own words where it has some, and Placet's everywhere else.
///
/// # Errors
///
/// [`MissingWords`] if Placet does not speak the language and the widget leaves something unsaid.
pub fn resolve(language: &Language, own: &OwnWords) -> Result<Words, MissingWords> {
    let base = shipped(language);
    let mut missing = Vec::new();

    let mut texts = base.map(|words| by_name(&words.texts)).unwrap_or_default();
    texts.extend(own.texts.clone());
    for name in names() {
        if !texts.contains_key(&name) {
            missing.push(format!("texts.{language}.{name}"));
        }
    }

    let mut purposes = BTreeMap::new();
    for purpose in Purpose::ALL {
        let own = own.purposes.get(&purpose);
        let mut word = |name: &str, base: Option<&String>| {
            let found = own.and_then(|own| own.get(name)).or(base).cloned();
            found.unwrap_or_else(|| {
                missing.push(format!("purposes.{}.{language}.{name}", purpose.label()));
                String::new()
            })
        };
        let base = base.map(|words| words.purposes.of(purpose));
        let name = word("name", base.map(|base| &base.name));
        let text = word("text", base.map(|base| &base.text));
        purposes.insert(purpose.label(), PurposeTexts { name, text });
    }

    let words = from_names(texts).and_then(|texts| {
        let purposes = serde_json::from_value(serde_json::to_value(purposes)?)?;
        Ok(Words { texts, purposes })
    });
    match words {
        Ok(words) if missing.is_empty() => Ok(words),
        _ => Err(MissingWords(missing)),
    }
}

/// The opposite of [`resolve`]: which words must be a widget's own for it to say exactly this.
pub fn own_words(language: &Language, words: &Words) -> OwnWords {
    let base = shipped(language);
    let mut texts = by_name(&words.texts);
    if let Some(base) = base {
        let base = by_name(&base.texts);
        texts.retain(|name, text| base.get(name) != Some(text));
    }
    let purposes = Purpose::ALL.into_iter().filter_map(|purpose| {
        let base = base.map(|base| base.purposes.of(purpose));
        let PurposeTexts { name, text } = words.purposes.of(purpose);
        let mut own = BTreeMap::new();
        if base.map(|base| &base.name) != Some(name) {
            own.insert("name".to_owned(), name.clone());
        }
        if base.map(|base| &base.text) != Some(text) {
            own.insert("text".to_owned(), text.clone());
        }
        (!own.is_empty()).then_some((purpose, own))
    });
    OwnWords { texts, purposes: purposes.collect() }
}

/// The name of a field of the wire (`acceptAll`) as a file writes it (`accept-all`).
pub fn file_name(wire: &str) -> String {
    let mut name = String::with_capacity(wire.len() + 2);
    for letter in wire.chars() {
        if letter.is_ascii_uppercase() {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

/// The opposite of [`file_name`].
fn wire_name(file: &str) -> String {
    let mut words = file.split('-');
    let mut name = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name
}

fn by_name(texts: &Texts) -> BTreeMap<String, String> {
    match serde_json::to_value(texts) {
        Ok(Value::Object(texts)) => {
            texts.into_iter().filter_map(|(name, text)| Some((file_name(&name), text.as_str()?.to_owned()))).collect()
        }
        _ => BTreeMap::new(),
    }
}

fn from_names(texts: BTreeMap<String, String>) -> Result<Texts, serde_json::Error> {
    let texts: Map<_, _> = texts.into_iter().map(|(name, text)| (wire_name(&name), Value::String(text))).collect();
    serde_json::from_value(Value::Object(texts))
}

/// Reads one of the files in `texts/`.
#[expect(clippy::expect_used, reason = "the files are part of the program, and a test reads each of them")]
fn read(source: &str) -> Words {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        texts: BTreeMap<String, String>,
        purposes: PurposeWords,
    }
    let File { texts, purposes } = toml::from_str(source).expect("a file of texts has texts and purposes");
    Words { texts: from_names(texts).expect("a file of texts has every text"), purposes }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_says_everything_in_words_of_its_own() {
        let mut titles = Vec::new();
        for tag in SHIPPED {
            let language: Language = tag.parse().unwrap();
            let words = resolve(&language, &OwnWords::default()).unwrap();
            let all = by_name(&words.texts).into_values();
            let purposes = Purpose::ALL.map(|purpose| words.purposes.of(purpose).clone());
            assert!(
                all.chain(purposes.into_iter().flat_map(|purpose| [purpose.name, purpose.text]))
                    .all(|text| !text.is_empty())
            );
            titles.push(words.texts.title);
        }
        titles.dedup();
        assert_eq!(titles.len(), SHIPPED.len());
    }

    #[test]
    fn a_region_borrows_the_words_of_its_language() {
        let quebec: Language = "fr-CA".parse().unwrap();
        assert_eq!(shipped(&quebec).unwrap().texts.refuse_all, "Tout refuser");
    }

    #[test]
    fn a_language_that_placet_does_not_speak_must_be_written_whole() {
        let german: Language = "de".parse().unwrap();
        let own = OwnWords { texts: BTreeMap::from([("title".to_owned(), "Titel".to_owned())]), ..Default::default() };
        let MissingWords(missing) = resolve(&german, &own).unwrap_err();
        assert_eq!(missing.len(), names().len() - 1 + 2 * Purpose::ALL.len());
        assert!(missing.contains(&"texts.de.accept-all".to_owned()));
        assert!(missing.contains(&"purposes.Marketing.de.text".to_owned()));
    }

    #[test]
    fn own_words_lead_back_to_themselves() {
        let french: Language = "fr".parse().unwrap();
        let own = OwnWords {
            texts: BTreeMap::from([("accept-all".to_owned(), "D’accord".to_owned())]),
            purposes: BTreeMap::from([(Purpose::Other, BTreeMap::from([("name".to_owned(), "Divers".to_owned())]))]),
        };
        let words = resolve(&french, &own).unwrap();
        assert_eq!(words.texts.accept_all, "D’accord");
        assert_eq!(words.texts.refuse_all, "Tout refuser");
        assert_eq!(own_words(&french, &words), own);
    }

    #[test]
    fn names_lead_back_to_the_wire() {
        assert_eq!(file_name("acceptAll"), "accept-all");
        for name in names() {
            assert_eq!(file_name(&wire_name(&name)), name);
        }
    }
}
