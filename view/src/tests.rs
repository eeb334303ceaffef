//! The markup, written down as HTML.

use placet_protocol::{Purpose, WidgetConfig};
use serde_json::json;

use crate::{Kept, Locale, Sink, banner};

/// Writes markup as HTML, so that a test can read it.
#[derive(Default)]
struct Html {
    out: String,
    open: Vec<&'static str>,
    in_tag: bool,
}

impl Html {
    fn end_tag(&mut self) {
        if std::mem::take(&mut self.in_tag) {
            self.out.push('>');
        }
    }
}

impl Sink for Html {
    fn open(&mut self, tag: &'static str) {
        self.end_tag();
        self.out.push('<');
        self.out.push_str(tag);
        self.open.push(tag);
        self.in_tag = true;
    }

    fn attr(&mut self, name: &'static str, value: &str) {
        assert!(self.in_tag, "an attribute after its element's content: {name}");
        self.out.extend([" ", name, "=\"", value, "\""]);
    }

    fn text(&mut self, text: &str) {
        self.end_tag();
        self.out.push_str(text);
    }

    fn close(&mut self) {
        self.end_tag();
        let tag = self.open.pop().expect("an element is open");
        self.out.extend(["</", tag, ">"]);
    }
}

fn html(tell: impl Fn(&mut Html)) -> String {
    let mut sink = Html::default();
    tell(&mut sink);
    assert_eq!(sink.open, Vec::<&str>::new(), "every element is closed");
    sink.out
}

fn service(slug: &str) -> serde_json::Value {
    json!({"id": slug, "version": "v", "slug": slug, "name": slug.to_uppercase(), "description": "What it does."})
}

fn config() -> WidgetConfig {
    let texts = [
        "title",
        "text",
        "acceptAll",
        "refuseAll",
        "settings",
        "continueWithout",
        "policy",
        "settingsTitle",
        "settingsText",
        "save",
        "close",
        "alwaysOn",
        "servicePolicy",
        "services",
        "cookies",
        "cookieSession",
        "chosenOn",
        "proof",
        "copy",
        "copied",
        "frameText",
        "frameOnce",
        "frameAlways",
        "signalHonoured",
    ];
    let texts: serde_json::Map<_, _> = texts.iter().map(|name| ((*name).to_owned(), json!(name))).collect();
    serde_json::from_value(json!({
        "id": 43, "workSpaceId": 19, "versionKey": "k", "askKey": "k", "lang": "en",
        "policyUrl": "https://shop.example/cookies",
        "texts": texts,
        "cookie": {"name": "euconsent", "days": 180},
        "signals": {"consentMode": true},
        "reloadOnWithdrawal": false,
        "purposes": [
            {"purpose": 0, "name": "Necessary things", "text": "…", "services": [service("session")]},
            {"purpose": 3, "name": "Advertising", "text": "…", "services": [service("drift"), service("ads")]},
        ],
    }))
    .expect("the shape of a configuration")
}

/// English, as far as it is needed here.
struct English;

impl Locale for English {
    fn services(&self, count: usize) -> String {
        format!("{count} services")
    }

    fn lifetime(&self, days: u32) -> String {
        format!("{days} days")
    }
}

fn settings(config: &WidgetConfig, signalled: bool, granted: impl Fn(&str) -> bool, sink: &mut Html) {
    crate::settings(config, signalled, None, &English, granted, sink);
}

