//! The second layer: a switch for each purpose, and the services behind it.

use placet_protocol::{Purpose, PurposeConfig, ServiceConfig, WidgetConfig};

use crate::{HOOK, PURPOSE_SWITCH, SERVICE_SWITCH, Sink, button, hook, layer, leaf, link, title};

const HEADING: &str = "SettingsTitle";

/// How a switch stands when the settings open.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Switch {
    On,
    Off,
    /// Cannot be moved: what is necessary runs anyway.
    Fixed,
}

impl Switch {
    fn of(purpose: Purpose, granted: bool) -> Self {
        match (purpose.is_necessary(), granted) {
            (true, _) => Switch::Fixed,
            (false, true) => Switch::On,
            (false, false) => Switch::Off,
        }
    }
}

/// Tells the settings to a sink; `granted` says of each slug whether its switch is on.
///
/// A `<dialog>` opened as modal: the browser itself keeps the focus inside, returns it, and closes on Escape.
pub fn settings(config: &WidgetConfig, signalled: bool, granted: impl Fn(&str) -> bool, sink: &mut impl Sink) {
    let texts = &config.texts;
    layer(config, "dialog", hook::PREFERENCES, HEADING, sink);

    sink.open("div");
    sink.attr("part", "head");
    title(HEADING, &texts.settings_title, sink);
    sink.open("button");
    sink.attr(HOOK, hook::CLOSE);
    sink.attr("part", "close");
    sink.attr("aria-label", &texts.close);
    sink.close();
    sink.close();

    sink.open("div");
    sink.attr("part", "body");
    leaf(sink, "p", "text", &texts.settings_text);
    if signalled {
        leaf(sink, "p", "signal", &texts.signal_honoured);
    }
    for group in &config.purposes {
        purpose(config, group, &granted, sink);
    }
    sink.close();

    sink.open("div");
    sink.attr("part", "answers");
    button(sink, hook::REFUSE_ALL_PREFERENCES, "button answer refuse", &texts.refuse_all);
    button(sink, hook::ACCEPT_ALL_PREFERENCES, "button answer accept", &texts.accept_all);
    button(sink, hook::SAVE, "button more", &texts.save);
    sink.close();

    sink.close();
}

fn purpose(config: &WidgetConfig, group: &PurposeConfig, granted: &impl Fn(&str) -> bool, sink: &mut impl Sink) {
    sink.open("section");
    sink.attr("part", "purpose");

    let switch = Switch::of(group.purpose, group.services.iter().all(|service| granted(&service.slug)));
    labelled_switch(config, "h3", &group.name, switch, PURPOSE_SWITCH, group.purpose.label(), sink);
    leaf(sink, "p", "text", &group.text);

    sink.open("ul");
    sink.attr("part", "services");
    for item in &group.services {
        service(config, item, Switch::of(group.purpose, granted(&item.slug)), sink);
    }
    sink.close();

    sink.close();
}

fn service(config: &WidgetConfig, service: &ServiceConfig, switch: Switch, sink: &mut impl Sink) {
    sink.open("li");
    sink.attr("part", "service");
    labelled_switch(config, "h4", &service.name, switch, SERVICE_SWITCH, &service.slug, sink);
    sink.open("p");
    sink.attr("part", "text");
    sink.text(&service.description);
    if let Some(url) = &service.privacy_policy_url {
        sink.text(" ");
        link(sink, url, &config.texts.service_policy);
    }
    sink.close();
    sink.close();
}

/// A heading that labels the switch beside it; before a fixed switch, why it is fixed.
///
/// The switch's value is its `id` as well: purposes begin with a capital letter, slugs never do.
fn labelled_switch(
    config: &WidgetConfig,
    heading: &'static str,
    name: &str,
    switch: Switch,
    hook: &'static str,
    value: &str,
    sink: &mut impl Sink,
) {
    sink.open("div");
    sink.attr("part", "row");

    sink.open(heading);
    sink.attr("part", "name");
    sink.open("label");
    sink.attr("for", value);
    sink.text(name);
    sink.close();
    sink.close();

    if switch == Switch::Fixed {
        leaf(sink, "span", "fixed", &config.texts.always_on);
    }

    sink.open("input");
    sink.attr("type", "checkbox");
    sink.attr("role", "switch");
    sink.attr("part", "switch");
    sink.attr("id", value);
    sink.attr(hook, value);
    if switch != Switch::Off {
        sink.attr("checked", "");
    }
    if switch == Switch::Fixed {
        sink.attr("disabled", "");
    }
    sink.close();

    sink.close();
}
