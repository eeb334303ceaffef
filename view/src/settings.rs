//! The second layer: a switch for each purpose, and the services behind it.

use placet_protocol::{DeclaredCookie, DeclaredStorage, Purpose, PurposeConfig, ServiceConfig, Texts, WidgetConfig};

use crate::{HOOK, PURPOSE_SWITCH, SERVICE_SWITCH, Sink, button, hook, layer, leaf, link, title};

const HEADING: &str = "SettingsTitle";
/// How many services a purpose may have for all of them to be in sight from the start.
const IN_SIGHT: usize = 5;

/// What a language has its own ways of saying: the browser's `Intl` knows them all.
pub trait Locale {
    /// How many services there are: `3 services`.
    fn services(&self, count: usize) -> String;
    /// How long something lasts that is kept for so many days: `2 years`.
    fn lifetime(&self, days: u32) -> String;
}

/// What is kept of the visitor's last choice.
pub struct Kept {
    /// The day of it, in a sentence.
    pub decided: String,
    /// The proof's identifier.
    pub consent_id: String,
}

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

/// Tells the settings to a sink; `granted` says of each slug whether its switch is on, `kept` is what the visitor decided
/// before.
///
/// A `<dialog>` opened as modal: the browser itself keeps the focus inside, returns it, and closes on Escape.
pub fn settings(
    config: &WidgetConfig,
    signalled: bool,
    kept: Option<&Kept>,
    locale: &impl Locale,
    granted: impl Fn(&str) -> bool,
    sink: &mut impl Sink,
) {
    let texts = &config.texts;
    layer(config, "dialog", hook::PREFERENCES, &config.appearance.settings, HEADING, sink);

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
        purpose(config, group, locale, &granted, sink);
    }
    if let Some(kept) = kept {
        receipt(texts, kept, sink);
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

fn purpose(
    config: &WidgetConfig,
    group: &PurposeConfig,
    locale: &impl Locale,
    granted: &impl Fn(&str) -> bool,
    sink: &mut impl Sink,
) {
    let services = &group.services;
    sink.open("section");
    sink.attr("part", "purpose");

    let switch = Switch::of(group.purpose, services.iter().all(|service| granted(&service.slug)));
    labelled_switch(config, "h3", &group.name, switch, PURPOSE_SWITCH, group.purpose.label(), sink);
    leaf(sink, "p", "text", &group.text);

    sink.open("details");
    sink.attr("part", "services");
    if services.len() <= IN_SIGHT {
        sink.attr("open", "");
    }
    leaf(sink, "summary", "count", &locale.services(services.len()));
    sink.open("ul");
    sink.attr("part", "list");
    for item in services {
        service(config, item, locale, Switch::of(group.purpose, granted(&item.slug)), sink);
    }
    sink.close();
    sink.close();

    sink.close();
}

fn service(config: &WidgetConfig, service: &ServiceConfig, locale: &impl Locale, switch: Switch, sink: &mut impl Sink) {
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
    cookies(&config.texts, &service.cookies, locale, sink);
    storage(&service.storage, sink);
    sink.close();
}

/// What a service keeps on the visitor's device, and for how long.
fn cookies(texts: &Texts, cookies: &[DeclaredCookie], locale: &impl Locale, sink: &mut impl Sink) {
    if cookies.is_empty() {
        return;
    }
    leaf(sink, "p", "label", &texts.cookies);
    sink.open("dl");
    sink.attr("part", "cookies");
    for cookie in cookies {
        leaf(sink, "dt", "cookie", &cookie.name);
        let lifetime = if cookie.days == 0 { texts.cookie_session.clone() } else { locale.lifetime(cookie.days) };
        leaf(sink, "dd", "lifetime", &lifetime);
    }
    sink.close();
}

/// What a service keeps on the visitor's device besides: where, by the names that browsers have for it, and under which
/// keys.
fn storage(storage: &[DeclaredStorage], sink: &mut impl Sink) {
    if storage.is_empty() {
        return;
    }
    sink.open("dl");
    sink.attr("part", "cookies");
    for kept in storage {
        leaf(sink, "dt", "cookie", &kept.key);
        leaf(sink, "dd", "lifetime", &kept.kind);
    }
    sink.close();
}

/// When the visitor decided, and the number of the proof.
fn receipt(texts: &Texts, kept: &Kept, sink: &mut impl Sink) {
    sink.open("div");
    sink.attr("part", "receipt");
    leaf(sink, "p", "date", &kept.decided);
    sink.open("p");
    sink.attr("part", "proof");
    sink.text(&texts.proof);
    sink.text(" ");
    leaf(sink, "code", "id", &kept.consent_id);
    sink.text(" ");
    button(sink, hook::COPY, "copy", &texts.copy);
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
