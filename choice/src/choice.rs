//! The visitor's decision. Expressed by purpose, or service by service in the settings; kept by service.
//!
//! Pure: knows no browser.

use placet_protocol::{Purpose, WidgetConfig};

/// One answer for every service of a widget, in the widget's order. What is necessary is always granted.
///
/// Made only by the functions here, so that no service is ever left out or added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice(Vec<(String, bool)>);

impl Choice {
    /// Everything granted, but what a signal of the visitor's browser refuses: that takes a switch of its own.
    pub fn accept_all(config: &WidgetConfig, signalled: bool) -> Self {
        let refused = |purpose| signalled && matches!(purpose, Purpose::Analytical | Purpose::Marketing);
        let by_signal = config.purposes.iter().filter(|group| refused(group.purpose));
        let by_signal: Vec<_> = by_signal.flat_map(|group| &group.services).map(|s| s.slug.as_str()).collect();
        Self::of(config, |slug| !by_signal.contains(&slug))
    }

    /// Everything refused that can be; also what holds before anything was decided (silence is refusal: CJEU
    /// C-673/17, Planet49).
    pub fn refuse_all(config: &WidgetConfig) -> Self {
        Self::of(config, |_| false)
    }

    /// The answer for each service by its slug.
    pub fn of(config: &WidgetConfig, granted: impl Fn(&str) -> bool) -> Self {
        let answer = |purpose: &placet_protocol::PurposeConfig| {
            let necessary = purpose.purpose.is_necessary();
            purpose.services.iter().map(|s| (s.slug.clone(), necessary || granted(&s.slug))).collect::<Vec<_>>()
        };
        Self(config.purposes.iter().flat_map(answer).collect())
    }

    /// Whether a service is granted; a service that the widget does not have is not.
    pub fn grants(&self, slug: &str) -> bool {
        self.0.iter().any(|(known, granted)| *granted && known == slug)
    }

    /// Each service's slug and answer.
    pub fn answers(&self) -> impl Iterator<Item = (&str, bool)> {
        self.0.iter().map(|(slug, granted)| (slug.as_str(), *granted))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use placet_protocol::{Appearance, CookieSettings, PurposeConfig, ServiceConfig, Signals, Texts};
    use proptest::prelude::*;

    use super::*;

    fn word() -> String {
        String::from("…")
    }

    fn service(slug: &str) -> ServiceConfig {
        ServiceConfig {
            id: word(),
            version: word(),
            slug: slug.to_owned(),
            name: word(),
            description: word(),
            default_consent: false,
            privacy_policy_url: None,
            logo_url: None,
            cookies: Vec::new(),
            storage: Vec::new(),
            domains: Vec::new(),
            consent_mode: Vec::new(),
        }
    }

    /// A widget with these services, by purpose.
    pub(crate) fn widget(groups: &[(Purpose, Vec<String>)]) -> WidgetConfig {
        WidgetConfig {
            id: 43,
            work_space_id: 19,
            version_key: word(),
            ask_key: String::from("ask"),
            lang: String::from("en"),
            rtl: false,
            texts: Texts::default(),
            policy_url: None,
            cookie: CookieSettings { name: String::from("euconsent"), days: 180, domain: None },
            purposes: groups
                .iter()
                .map(|(purpose, slugs)| PurposeConfig {
                    purpose: *purpose,
                    name: word(),
                    text: word(),
                    services: slugs.iter().map(|slug| service(slug)).collect(),
                })
                .collect(),
            signals: Signals::default(),
            appearance: Appearance::default(),
            trigger: None,
            reload_on_withdrawal: false,
            hand_over: Vec::new(),
        }
    }

    /// Any widget: some purposes, each with some services, no slug twice.
    pub(crate) fn any_widget() -> impl Strategy<Value = WidgetConfig> {
        proptest::collection::btree_map("[a-z0-9][a-z0-9_-]{0,12}", 0u8..5, 1..30).prop_map(|slugs| {
            let groups: Vec<_> = Purpose::ALL
                .into_iter()
                .map(|purpose| {
                    let own = slugs.iter().filter(|(_, number)| **number == purpose.number());
                    (purpose, own.map(|(slug, _)| slug.clone()).collect::<Vec<_>>())
                })
                .filter(|(_, own)| !own.is_empty())
                .collect();
            widget(&groups)
        })
    }

    proptest! {
        #[test]
        fn there_is_one_answer_for_every_service(config in any_widget(), mask in any::<u64>()) {
            let wish = |slug: &str| mask & (1 << (slug.len() % 64)) != 0;
            let choice = Choice::of(&config, wish);
            let asked: Vec<_> = config.services().map(|s| s.slug.as_str()).collect();
            let answered: Vec<_> = choice.answers().map(|(slug, _)| slug).collect();
            prop_assert_eq!(asked, answered);
        }

        #[test]
        fn what_is_necessary_is_granted_and_the_rest_is_as_wished(config in any_widget(), mask in any::<u64>()) {
            let wish = |slug: &str| mask & (1 << (slug.len() % 64)) != 0;
            let choice = Choice::of(&config, wish);
            for group in &config.purposes {
                for service in &group.services {
                    let expected = group.purpose.is_necessary() || wish(&service.slug);
                    prop_assert_eq!(choice.grants(&service.slug), expected);
                }
            }
        }

        #[test]
        fn refusing_grants_only_what_is_necessary_and_accepting_grants_all(config in any_widget()) {
            let refused = Choice::refuse_all(&config);
            let accepted = Choice::accept_all(&config, false);
            for group in &config.purposes {
                for service in &group.services {
                    prop_assert_eq!(refused.grants(&service.slug), group.purpose.is_necessary());
                    prop_assert!(accepted.grants(&service.slug));
                }
            }
        }
    }

    #[test]
    fn a_signal_of_the_browser_holds_against_accepting_all() {
        let group = |purpose, slug: &str| (purpose, vec![String::from(slug)]);
        let config = widget(&[
            group(Purpose::Necessary, "session"),
            group(Purpose::Preference, "youtube"),
            group(Purpose::Analytical, "analytics"),
            group(Purpose::Marketing, "drift"),
        ]);
        let choice = Choice::accept_all(&config, true);
        let answers: Vec<_> = choice.answers().collect();
        assert_eq!(answers, [("session", true), ("youtube", true), ("analytics", false), ("drift", false)]);
    }

    #[test]
    fn a_service_that_the_widget_does_not_have_is_never_granted() {
        let config = widget(&[(Purpose::Marketing, vec![String::from("drift")])]);
        assert!(!Choice::accept_all(&config, false).grants("other"));
    }
}
