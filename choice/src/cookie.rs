//! The `euconsent` cookie: the one thing that decides whether the visitor is asked.
//!
//! URI-encoded compact JSON, `"<slug>":true|false` for each service, so that a tag manager's "contains" rule works on
//! the decoded text. Keys that start with `$` are Placet's: `$v` the version that asked, `$t` when it was answered, `$g`
//! that the browser signalled a refusal, `$p` that the proof is still to be made (by the gate only).
//! Nothing else is accepted when it is read: a cookie that was damaged or written by hand counts as no choice.
//!
//! Pure: knows no browser. The gate reads and writes the same cookie in TypeScript; `tests/cookies.json` holds both to one
//! meaning.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use placet_protocol::{CookieSettings, WidgetConfig, glue};

use crate::Choice;

/// What `encodeURIComponent` leaves as it is (ECMA-262, 19.2.6.4).
const URI_COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// What is left as it is besides, where the cookie would else be too long: browsers keep it, though servers that go by
/// the letter of RFC 6265 may not (4.1.1; what browsers do is 5.2).
const LEAN: &AsciiSet = &URI_COMPONENT.remove(b'"').remove(b':').remove(b',').remove(b'{').remove(b'}').remove(b'$');

/// The longest cookie, name and value, that every browser keeps, in bytes (RFC 6265, 6.1).
pub const LONGEST: usize = 4096;

/// A day, in seconds.
pub const DAY: u64 = 24 * 60 * 60;

/// What a cookie says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The answer for each service, by its slug.
    pub answers: Vec<(String, bool)>,
    /// The version that asked: [`WidgetConfig::ask_key`] of that time.
    pub ask_key: String,
    /// When it was answered, in seconds since 1970.
    pub decided_at: u64,
    /// Whether the visitor's browser signalled a refusal at that time.
    pub signalled: bool,
}

impl Kept {
    /// A choice, as it is to be kept.
    pub fn new(config: &WidgetConfig, choice: &Choice, decided_at: u64, signalled: bool) -> Self {
        let answers = choice.answers().map(|(slug, granted)| (slug.to_owned(), granted)).collect();
        Self { answers, ask_key: config.ask_key.clone(), decided_at, signalled }
    }

    /// The value of a cookie of this name. Both encodings are decoded alike; the leaner one has room for about 200
    /// services.
    pub fn encode(&self, name: &str) -> String {
        let mut json = String::from("{");
        for (slug, granted) in &self.answers {
            json.push('"');
            json.push_str(slug);
            json.push_str(if *granted { "\":true," } else { "\":false," });
        }
        json.push_str("\"$v\":\"");
        json.push_str(&self.ask_key);
        json.push_str("\",\"$t\":");
        json.push_str(&self.decided_at.to_string());
        json.push_str(if self.signalled { ",\"$g\":true}" } else { "}" });
        let value: String = utf8_percent_encode(&json, URI_COMPONENT).collect();
        if fits(name, &value) { value } else { utf8_percent_encode(&json, LEAN).collect() }
    }

    /// Reads a cookie's value; `None` if it is anything but what [`Kept::encode`] writes. Keys of a later Placet that
    /// start with `$` are passed over.
    pub fn decode(value: &str) -> Option<Self> {
        let json = percent_decode_str(value).decode_utf8().ok()?;
        let mut answers: Vec<(String, bool)> = Vec::new();
        let (mut ask_key, mut decided_at, mut signalled) = (None, None, false);
        for pair in json.strip_prefix('{')?.strip_suffix('}')?.split(',') {
            let (key, value) = pair.split_once(':')?;
            match (unquoted(key)?, value) {
                ("$v", value) => ask_key = Some(unquoted(value)?.to_owned()),
                ("$t", value) => decided_at = Some(value.parse().ok()?),
                ("$g", value) => signalled = value == "true",
                (key, _) if key.starts_with('$') => {}
                (slug, "true" | "false") if answers.iter().all(|(known, _)| known != slug) => {
                    answers.push((slug.to_owned(), value == "true"));
                }
                _ => return None,
            }
        }
        Some(Self { answers, ask_key: ask_key?, decided_at: decided_at?, signalled })
    }

