//! The banner and the settings in the page: drawn, read and taken away. The only part that touches elements.

mod dom;

use std::cell::OnceCell;

use js_sys::Function;
use placet_protocol::{WidgetConfig, glue};
use placet_view::{HOOK, Kept, Locale, PURPOSE_SWITCH, SERVICE_SWITCH, hook};
use wasm_bindgen::JsCast;
use web_sys::{Document, Element, Event, HtmlDialogElement, HtmlInputElement, ShadowRoot};

use dom::DomSink;
use placet_choice::Choice;

/// What a visitor did in the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gesture {
    /// Granted everything.
    AcceptAll,
    /// Refused everything.
    RefuseAll,
    /// Kept what the switches say.
    Save,
    /// Closed the settings.
    Close,
}

/// Placet's place in the page: the shadow root that the gate made.
pub struct View {
    root: ShadowRoot,
    document: Document,
    on: OnceCell<Function>,
}

impl View {
    /// The view in a shadow root; `None` outside of a page.
    pub fn new(root: ShadowRoot) -> Option<Self> {
        let document = root.owner_document()?;
        Some(Self { root, document, on: OnceCell::new() })
    }

    /// Has `on` called for every gesture and every switch that is moved.
    pub fn listen(&self, on: Function) {
        let _ = self.on.set(on);
        self.add_listeners();
    }

    /// Adds the listeners, unless they are there: `document.open()` removes them.
    fn add_listeners(&self) {
        let Some(on) = self.on.get() else { return };
        for event in ["click", "change"] {
            let _ = self.root.add_event_listener_with_callback(event, on);
        }
        // `close` does not bubble: it is caught on its way down.
        let _ = self.root.add_event_listener_with_callback_and_bool("close", on, true);
    }

    /// Draws the banner unless it is there, with a sentence if a signal of the browser was honoured.
    pub fn show_banner(&self, config: &WidgetConfig, signalled: bool) {
        if self.find(HOOK, hook::BANNER).is_none() {
            placet_view::banner(config, signalled, &mut DomSink::new(&self.document, &self.root));
        }
    }

    /// Draws the settings with the switches as `granted` says, unless they are there: a dialog that is not yet open.
    pub fn show_settings(
        &self,
        config: &WidgetConfig,
        signalled: bool,
        kept: Option<&Kept>,
        locale: &impl Locale,
        granted: impl Fn(&str) -> bool,
    ) {
        self.add_listeners();
        if self.dialog().is_some() {
            return;
        }
        let mut sink = DomSink::new(&self.document, &self.root);
        placet_view::settings(config, signalled, kept, locale, granted, &mut sink);
        for group in &config.purposes {
            self.follow_services(config, group.purpose.label());
        }
    }

    /// Closes the settings, if they are open; the browser gives the focus back to where it came from.
    pub fn hide_settings(&self) {
        if let Some(dialog) = self.dialog() {
            dialog.close();
            dialog.remove();
        }
    }

    /// The choice that the switches of the settings show.
    pub fn switches(&self, config: &WidgetConfig) -> Choice {
        Choice::of(config, |slug| self.switch(SERVICE_SWITCH, slug).is_some_and(|switch| switch.checked()))
    }

    /// What an event of [`View::listen`] asks for. A switch that was moved moves those that depend on it.
    pub fn gesture(&self, config: &WidgetConfig, event: &Event) -> Option<Gesture> {
        let target: Element = event.target()?.dyn_into().ok()?;
        match event.type_().as_str() {
            "click" => {
                let hook = target.closest("[data-placet]").ok()??.get_attribute(HOOK)?;
                Some(match hook.as_str() {
                    hook::ACCEPT_ALL_PREFERENCES => Gesture::AcceptAll,
                    hook::REFUSE_ALL_PREFERENCES => Gesture::RefuseAll,
                    hook::SAVE => Gesture::Save,
                    hook::CLOSE => Gesture::Close,
                    _ => return None,
                })
            }
            "close" => Some(Gesture::Close),
            _ => {
                self.moved(config, &target);
                None
            }
        }
    }

    fn moved(&self, config: &WidgetConfig, switch: &Element) {
        if let Some(label) = switch.get_attribute(PURPOSE_SWITCH) {
            let on = switch.dyn_ref().is_some_and(HtmlInputElement::checked);
            let group = config.purposes.iter().filter(|group| group.purpose.label() == label);
            for service in group.flat_map(|group| &group.services) {
                if let Some(switch) = self.switch(SERVICE_SWITCH, &service.slug) {
                    switch.set_checked(on);
                }
            }
        } else if let Some(slug) = switch.get_attribute(SERVICE_SWITCH) {
            let holds = |group: &&placet_protocol::PurposeConfig| group.services.iter().any(|s| s.slug == slug);
            if let Some(group) = config.purposes.iter().find(holds) {
                self.follow_services(config, group.purpose.label());
            }
        }
    }

    /// Sets a purpose's switch by those of its services: on when all are, between when some are.
    fn follow_services(&self, config: &WidgetConfig, label: &str) {
        let Some(group) = config.purposes.iter().find(|group| group.purpose.label() == label) else { return };
        let Some(switch) = self.switch(PURPOSE_SWITCH, label) else { return };
        let on = |service: &placet_protocol::ServiceConfig| {
            self.switch(SERVICE_SWITCH, &service.slug).is_some_and(|switch| switch.checked())
        };
        let all = group.services.iter().all(on);
        switch.set_checked(all);
        switch.set_indeterminate(!all && group.services.iter().any(on));
    }

    fn dialog(&self) -> Option<HtmlDialogElement> {
        self.find(HOOK, hook::PREFERENCES).map(JsCast::unchecked_into)
    }

    fn switch(&self, attribute: &str, value: &str) -> Option<HtmlInputElement> {
        self.find(attribute, value).map(JsCast::unchecked_into)
    }

    fn find(&self, attribute: &str, value: &str) -> Option<Element> {
        self.root.query_selector(&glue(&["[", attribute, "=\"", value, "\"]"])).ok()?
    }
}
