//! The way back: a round button on every page of whoever has chosen. Taking a consent back is to be as easy as giving
//! it (GDPR, Article 7(3)).

use placet_protocol::WidgetConfig;

use crate::{Sink, hook, named, spoken};

/// Tells the button to a sink, in the place of this part name; an empty one is the usual place.
pub fn trigger(config: &WidgetConfig, place: &str, sink: &mut impl Sink) {
    sink.open("button");
    named(hook::TRIGGER, place, sink);
    sink.attr("aria-label", &config.texts.settings_title);
    sink.attr("title", &config.texts.settings_title);
    sink.attr("aria-haspopup", "dialog");
    spoken(config, sink);
    sink.open("span");
    sink.attr("part", "icon");
    sink.close();
    sink.close();
}
