//! The first layer: what is asked, and three answers.

use placet_protocol::WidgetConfig;

use crate::{Sink, button, hook, layer, leaf, link, title};

const HEADING: &str = "BannerTitle";

/// Tells the banner to a sink; `signalled` says that a signal of the visitor's browser was honoured, and has it said
/// to the visitor (CCPA Regulations §7025(c)(6)).
///
/// Accepting and refusing are two buttons of one kind, side by side (CNIL recommendation of 17 September 2020, §34;
/// EDPB cookie banner taskforce report of 17 January 2023, practices A and E). The banner is a labelled region, not a
/// dialog: the page stays usable, and the focus is not taken from the visitor.
pub fn banner(config: &WidgetConfig, signalled: bool, sink: &mut impl Sink) {
    let texts = &config.texts;
    layer(config, "section", hook::BANNER, &config.appearance.banner, HEADING, sink);
    if config.appearance.continue_without {
        button(sink, hook::CONTINUE, "continue", &texts.continue_without);
    }
    title(HEADING, &texts.title, sink);
    if signalled {
        leaf(sink, "p", "signal", &texts.signal_honoured);
    }

    sink.open("p");
    sink.attr("part", "text");
    sink.text(&texts.text);
    if let Some(url) = &config.policy_url {
        sink.text(" ");
        link(sink, url, &texts.policy);
    }
    sink.close();

    sink.open("div");
    sink.attr("part", "answers");
    button(sink, hook::REFUSE_ALL, "button answer refuse", &texts.refuse_all);
    button(sink, hook::ACCEPT_ALL, "button answer accept", &texts.accept_all);
    button(sink, hook::SETTINGS, "button more", &texts.settings);
    sink.close();

    sink.close();
}