    /// The choice that still stands for this widget: not yet expired, made since the widget last asked for more, and
    /// with an answer for each of its services; if the visitor's browser signals a refusal now, it must have done so then.
    /// A clock that was set back by up to a day is forgiven.
    pub fn standing(&self, config: &WidgetConfig, now: u64, signalled: bool) -> Option<Choice> {
        let expired = now >= expiry(self.decided_at, config.cookie.days);
        let from_the_future = self.decided_at > now.saturating_add(DAY);
        let answer = |slug: &str| self.answers.iter().find(|(known, _)| known == slug).map(|(_, granted)| *granted);
        let complete = config.services().all(|service| answer(&service.slug).is_some());
        let still_true = self.ask_key == config.ask_key && (self.signalled || !signalled);
        (!expired && !from_the_future && complete && still_true)
            .then(|| Choice::of(config, |slug| answer(slug) == Some(true)))
    }
}

/// Whether browsers keep a cookie of this length.
pub fn fits(name: &str, value: &str) -> bool {
    name.len() + 1 + value.len() <= LONGEST
}

/// When a choice ends, in seconds since 1970. A day is 24 hours: the answer does not depend on a time zone.
pub fn expiry(decided_at: u64, days: u16) -> u64 {
    decided_at.saturating_add(u64::from(days) * DAY)
}

/// What is assigned to `document.cookie`, or sent as `Set-Cookie`, to keep a value for so many seconds.
pub fn line(settings: &CookieSettings, value: &str, max_age: u64, secure: bool) -> String {
    let max_age = max_age.to_string();
    let mut line = glue(&[&settings.name, "=", value, "; Path=/; SameSite=Lax; Max-Age=", &max_age]);
    if let Some(domain) = &settings.domain {
        line.push_str("; Domain=");
        line.push_str(domain);
    }
    if secure {
        line.push_str("; Secure");
    }
    line
}

/// Every value of a cookie's name in what `document.cookie` holds: there is one for each domain that it was set for.
pub fn values<'a>(cookies: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    let pairs = cookies.split(';').filter_map(|pair| pair.trim_start_matches(' ').split_once('='));
    pairs.filter(move |(key, _)| *key == name).map(|(_, value)| value)
}

/// What the newest cookie of a name says, of those that can be read.
pub fn newest(cookies: &str, name: &str) -> Option<Kept> {
    values(cookies, name).filter_map(Kept::decode).max_by_key(|kept| kept.decided_at)
}

