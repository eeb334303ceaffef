//! Which of a widget's languages a visitor reads.

use std::{cmp::Ordering, fmt, str::FromStr};

use icu_locale_core::{LanguageIdentifier, Locale, subtags::Variants};
use nonempty::NonEmpty;
use serde::{Deserialize, Serialize};

/// A language as a tag names it: `fr`, `fr-CA`, `zh-Hans` (BCP 47; Unicode's language identifiers).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Language(LanguageIdentifier);

/// A text that is no language tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no language tag; write it as `fr` or `fr-CA`")]
pub struct InvalidLanguage;

impl Language {
    /// The language itself, without script and region: `fr` of `fr-CA`.
    pub fn primary(&self) -> &str {
        self.0.language.as_str()
    }

    /// Whether the tag names a script, or a region that has one, in which the language is not usually written, as
    /// `zh-Hant` and `zh-TW` do (Unicode CLDR: likely subtags).
    pub fn names_another_script(&self) -> bool {
        let usual = match self.primary() {
            "bg" | "uk" => "Cyrl",
            "el" => "Grek",
            "ar" => "Arab",
            "he" => "Hebr",
            "zh" => "Hans",
            "ja" => "Jpan",
            "ko" => "Kore",
            _ => "Latn",
        };
        match (self.0.script, self.0.region) {
            (Some(script), _) => script.as_str() != usual,
            (None, Some(region)) => self.primary() == "zh" && matches!(region.as_str(), "TW" | "HK" | "MO"),
            (None, None) => false,
        }
    }

    /// Whether the language is written from right to left: by its script if the tag names one, else by the script
    /// that it is usually written in (Unicode CLDR: script metadata, likely subtags).
    pub fn is_right_to_left(&self) -> bool {
        match self.0.script {
            Some(script) => matches!(script.as_str(), "Arab" | "Hebr" | "Thaa" | "Syrc" | "Nkoo" | "Adlm" | "Rohg"),
            None => matches!(
                self.primary(),
                "ar" | "ckb" | "dv" | "fa" | "he" | "nqo" | "ps" | "sd" | "syr" | "ug" | "ur" | "yi"
            ),
        }
    }
}

impl FromStr for Language {
    type Err = InvalidLanguage;

    /// Reads a tag, leaving out the extensions that browsers may add to it (`en-US-u-hc-h12`).
    fn from_str(tag: &str) -> Result<Self, InvalidLanguage> {
        let id = Locale::try_from_str(tag).map_err(|_| InvalidLanguage)?.id;
        if id.language.is_unknown() { Err(InvalidLanguage) } else { Ok(Self(id)) }
    }
}

impl TryFrom<String> for Language {
    type Error = InvalidLanguage;

    fn try_from(tag: String) -> Result<Self, InvalidLanguage> {
        tag.parse()
    }
}

