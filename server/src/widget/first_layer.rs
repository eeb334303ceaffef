//! The banner and the trigger as they travel: the gate draws them without any WebAssembly.

use placet_choice::Choice;
use placet_protocol::{FirstLayer, Node, Trigger, WidgetConfig, first_layer::Child};
use placet_view::Sink;

use super::appearance;

/// The banner of a configuration, in this style. Whether the visitor's browser signals anything is known to the gate
/// only, so the sentence for those that do is there whenever it may be needed.
pub fn first_layer(config: &WidgetConfig, style: String) -> Option<FirstLayer> {
    let signalled = config.signals.gpc || config.signals.dnt;
    let mut nodes = Nodes::default();
    placet_view::banner(config, signalled, &mut nodes);
    Some(FirstLayer {
        version_key: config.version_key.clone(),
        ask_key: config.ask_key.clone(),
        cookie: config.cookie.clone(),
        signals: config.signals.clone(),
        refusal: Choice::refuse_all(config).answers().map(|(slug, granted)| (slug.to_owned(), granted)).collect(),
        consent_types: consent_types(config),
        nodes: nodes.whole?,
        style,
    })
}

/// The consent types of the services that stand for any, if they are sent to any third party.
fn consent_types(config: &WidgetConfig) -> Vec<(String, Vec<String>)> {
    let signals = &config.signals;
    let services = config.purposes.iter().flat_map(|purpose| &purpose.services);
    services
        .filter(|service| (signals.consent_mode || signals.uet || signals.clarity) && !service.consent_mode.is_empty())
        .map(|service| (service.slug.clone(), service.consent_mode.clone()))
        .collect()
}

/// The button that brings the settings back, in this style; none if the widget has none.
pub fn trigger(config: &WidgetConfig, place: appearance::Trigger, style: String) -> Option<Trigger> {
    let place = match place {
        appearance::Trigger::BottomStart => "",
        appearance::Trigger::BottomEnd => "end",
        appearance::Trigger::None => return None,
    };
    let mut nodes = Nodes::default();
    placet_view::trigger(config, place, &mut nodes);
    Some(Trigger { nodes: nodes.whole?, style })
}

/// Puts markup together as nodes.
#[derive(Default)]
struct Nodes {
    /// The elements that are open, the outermost first.
    open: Vec<Node>,
    /// The outermost element, once it is closed.
    whole: Option<Node>,
}

impl Nodes {
    fn add(&mut self, child: Child) {
        if let Some(node) = self.open.last_mut() {
            node.children.push(child);
        }
    }
}

impl Sink for Nodes {
    fn open(&mut self, tag: &'static str) {
        self.open.push(Node::new(tag));
    }

    fn attr(&mut self, name: &'static str, value: &str) {
        if let Some(node) = self.open.last_mut() {
            node.attributes.push((name, value.to_owned()));
        }
    }

    fn text(&mut self, text: &str) {
        self.add(Child::Text(text.to_owned()));
    }

    fn close(&mut self) {
        let Some(node) = self.open.pop() else { return };
        if self.open.is_empty() {
            self.whole = Some(node);
        } else {
            self.add(Child::Node(node));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        clock,
        widget::{
            appearance::sheets,
            check::{Claims, Draft, tests::GOOD},
            publish::{Publication, publication},
            render::render,
        },
    };

    fn config(file: &str) -> WidgetConfig {
        let content = Draft::parse("widget.toml", file).unwrap().check(&Claims::default()).unwrap();
        let Publication::New { version, .. } = publication(content, None, clock::now()) else { panic!() };
        render(&version, version.content.editions.first())
    }

    fn nodes(file: &str) -> Value {
        serde_json::to_value(first_layer(&config(file), String::new()).unwrap().nodes).unwrap()
    }

    #[test]
    fn the_banner_is_told_node_by_node() {
        let file = GOOD.replacen("[[services]]", "policy-url = \"https://shop.example.com/cookies\"\n[[services]]", 1);
        let texts = config(&file).texts;
        let button = |hook: &str, part: &str, text: &str| json!(["button", {"data-placet": hook, "part": part}, text]);
        let link = json!(["a", {
            "part": "link", "href": "https://shop.example.com/cookies", "target": "_blank",
            "rel": "noopener noreferrer",
        }, texts.policy]);
        let expected = json!(["section", {
            "data-placet": "banner", "part": "banner", "aria-labelledby": "BannerTitle", "lang": "en", "dir": "ltr",
        },
            ["h2", {"id": "BannerTitle", "part": "title"}, texts.title],
            ["p", {"part": "text"}, texts.text, " ", link],
            ["div", {"part": "answers"},
                button("refuse-all", "button answer refuse", &texts.refuse_all),
                button("accept-all", "button answer accept", &texts.accept_all),
                button("settings", "button more", &texts.settings),
            ],
        ]);
        assert_eq!(nodes(&file), expected);
    }

    #[test]
    fn a_signal_is_spoken_of_by_a_widget_that_honours_one_and_by_no_other() {
        let with = |signals: &str| {
            let file = GOOD.replacen("[[services]]", &format!("[signals]\n{signals}\n[[services]]"), 1);
            let said = json!(["p", {"part": "signal"}, config(&file).texts.signal_honoured]);
            nodes(&file).as_array().unwrap().contains(&said)
        };
        assert!(with("gpc = true"));
        assert!(with("dnt = true"));
        assert!(!with("consent-mode = true\nuet = true\nclarity = true"));
    }

    #[test]
    fn a_banner_has_the_sheets_that_it_needs() {
        for (toml, expected) in [
            ("", vec!["banner.css", "phone.css"]),
            ("[appearance]\nposition = \"top-end\"", vec!["banner.css", "placed.css", "phone.css"]),
            ("[appearance]\nlayout = \"bar\"", vec!["banner.css", "bar.css", "phone.css"]),
            (
                "[appearance]\nlayout = \"bar\"\nposition = \"top\"",
                vec!["banner.css", "bar.css", "placed.css", "phone.css"],
            ),
            (
                "[appearance]\nlayout = \"cloud\"\ncontinue-without = true",
                vec!["banner.css", "cloud.css", "continue.css", "phone.css"],
            ),
            ("policy-url = \"https://a.test/\"", vec!["banner.css", "link.css", "phone.css"]),
            ("[signals]\ngpc = true", vec!["banner.css", "signal.css", "phone.css"]),
            ("[appearance]\nlayout = \"inline\"", vec!["banner.css", "inline.css"]),
        ] {
            let file = GOOD.replacen("[[services]]", &format!("{toml}\n[[services]]"), 1);
            assert_eq!(sheets(&config(&file)), expected, "{toml}");
        }
    }

    #[test]
    fn the_style_goes_with_it() {
        let layer = first_layer(&config(GOOD), ":host{}".to_owned()).unwrap();
        assert_eq!(layer.style, ":host{}");
    }
}
