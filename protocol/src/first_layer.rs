//! What the gate draws without any WebAssembly: the first layer, which is the answer to `GET /v1/widgets/{id}/banner`
//! (what is seen first travels first, however many services the widget has), and the way back to the settings.

use serde::{Serialize, Serializer, ser::SerializeSeq};

use crate::config::{CookieSettings, Signals};

/// The banner of one version in one language, ready to be drawn, and by what to tell whether it has to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct FirstLayer {
    /// Which signals are sent and honoured, as [`crate::WidgetConfig::signals`].
    pub signals: Signals,
    /// Its elements. If the widget honours a signal of the visitor's browser, the sentence that says so is among them
    /// (`part="signal"`), to be left out for a browser that sends none.
    #[cfg_attr(feature = "schema", schema(value_type = Vec<Value>))]
    pub nodes: Node,
    /// Where a choice is kept, as [`crate::WidgetConfig::cookie`].
    pub cookie: CookieSettings,
    /// Its style sheet; empty if the server was built without the SDK.
    pub style: String,
    /// The choice that refuses all that can be refused, as `{slug: boolean}`: with it a refusal is kept before the
    /// configuration has come.
    #[cfg_attr(feature = "schema", schema(value_type = std::collections::BTreeMap<String, bool>))]
    #[cfg_attr(test, ts(type = "Record<string, boolean>"))]
    #[serde(serialize_with = "as_object")]
    pub refusal: Vec<(String, bool)>,
    /// The consent types that each service stands for, as [`crate::ServiceConfig::consent_mode`], of the services that
    /// stand for any: with it third parties get the choice in the cookie before the configuration is read. Empty where
    /// there are none.
    #[cfg_attr(feature = "schema", schema(value_type = std::collections::BTreeMap<String, Vec<String>>))]
    #[cfg_attr(test, ts(type = "Record<string, string[]>"))]
    #[serde(serialize_with = "as_object")]
    pub consent_types: Vec<(String, Vec<String>)>,
    /// The latest version that asked for more, as [`crate::WidgetConfig::ask_key`].
    pub ask_key: String,
    /// The published version, as [`crate::WidgetConfig::version_key`].
    pub version_key: String,
}

/// The button that brings the settings back, ready to be drawn: part of the configuration, so that a page of somebody who
/// has chosen asks for nothing to show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Trigger {
    /// The button.
    #[cfg_attr(feature = "schema", schema(value_type = Vec<Value>))]
    pub nodes: Node,
    /// Its style sheet; empty if the server was built without the SDK.
    pub style: String,
}

/// An element and all that is in it, as `["p", {"part": "text"}, "Some words ", ["a", {"href": "…"}, "a link"]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    test,
    derive(ts_rs::TS),
    ts(type = "[tag: string, attributes: Record<string, string>, ...children: (Node | string)[]]")
)]
pub struct Node {
    /// The kind of element.
    pub tag: &'static str,
    /// Its attributes; an empty value stands for a boolean one.
    pub attributes: Vec<(&'static str, String)>,
    /// What is in it, in document order.
    pub children: Vec<Child>,
}

/// What may be in an element.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Child {
    /// Words.
    Text(String),
    /// Another element.
    Node(Node),
}

impl Node {
    /// An element with nothing in it yet.
    pub fn new(tag: &'static str) -> Self {
        Self { tag, attributes: Vec::new(), children: Vec::new() }
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(2 + self.children.len()))?;
        list.serialize_element(self.tag)?;
        list.serialize_element(&Attributes(&self.attributes))?;
        for child in &self.children {
            list.serialize_element(child)?;
        }
        list.end()
    }
}

/// Writes entries as an object, in their order.
fn as_object<T: Serialize, S: Serializer>(entries: &[(String, T)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(entries.iter().map(|(name, value)| (name, value)))
}

struct Attributes<'a>(&'a [(&'static str, String)]);

impl Serialize for Attributes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_element_is_a_list_of_its_kind_its_attributes_and_what_is_in_it() {
        let mut link = Node::new("a");
        link.attributes.push(("href", String::from("https://shop.example/cookies")));
        link.children.push(Child::Text(String::from("Policy")));
        let mut paragraph = Node::new("p");
        paragraph.children.extend([Child::Text(String::from("We ask. ")), Child::Node(link)]);
        let expected = json!(["p", {}, "We ask. ", ["a", {"href": "https://shop.example/cookies"}, "Policy"]]);
        assert_eq!(serde_json::to_value(paragraph).unwrap(), expected);
    }

    #[test]
    fn attributes_stay_in_their_order() {
        let mut node = Node::new("div");
        node.attributes.extend([("part", String::from("b")), ("dir", String::from("ltr")), ("hidden", String::new())]);
        assert_eq!(serde_json::to_string(&node).unwrap(), r#"["div",{"part":"b","dir":"ltr","hidden":""}]"#);
    }
}
