//! Which of a widget's languages a visitor reads.

use std::{cmp::Ordering, fmt, str::FromStr};

use icu_locale::{
    LanguageIdentifier, Locale, LocaleCanonicalizer, LocaleDirectionality, LocaleExpander,
    subtags::{Script, Variants},
};
use nonempty::NonEmpty;
use serde::{Deserialize, Serialize};

/// A language as a tag names it: `fr`, `fr-CA`, `zh-Hans` (BCP 47; Unicode's language identifiers), in its canonical form.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Language(LanguageIdentifier);

/// The most characters of a language tag that is kept (RFC 5646, 4.4.1).
pub const MAX_LENGTH: usize = 35;

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
        script(&self.0) != script(&LanguageIdentifier::from(self.0.language))
    }

    /// Whether the language is written from right to left (Unicode CLDR: script metadata, likely subtags).
    pub fn is_right_to_left(&self) -> bool {
        LocaleDirectionality::new_extended().is_right_to_left(&self.0)
    }
}

/// The script that a language is written in, if it is known: the one that the tag names, or the one that is likely
/// (Unicode CLDR: likely subtags).
fn script(id: &LanguageIdentifier) -> Option<Script> {
    let mut id = id.clone();
    LocaleExpander::new_extended().maximize(&mut id);
    id.script
}

impl FromStr for Language {
    type Err = InvalidLanguage;

    /// Reads a tag, also one that is written as operating systems do (`fr_FR`, `pt_BR.UTF-8`, `de_AT@euro`), and makes it
    /// canonical: `iw` is `he`, and `zh-cmn-CN` is `zh-CN` (UTS 35, 3.2.1; Unicode CLDR: aliases). Extensions that browsers
    /// may add are left out (`en-US-u-hc-h12`).
    fn from_str(tag: &str) -> Result<Self, InvalidLanguage> {
        let tag = tag.split(['.', '@']).next().unwrap_or_default().trim().replace('_', "-");
        // An extended language stands for itself (RFC 5646, 4.5); Unicode's syntax knows none.
        let tag = match tag.split_once('-') {
            Some((_, rest)) if is_extended_language(rest) => rest,
            _ => &tag,
        };
        let mut locale = Locale::try_from_str(tag).map_err(|_| InvalidLanguage)?;
        LocaleCanonicalizer::new_extended().canonicalize(&mut locale);
        if locale.id.language.is_unknown() { Err(InvalidLanguage) } else { Ok(Self(locale.id)) }
    }
}

/// Whether what comes after a language begins with an extended one: three letters (RFC 5646, 2.1).
fn is_extended_language(rest: &str) -> bool {
    let subtag = rest.split('-').next().unwrap_or_default();
    subtag.len() == 3 && subtag.bytes().all(|byte| byte.is_ascii_alphabetic())
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
/// other region of the language (`fr-FR` for `fr`, as a neighbour's words are better than a stranger's), then a language
/// that its readers read as well; none that is written in another script.
pub fn negotiate<'a, T: AsRef<Language>>(wanted: &[Language], offered: &'a NonEmpty<T>) -> Option<&'a T> {
    let find = |matches: &dyn Fn(&LanguageIdentifier) -> bool| offered.iter().find(|one| matches(&(*one).as_ref().0));
    wanted.iter().find_map(|Language(wanted)| {
        let without_variants = LanguageIdentifier { variants: Variants::new(), ..wanted.clone() };
        let without_region = LanguageIdentifier { region: None, ..without_variants.clone() };
        let bare = LanguageIdentifier::from(wanted.language);
        let wanted_script = script(wanted);
        let same_script = |one: &LanguageIdentifier| script(one) == wanted_script;
        find(&|one| one == wanted)
            .or_else(|| find(&|one| *one == without_variants))
            .or_else(|| find(&|one| *one == without_region && same_script(one)))
            .or_else(|| find(&|one| *one == bare && same_script(one)))
            .or_else(|| find(&|one| one.language == wanted.language && same_script(one)))
            .or_else(|| find(&|one| are_norwegian(one, wanted)))
    })
}

/// Norwegian goes by three tags: its readers read both of its written forms, and `no` is mostly the first of them.
fn are_norwegian(one: &LanguageIdentifier, other: &LanguageIdentifier) -> bool {
    [one, other].iter().all(|id| matches!(id.language.as_str(), "nb" | "no" | "nn"))
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
    fn tags_are_canonical_however_they_are_written() {
        for (written, canonical) in [
            ("fr_FR", "fr-FR"),
            ("pt_br", "pt-BR"),
            ("zh_CN", "zh-CN"),
            ("ZH-hant_tw", "zh-Hant-TW"),
            (" de_AT.UTF-8 ", "de-AT"),
            ("de_DE@euro", "de-DE"),
            ("iw", "he"),
            ("iw_IL", "he-IL"),
            ("in", "id"),
            ("ji", "yi"),
            ("sh", "sr-Latn"),
            ("zh-cmn-CN", "zh-CN"),
            ("zh-yue", "yue"),
            ("eng", "en"),
            ("en-UK", "en-GB"),
        ] {
            assert_eq!(written.parse::<Language>().unwrap().to_string(), canonical, "{written}");
        }
        for none in ["", "_", "fr_", "C", "POSIX", "english", "und", "*"] {
            assert!(none.parse::<Language>().is_err(), "{none}");
        }
    }

    #[test]
    fn what_pages_and_systems_call_a_language_finds_it() {
        for (wanted, offered, found) in [
            ("fr_FR", "en,fr", "fr"),
            ("pt_BR", "en,pt", "pt"),
            ("zh_CN", "en,zh", "zh"),
            ("zh_CN", "en,zh-Hans", "zh-Hans"),
            ("zh-SG", "en,zh-CN", "zh-CN"),
            ("zh-TW", "en,zh", ""),
            ("zh-HK", "en,zh,zh-Hant", "zh-Hant"),
            ("zh-TW", "en,zh-CN,zh-TW", "zh-TW"),
            ("nn", "en,nb", "nb"),
            ("nn_NO", "en,no", "no"),
            ("no", "en,nn,nb", "nn"),
            ("nn", "en,nb,nn", "nn"),
            ("iw", "en,he", "he"),
            ("in_ID", "en,id", "id"),
            ("sr-Latn", "en,sr", ""),
            ("sr-Latn", "en,sr,sr-Latn-RS", "sr-Latn-RS"),
            ("sr_RS", "en,sr-Latn,sr-Cyrl", "sr-Cyrl"),
            ("en_GB.UTF-8", "fr,en", "en"),
        ] {
            assert_eq!(pick(wanted, offered), found, "{wanted} of {offered}");
        }
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
