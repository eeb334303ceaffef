//! The markup, written down as HTML.

use placet_protocol::{Purpose, WidgetConfig};
use serde_json::json;

use crate::{Sink, banner, settings};

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
        "policy",
        "settingsTitle",
        "settingsText",
        "save",
        "close",
        "alwaysOn",
        "servicePolicy",
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