#[test]
fn the_banner_offers_refusing_as_it_offers_accepting() {
    let markup = html(|sink| banner(&config(), false, sink));
    let refuse = r#"<button data-placet="refuse-all" part="button answer refuse">refuseAll</button>"#;
    let accept = r#"<button data-placet="accept-all" part="button answer accept">acceptAll</button>"#;
    assert!(markup.contains(&format!("{refuse}{accept}")), "{markup}");
    assert!(markup.contains(r#"data-placet="settings""#));
}

#[test]
fn the_banner_links_the_policy_if_there_is_one() {
    let with = html(|sink| banner(&config(), false, sink));
    assert!(with.contains(r#"href="https://shop.example/cookies""#));
    let without = html(|sink| banner(&WidgetConfig { policy_url: None, ..config() }, false, sink));
    assert!(!without.contains("<a "));
}

#[test]
fn a_signal_that_was_honoured_is_said_on_both_layers() {
    let said = r#"<p part="signal">signalHonoured</p>"#;
    assert!(html(|sink| banner(&config(), true, sink)).contains(said));
    assert!(html(|sink| settings(&config(), true, |_| false, sink)).contains(said));
    assert!(!html(|sink| banner(&config(), false, sink)).contains(said));
}

#[test]
fn the_settings_show_a_switch_per_purpose_and_per_service() {
    let markup = html(|sink| settings(&config(), false, |_| false, sink));
    for hook in [
        r#"data-placet-purpose="Necessary" checked="" disabled="""#,
        r#"data-placet-service="session" checked="" disabled="""#,
        r#"data-placet-purpose="Marketing"></input>"#,
        r#"data-placet-service="drift"></input>"#,
        r#"data-placet-service="ads"></input>"#,
    ] {
        assert!(markup.contains(hook), "{hook} in {markup}");
    }
}

#[test]
fn a_purpose_is_on_only_when_all_of_its_services_are() {
    let purpose = format!(r#"data-placet-purpose="{}""#, Purpose::Marketing.label());
    let some = html(|sink| settings(&config(), false, |slug| slug == "drift", sink));
    assert!(some.contains(&format!("{purpose}></input>")), "{some}");
    let all = html(|sink| settings(&config(), false, |_| true, sink));
    assert!(all.contains(&format!(r#"{purpose} checked="""#)), "{all}");
}

#[test]
fn the_banner_has_a_way_out_if_the_widget_wants_one_and_it_is_not_the_refusal_itself() {
    let mut config = config();
    let way_out = r#"<button data-placet="continue" part="continue">continueWithout</button>"#;
    assert!(!html(|sink| banner(&config, false, sink)).contains("continue"));
    config.appearance.continue_without = true;
    let markup = html(|sink| banner(&config, false, sink));
    assert!(markup.contains(way_out), "{markup}");
    assert_eq!(markup.matches("refuse-all").count(), 1);
}

#[test]
fn the_layers_are_known_by_their_look() {
    let mut config = config();
    assert!(html(|sink| banner(&config, false, sink)).contains(r#"part="banner""#));
    config.appearance.banner = "bar top".to_owned();
    config.appearance.settings = "panel".to_owned();
    assert!(html(|sink| banner(&config, false, sink)).contains(r#"part="banner bar top""#));
    assert!(html(|sink| settings(&config, false, |_| false, sink)).contains(r#"part="preferences panel""#));
}

#[test]
fn a_purpose_says_how_many_services_it_has() {
    let markup = html(|sink| settings(&config(), false, |_| false, sink));
    assert!(markup.contains(r#"<summary part="count">2 services</summary>"#), "{markup}");
}

#[test]
fn services_are_in_sight_unless_there_are_many() {
    let mut config = config();
    let opened = |config: &WidgetConfig| html(|sink| settings(config, false, |_| false, sink)).matches("open=").count();
    assert_eq!(opened(&config), 2);
    let one = config.purposes[1].services[0].clone();
    config.purposes[1].services = vec![one; 6];
    assert_eq!(opened(&config), 1);
}

#[test]
fn a_service_says_what_it_keeps_and_for_how_long() {
    let mut config = config();
    let cookies = json!([{"name": "_ga*", "days": 730}, {"name": "sid", "days": 0}]);
    config.purposes[1].services[0].cookies = serde_json::from_value(cookies).unwrap();
    let markup = html(|sink| settings(&config, false, |_| false, sink));
    let list = r#"<p part="label">cookies</p><dl part="cookies"><dt part="cookie">_ga*</dt><dd part="lifetime">730 days</dd><dt part="cookie">sid</dt><dd part="lifetime">cookieSession</dd></dl>"#;
    assert!(markup.contains(list), "{markup}");
    assert_eq!(markup.matches("<dl").count(), 1);

    let storage = json!([{"kind": "localStorage", "key": "amplitude_*"}, {"kind": "IndexedDB", "key": "mp"}]);
    config.purposes[1].services[0].storage = serde_json::from_value(storage).unwrap();
    let markup = html(|sink| settings(&config, false, |_| false, sink));
    let more = r#"</dl><dl part="cookies"><dt part="cookie">amplitude_*</dt><dd part="lifetime">localStorage</dd><dt part="cookie">mp</dt><dd part="lifetime">IndexedDB</dd></dl>"#;
    assert!(markup.contains(&(list.trim_end_matches("</dl>").to_owned() + more)), "{markup}");
}

#[test]
fn whoever_has_decided_sees_when_and_the_number_of_the_proof() {
    let config = config();
    let kept = Kept { decided: "On 1 May 2026.".to_owned(), consent_id: "8a5e89c4".to_owned() };
    let markup = |kept| html(|sink| crate::settings(&config, false, kept, &English, |_| false, sink));
    let with = markup(Some(&kept));
    assert!(with.contains(r#"<p part="date">On 1 May 2026.</p>"#), "{with}");
    assert!(with.contains(r#"<code part="id">8a5e89c4</code> <button data-placet="copy" part="copy">copy</button>"#));
    assert!(!markup(None).contains("receipt"));
}
