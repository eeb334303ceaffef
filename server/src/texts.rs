//! The words that Placet brings along, in the languages that it speaks, and how a widget's own words take their place.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use placet_protocol::{Purpose, PurposeTexts, Texts};
use serde::{Deserialize, Serialize};

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

/// What must be written by the widget, as Placet does not speak the language: `texts.eo.title`,
/// `purposes.Marketing.eo.name`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("these texts are missing: {}", .0.join(", "))]
pub struct MissingWords(pub Vec<String>);

/// Reads the files of `texts/`, each named as its language.
macro_rules! shipped {
    ($($language:literal)*) => {
        /// The languages whose words Placet brings along: the official ones of the European Union, and some more.
        pub const SHIPPED: &[&str] = &[$($language),*];

        static WORDS: LazyLock<BTreeMap<&'static str, Words>> = LazyLock::new(|| {
            BTreeMap::from([$(($language, read(include_str!(concat!("../texts/", $language, ".toml"))))),*])
        });
    };
}

shipped! {
    "bg" "cs" "da" "de" "el" "en" "es" "et" "fi" "fr" "ga" "hr" "hu" "it" "lt" "lv" "mt" "nl" "pl" "pt" "ro" "sk" "sl" "sv"
    "ar" "he" "is" "ja" "ko" "nb" "tr" "uk" "zh"
}

/// The names of texts that only some languages have: forms of the plural.
const FORMS: [&str; 5] = ["services-zero", "services-one", "services-two", "services-few", "services-many"];

/// The words that Placet brings along in a language, or in the same language of another region.
pub fn shipped(language: &Language) -> Option<&'static Words> {
    // The usual script goes without saying; somebody who names another one reads that one.
    if language.names_another_script() {
        return None;
    }
    WORDS.get(match language.primary() {
        // The macrolanguage is mostly written as the first of its two, which the readers of the other read as well.
        "no" | "nn" => "nb",
        other => other,
    })
}

/// The names of the banner's texts, as a widget's file writes them.
pub fn names() -> Vec<String> {
    let every = WORDS.values().flat_map(|words| by_name(&words.texts).into_keys());
    every.collect::<BTreeSet<_>>().into_iter().collect()
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
        if !texts.contains_key(&name) && !FORMS.contains(&name.as_str()) {
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

    let purposes = serde_json::to_value(purposes).and_then(serde_json::from_value);
    match purposes {
        Ok(purposes) if missing.is_empty() => Ok(Words { texts: from_names(texts), purposes }),
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

fn by_name(texts: &Texts) -> BTreeMap<String, String> {
    let named = Texts::NAMES.iter().zip(texts.each());
    named.filter(|(_, text)| !text.is_empty()).map(|(name, text)| (file_name(name), text.clone())).collect()
}

fn from_names(mut texts: BTreeMap<String, String>) -> Texts {
    let mut read = Texts::default();
    for (name, text) in Texts::NAMES.iter().zip(read.each_mut()) {
        *text = texts.remove(&file_name(name)).unwrap_or_default();
    }
    read
}

/// What is shown of texts that were published when Placet said less: what they leave unsaid is said in the words of
/// today, in their language or else in English.
pub fn complete(language: &Language, mut texts: Texts) -> Texts {
    let Some(today) = shipped(language).or_else(|| WORDS.get("en")) else { return texts };
    let is_plural = |name: &str| FORMS.contains(&file_name(name).as_str());
    for ((name, text), today) in Texts::NAMES.iter().zip(texts.each_mut()).zip(today.texts.each()) {
        if text.is_empty() && !is_plural(name) {
            text.clone_from(today);
        }
    }
    texts
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
    Words { texts: from_names(texts), purposes }
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
            let said = by_name(&words.texts);
            let unsaid: Vec<_> = names().into_iter().filter(|name| !said.contains_key(name)).collect();
            assert!(unsaid.iter().all(|name| FORMS.contains(&name.as_str())), "{tag}: {unsaid:?}");
            let purposes = Purpose::ALL.map(|purpose| words.purposes.of(purpose).clone());
            assert!(purposes.iter().all(|purpose| !purpose.name.is_empty() && !purpose.text.is_empty()), "{tag}");
            titles.push(words.texts.title);
        }
        titles.sort_unstable();
        titles.dedup();
        assert_eq!(titles.len(), SHIPPED.len());
    }

    #[test]
    fn every_language_leaves_a_place_for_what_is_filled_in() {
        for words in WORDS.values() {
            let Texts { text, services, chosen_on, frame_text, frame_always, .. } = &words.texts;
            for (text, place) in [
                (text, "{purposes}"),
                (services, "{count}"),
                (chosen_on, "{date}"),
                (frame_text, "{name}"),
                (frame_always, "{name}"),
            ] {
                assert!(text.contains(place), "{text}");
            }
        }
    }

    #[test]
    fn accepting_and_refusing_are_as_short_as_each_other() {
        for words in WORDS.values() {
            let [accept, refuse] = [&words.texts.accept_all, &words.texts.refuse_all].map(|text| text.chars().count());
            assert!(accept.abs_diff(refuse) <= 8 && accept.max(refuse) <= 26, "{}", words.texts.accept_all);
        }
    }

    #[test]
    fn a_language_is_spoken_in_its_usual_script_only() {
        let spoken = |tag: &str| shipped(&tag.parse().unwrap()).is_some();
        assert!(spoken("zh-CN") && spoken("zh-Hans") && spoken("nb-NO") && spoken("no"));
        assert!(!spoken("zh-TW") && !spoken("zh-Hant") && !spoken("eo"));
    }

    #[test]
    fn a_region_borrows_the_words_of_its_language() {
        let quebec: Language = "fr-CA".parse().unwrap();
        assert_eq!(shipped(&quebec).unwrap().texts.refuse_all, "Tout refuser");
    }

    #[test]
    fn a_language_that_placet_does_not_speak_must_be_written_whole() {
        let esperanto: Language = "eo".parse().unwrap();
        let own = OwnWords { texts: BTreeMap::from([("title".to_owned(), "Titolo".to_owned())]), ..Default::default() };
        let MissingWords(missing) = resolve(&esperanto, &own).unwrap_err();
        assert_eq!(missing.len(), names().len() - FORMS.len() - 1 + 2 * Purpose::ALL.len());
        assert!(missing.contains(&"texts.eo.accept-all".to_owned()));
        assert!(missing.contains(&"purposes.Marketing.eo.text".to_owned()));
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
    fn what_was_published_when_placet_said_less_is_completed() {
        let german: Language = "de".parse().unwrap();
        let old = Texts { title: "Titel".to_owned(), ..Texts::default() };
        let shown = complete(&german, old);
        assert_eq!(shown.title, "Titel");
        assert_eq!(shown.refuse_all, "Alle ablehnen");
        assert_eq!(shown.services_one, "");
    }

    #[test]
    fn names_lead_back_to_the_wire() {
        assert_eq!(file_name("acceptAll"), "accept-all");
        for name in names() {
            assert!(Texts::NAMES.iter().any(|wire| file_name(wire) == name), "{name}");
        }
    }
}