impl From<Language> for String {
    fn from(language: Language) -> Self {
        language.to_string()
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Ord for Language {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for Language {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl AsRef<Language> for Language {
    fn as_ref(&self) -> &Language {
        self
    }
}

/// Reads a list of language tags, best first: `fr-CA,fr,en`. What is no language tag is left out.
pub fn parse_list(list: &str) -> Vec<Language> {
    list.split(',').filter_map(parse).collect()
}

/// Reads an `Accept-Language` header (RFC 9110, 12.5.4) into languages, best first. `*` and what has a weight of 0
/// say nothing about which language is read, and are left out.
pub fn parse_accept_language(header: &str) -> Vec<Language> {
    let mut weighed: Vec<(f32, Language)> = header
        .split(',')
        .filter_map(|range| {
            let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
            let weight = parameters.trim().strip_prefix("q=").map_or(Some(1.0), |weight| weight.trim().parse().ok())?;
            (weight > 0.0).then_some((weight, parse(tag)?))
        })
        .collect();
    // Stable: languages of one weight stay in the order in which they were named.
    weighed.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    weighed.into_iter().map(|(_, language)| language).collect()
}

fn parse(tag: &str) -> Option<Language> {
    tag.trim().parse().ok()
}

/// The best of what is offered, for a visitor who reads `wanted`, best first; `None` if they read none of it.
///
/// For each wanted language in turn: the very tag, then the tag cut from its end (RFC 4647, 3.4, "Lookup"), then any
/// other region of the language (`fr-FR` for `fr`, as a neighbour's words are better than a stranger's), unless it is
/// written in another script.
pub fn negotiate<'a, T: AsRef<Language>>(wanted: &[Language], offered: &'a NonEmpty<T>) -> Option<&'a T> {
    let find = |matches: &dyn Fn(&LanguageIdentifier) -> bool| offered.iter().find(|one| matches(&(*one).as_ref().0));
    wanted.iter().find_map(|Language(wanted)| {
        let without_variants = LanguageIdentifier { variants: Variants::new(), ..wanted.clone() };
        let without_region = LanguageIdentifier { region: None, ..without_variants.clone() };
        let bare = LanguageIdentifier { script: None, ..without_region.clone() };
        let alike = |one: &LanguageIdentifier| {
            let other_script = matches!((one.script, wanted.script), (Some(one), Some(other)) if one != other);
            is_same(one, wanted) && !other_script
        };
        find(&|one| one == wanted)
            .or_else(|| find(&|one| *one == without_variants))
            .or_else(|| find(&|one| *one == without_region))
            .or_else(|| find(&|one| *one == bare))
            .or_else(|| find(&alike))
    })
}

/// Whether two tags name one language, though Norwegian has two of them: `no` is mostly written as `nb`.
fn is_same(one: &LanguageIdentifier, other: &LanguageIdentifier) -> bool {
    let name =
        |id: &LanguageIdentifier| if id.language.as_str() == "no" { "nb".to_owned() } else { id.language.to_string() };
    name(one) == name(other)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn best(wanted: &[Language], offered: &str) -> String {
        let offered = NonEmpty::from_vec(parse_list(offered)).unwrap();
        negotiate(wanted, &offered).map(Language::to_string).unwrap_or_default()
    }

    fn pick(wanted: &str, offered: &str) -> String {
        best(&parse_list(wanted), offered)
    }

    #[test]
    fn the_first_wanted_language_that_is_offered_wins() {
        assert_eq!(pick("nl,fr", "en,fr,nl"), "nl");
        assert_eq!(pick("de,fr,nl", "en,fr,nl"), "fr");
    }

    #[test]
    fn regions_fall_back_both_ways() {
        assert_eq!(pick("fr-CA", "en,fr"), "fr");
        assert_eq!(pick("fr", "en,fr-FR"), "fr-FR");
        assert_eq!(pick("fr-CA", "en,fr-FR"), "fr-FR");
        assert_eq!(pick("fr-CA,en", "en,fr"), "fr");
        assert_eq!(pick("pt-BR", "pt-PT,pt-BR"), "pt-BR");
    }

    #[test]
    fn norwegian_goes_by_two_names() {
        assert_eq!(pick("nb-NO", "en,no"), "no");
        assert_eq!(pick("no", "en,nb"), "nb");
    }

    #[test]
    fn another_script_than_the_usual_one_is_known() {
        for (tag, another) in [("zh", false), ("zh-Hans", false), ("zh-Hant", true), ("zh-TW", true), ("uk-Latn", true)]
        {
            assert_eq!(tag.parse::<Language>().unwrap().names_another_script(), another, "{tag}");
        }
    }

    #[test]
    fn another_script_is_no_match() {
        assert_eq!(pick("zh-Hant-TW", "en,zh-Hans"), "");
        assert_eq!(pick("zh-Hant-TW", "en,zh-Hant"), "zh-Hant");
    }

    #[test]
    fn nothing_is_picked_for_somebody_who_reads_none_of_it() {
        assert_eq!(pick("", "en,fr"), "");
        assert_eq!(pick("de,it", "en,fr"), "");
        assert_eq!(pick("not a tag, ,und", "en,fr"), "");
    }

    #[test]
    fn extensions_do_not_matter() {
        assert_eq!(pick("fr-CA-u-hc-h12", "en,fr"), "fr");
    }

    #[test]
    fn accept_language_is_read_by_weight() {
        let by_header = |header| best(&parse_accept_language(header), "en,fr,nl");
        assert_eq!(by_header("fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5"), "fr");
        assert_eq!(by_header("en;q=0.1, nl;q=0.9"), "nl");
        assert_eq!(by_header("fr;q=0, nl;q=0.2"), "nl");
        assert_eq!(by_header("*"), "");
        assert_eq!(by_header("fr;q=NaN, nl;q=x"), "");
    }

    #[test]
    fn arabic_and_hebrew_run_from_right_to_left() {
        for (tag, expected) in [("ar-EG", true), ("he", true), ("fr", false), ("az-Arab", true), ("ur-Latn", false)] {
            assert_eq!(tag.parse::<Language>().unwrap().is_right_to_left(), expected, "{tag}");
        }
    }

    proptest! {
        #[test]
        fn nothing_but_an_offered_language_is_ever_picked(list in ".*", header in ".*") {
            let offered = ["", "en", "fr-FR", "zh-Hans"];
            prop_assert!(offered.contains(&pick(&list, "en,fr-FR,zh-Hans").as_str()));
            let by_header = best(&parse_accept_language(&header), "en,fr-FR,zh-Hans");
            prop_assert!(offered.contains(&by_header.as_str()));
        }

        #[test]
        fn an_offered_tag_is_answered_with_itself(index in 0_usize..4, before in "[A-Z]{9,12}") {
            let offered = ["en", "fr", "fr-CA", "zh-Hans"];
            prop_assert_eq!(pick(&format!("{before},{}", offered[index]), &offered.join(",")), offered[index]);
        }
    }
}