fn unquoted(text: &str) -> Option<&str> {
    text.strip_prefix('"')?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use placet_protocol::Purpose;
    use proptest::prelude::*;

    use super::*;
    use crate::choice::tests::{any_widget, widget};

    const NOW: u64 = 1_800_000_000;

    #[test]
    fn a_long_choice_is_written_in_fewer_characters_and_means_the_same() {
        let slugs = (0..200).map(|n| format!("service-{n:03}")).collect::<Vec<_>>();
        let config = widget(&[(Purpose::Marketing, slugs)]);
        let kept = Kept::new(&config, &Choice::refuse_all(&config), NOW, true);
        let value = kept.encode("euconsent");
        assert!(fits("euconsent", &value), "{}", value.len());
        assert!(value.contains(r#""service-007":false"#));
        assert_eq!(Kept::decode(&value), Some(kept));
    }

    proptest! {
        #[test]
        fn what_is_written_can_be_read(config in any_widget(), mask in any::<u64>(), at in 0..u64::from(u32::MAX), signalled: bool) {
            let choice = Choice::of(&config, |slug| mask & (1 << (slug.len() % 64)) != 0);
            let kept = Kept::new(&config, &choice, at, signalled);
            let read = Kept::decode(&kept.encode("euconsent"));
            prop_assert_eq!(read.as_ref(), Some(&kept));
            prop_assert_eq!(kept.standing(&config, at, signalled), Some(choice));
        }

        #[test]
        fn what_is_written_fits_a_cookie(config in any_widget()) {
            let value = Kept::new(&config, &Choice::accept_all(&config, false), NOW, false).encode("euconsent");
            prop_assert!(value.bytes().all(|b| b.is_ascii_graphic() && !b"\",;\\".contains(&b)), "{}", value);
        }

        #[test]
        fn no_text_makes_it_stumble(text in ".{0,200}") {
            let _ = Kept::decode(&text);
            let _ = newest(&text, "euconsent");
        }

        #[test]
        fn a_damaged_cookie_is_no_other_choice(config in any_widget(), at in 0..1000usize) {
            let whole = Kept::new(&config, &Choice::refuse_all(&config), NOW, false).encode("euconsent");
            let cut = &whole[..at.min(whole.len() - 1)];
            prop_assert_eq!(Kept::decode(cut), None);
        }

        #[test]
        fn a_choice_stands_for_its_days_to_the_second(at in 0..u64::from(u32::MAX), days in 1u16..=180) {
            let mut config = widget(&[(Purpose::Marketing, vec![String::from("drift")])]);
            config.cookie.days = days;
            let kept = Kept::new(&config, &Choice::refuse_all(&config), at, false);
            let end = expiry(at, days);
            prop_assert_eq!(end - at, u64::from(days) * 86_400);
            prop_assert!(kept.standing(&config, end - 1, false).is_some());
            prop_assert!(kept.standing(&config, end, false).is_none());
        }
    }

    #[test]
    fn the_shared_samples_mean_here_what_they_mean_to_the_gate() {
        let samples: serde_json::Value = serde_json::from_str(include_str!("../../tests/cookies.json")).unwrap();
        let slugs = |name: &str| {
            let list = samples["widget"][name].as_array().unwrap();
            list.iter().map(|slug| slug.as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let mut config = widget(&[(Purpose::Necessary, slugs("necessary")), (Purpose::Marketing, slugs("optional"))]);
        config.ask_key = samples["widget"]["askKey"].as_str().unwrap().to_owned();
        let now = samples["now"].as_u64().unwrap();
        for sample in samples["cookies"].as_array().unwrap() {
            let raw = sample["value"].as_str().unwrap();
            let choice = Kept::decode(raw).and_then(|kept| kept.standing(&config, now, sample["signalled"] == true));
            let granted = choice.map(|choice| {
                choice.answers().filter(|(_, granted)| *granted).map(|(slug, _)| slug.to_owned()).collect::<Vec<_>>()
            });
            let expected: Option<Vec<String>> = serde_json::from_value(sample["grants"].clone()).unwrap();
            assert_eq!(granted, expected, "{}", sample["about"]);
        }
    }

    #[test]
    fn the_shared_samples_are_written_here_as_the_gate_writes_them() {
        let samples: serde_json::Value = serde_json::from_str(include_str!("../../tests/cookies.json")).unwrap();
        for sample in samples["written"].as_array().unwrap() {
            let choice: std::collections::BTreeMap<String, bool> =
                serde_json::from_value(sample["choice"].clone()).unwrap();
            let decoded = Kept::decode(sample["value"].as_str().unwrap()).unwrap();
            assert_eq!(decoded.answers.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(), choice);
            assert_eq!(decoded.encode(sample["name"].as_str().unwrap()), sample["value"].as_str().unwrap());
            let said = (decoded.ask_key.as_str(), Some(decoded.decided_at), Some(decoded.signalled));
            let expected = (sample["askKey"].as_str().unwrap(), sample["at"].as_u64(), sample["signalled"].as_bool());
            assert_eq!(said, expected, "{}", sample["about"]);
        }
    }

    #[test]
    fn the_cookie_lives_as_long_and_where_it_is_to() {
        let mut settings = CookieSettings { name: String::from("euconsent"), days: 180, domain: None };
        assert_eq!(line(&settings, "v", 180 * DAY, false), "euconsent=v; Path=/; SameSite=Lax; Max-Age=15552000");
        settings.domain = Some(String::from("example.com"));
        let shared = "euconsent=v; Path=/; SameSite=Lax; Max-Age=15552000; Domain=example.com; Secure";
        assert_eq!(line(&settings, "v", 180 * DAY, true), shared);
    }

    #[test]
    fn a_cookie_is_found_among_others_as_often_as_it_was_set() {
        let cookies = "a=1; xeuconsent=no; euconsent=%7B%7D; b=2=3; euconsent=x";
        let found = |name| values(cookies, name).collect::<Vec<_>>();
        assert_eq!(found("euconsent"), ["%7B%7D", "x"]);
        assert_eq!(found("b"), ["2=3"]);
        assert!(found("none").is_empty());
        assert_eq!(values("", "euconsent").count(), 0);
    }

    #[test]
    fn of_several_cookies_of_the_name_the_newest_holds() {
        let config = widget(&[(Purpose::Marketing, vec![String::from("drift")])]);
        let old = Kept::new(&config, &Choice::accept_all(&config, false), NOW, false);
        let new = Kept::new(&config, &Choice::refuse_all(&config), NOW + 1, false);
        for (first, second) in [(&old, &new), (&new, &old)] {
            let cookies = format!(
                "euconsent={}; euconsent=damaged; euconsent={}",
                first.encode("euconsent"),
                second.encode("euconsent")
            );
            assert_eq!(newest(&cookies, "euconsent").as_ref(), Some(&new));
        }
    }
}
