//! Stored browser state: a line with the page's cookies, and the widget's configuration. If the configuration
//! parses, a banner and a proof with every service follow from it, and refusing all grants necessary services only.

#![no_main]

use libfuzzer_sys::fuzz_target;
use placet_choice::{Choice, Visitor, cookie, request};
use placet_protocol::WidgetConfig;
use placet_server::widget::first_layer::first_layer;

/// A time, in seconds since 1970.
const NOW: u64 = 1_800_000_000;

fuzz_target!(|text: &str| {
    let (cookies, config) = text.split_once('\n').unwrap_or(("", text));
    let Ok(config) = serde_json::from_str::<WidgetConfig>(config) else { return };
    assert!(first_layer(&config, String::new()).is_some(), "{text}");
    let kept = cookie::newest(cookies, &config.cookie.name);
    let standing = kept.and_then(|kept| kept.standing(&config, NOW, false));
    for choice in [Choice::refuse_all(&config), Choice::accept_all(&config, true)].into_iter().chain(standing) {
        let visitor = Visitor { session_id: String::new(), previous: None, user_id: None };
        let made = request(&config, &choice, visitor, "2027-01-15T08:00:00.000Z", None);
        assert_eq!(made.consents.cookie_consents.len(), config.services().count());
    }
    for group in &config.purposes {
        for service in group.services.iter().filter(|_| !group.purpose.is_necessary()) {
            let others = config.purposes.iter().filter(|other| other.purpose.is_necessary());
            let is_also_necessary = others.flat_map(|other| &other.services).any(|other| other.slug == service.slug);
            assert!(is_also_necessary || !Choice::refuse_all(&config).grants(&service.slug), "{text}");
        }
    }
});
