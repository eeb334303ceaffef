//! What the visitor sees, as markup: the banner (first layer), the settings (second layer), and the way back to them.
//!
//! A layer is told to a [`Sink`], node by node. In the browser the sink makes elements; in a test, or on a server,
//! it writes them down. So the markup is written once, and no HTML is ever parsed from text.
//!
//! Elements carry two kinds of names: `data-placet…` are the stable hooks for scripts and tests, `part` are the names
//! for style sheets (`::part()`).

mod banner;
mod settings;
mod trigger;

use placet_protocol::{WidgetConfig, glue};

pub use banner::banner;
pub use settings::{Kept, Locale, settings};
pub use trigger::trigger;

/// The hooks that lead from an element back to what it does: the values of `data-placet`.
pub mod hook {
    /// The first layer.
    pub const BANNER: &str = "banner";
    /// Grants everything, from the banner.
    pub const ACCEPT_ALL: &str = "accept-all";
    /// Refuses everything that can be refused, from the banner.
    pub const REFUSE_ALL: &str = "refuse-all";
    /// Opens the settings.
    pub const SETTINGS: &str = "settings";
    /// Closes the banner and refuses everything that can be refused.
    pub const CONTINUE: &str = "continue";
    /// The second layer.
    pub const PREFERENCES: &str = "preferences";
    /// Keeps what the switches say.
    pub const SAVE: &str = "save";
    /// Grants everything, from the settings.
    pub const ACCEPT_ALL_PREFERENCES: &str = "accept-all-preferences";
    /// Refuses everything that can be refused, from the settings.
    pub const REFUSE_ALL_PREFERENCES: &str = "refuse-all-preferences";
    /// Closes the settings and changes nothing.
    pub const CLOSE: &str = "close";
    /// Copies the number of the visitor's proof.
    pub const COPY: &str = "copy";
    /// Brings the settings back once the banner has gone.
    pub const TRIGGER: &str = "trigger";
}

/// The attribute of an element that does something.
pub const HOOK: &str = "data-placet";
/// The attribute of a purpose's switch; its value is the purpose's label.
pub const PURPOSE_SWITCH: &str = "data-placet-purpose";
/// The attribute of a service's switch; its value is the service's slug.
pub const SERVICE_SWITCH: &str = "data-placet-service";

/// Takes a layer's markup, in document order.
pub trait Sink {
    /// Begins an element inside the one that is open.
    fn open(&mut self, tag: &'static str);
    /// Gives the element just begun an attribute. An empty value stands for a boolean one.
    fn attr(&mut self, name: &'static str, value: &str);
    /// Adds text to the open element.
    fn text(&mut self, text: &str);
    /// Ends the open element.
    fn close(&mut self);
}

/// Begins a layer, which is named by its heading, and is in the language of the texts: it need not be the page's.
/// `look` are the part names that tell its shape and where it stands.
fn layer(config: &WidgetConfig, tag: &'static str, hook: &str, look: &str, heading: &str, sink: &mut impl Sink) {
    sink.open(tag);
    named(hook, look, sink);
    sink.attr("aria-labelledby", heading);
    spoken(config, sink);
}

/// The names of an element that has further part names for its look, if any.
fn named(hook: &str, look: &str, sink: &mut impl Sink) {
    sink.attr(HOOK, hook);
    if look.is_empty() {
        sink.attr("part", hook);
    } else {
        sink.attr("part", &glue(&[hook, " ", look]));
    }
}

/// The language of an element.
fn spoken(config: &WidgetConfig, sink: &mut impl Sink) {
    sink.attr("lang", &config.lang);
    sink.attr("dir", if config.rtl { "rtl" } else { "ltr" });
}

/// The heading of a layer.
fn title(id: &str, text: &str, sink: &mut impl Sink) {
    sink.open("h2");
    sink.attr("id", id);
    sink.attr("part", "title");
    sink.text(text);
    sink.close();
}

/// An element with a part's name and nothing but text in it.
fn leaf(sink: &mut impl Sink, tag: &'static str, part: &str, text: &str) {
    sink.open(tag);
    sink.attr("part", part);
    sink.text(text);
    sink.close();
}

/// A button that a hook leads to. There is no form around it that it could send.
fn button(sink: &mut impl Sink, hook: &str, part: &str, text: &str) {
    sink.open("button");
    sink.attr(HOOK, hook);
    sink.attr("part", part);
    sink.text(text);
    sink.close();
}

/// A link that leaves the page alone: it opens beside it and tells the other side nothing.
fn link(sink: &mut impl Sink, href: &str, text: &str) {
    sink.open("a");
    sink.attr("part", "link");
    sink.attr("href", href);
    sink.attr("target", "_blank");
    sink.attr("rel", "noopener noreferrer");
    sink.text(text);
    sink.close();
}

#[cfg(test)]
mod tests;
