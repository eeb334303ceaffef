//! A visit: what the widget is, what the visitor chooses, and what follows when they do.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use placet_choice::{Choice, cookie};
use placet_protocol::WidgetConfig;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::Event;

use crate::{
    bridge, clock,
    page::Page,
    problem::Failure,
    proof,
    receipt::Receipt,
    view::{Gesture, View},
};

/// A page on which the visitor can be asked.
pub struct Visit {
    page: Page,
    config: WidgetConfig,
    view: RefCell<Option<Rc<View>>>,
    ended: Cell<bool>,
    /// The console has been told that proofs wait.
    said: Cell<bool>,
}

impl Visit {
    /// Begins a visit.
    ///
    /// # Errors
    ///
    /// A [`Failure`] when the page's configuration is none.
    pub fn begin(page: Page) -> Result<Rc<Self>, Failure> {
        let config = bridge::from_js(page.config()).ok_or_else(|| {
            Failure::new(
                "the settings cannot be shown",
                "the server's answer is no widget configuration; do the script and the server have one version?",
            )
        })?;
        Ok(Rc::new(Visit { page, config, view: RefCell::default(), ended: Cell::default(), said: Cell::default() }))
    }

    /// Sends what could not be sent before, if its time has come. A failure is said once. Answers how long it is until
    /// there is something to send, in milliseconds; 0 if nothing waits.
    pub async fn send(self: Rc<Self>) -> u64 {
        match proof::deliver_waiting(&self.page).await {
            Ok(receipt) => self.hand_over(receipt.as_ref()),
            Err(_) if self.said.replace(true) => {}
            Err(failure) => self.page.failed(&failure.0),
        }
        proof::pause()
    }

    /// Draws the banner, unless it is there: the gate draws the one that the server has sent.
    pub fn ask(self: &Rc<Self>) {
        if let Some(view) = self.view() {
            view.show_banner(&self.config, self.page.signalled());
        }
    }

    /// Draws the settings, a dialog for the page to open; `choice` is what holds now, as `{slug: boolean}`, or undefined.
    pub fn open_settings(self: &Rc<Self>, choice: &JsValue) {
        let Some(view) = self.view().filter(|_| !self.ended.get()) else { return };
        let decided = choice.is_object();
        // A switch that is set beforehand is the widget's wish; a signal of the browser is the visitor's.
        let signalled = self.page.signalled();
        let preset = |slug: &str| {
            !signalled && self.config.services().any(|service| service.slug == slug && service.default_consent)
        };
        view.show_settings(&self.config, signalled, self.kept().as_ref(), &self.page, |slug| {
            if decided { bridge::grants(choice, slug) } else { preset(slug) }
        });
    }

    /// Closes the settings.
    pub fn close_settings(&self) {
        if let Some(view) = self.view.borrow().as_ref() {
            view.hide_settings();
        }
    }

    /// Takes everything away and answers to nothing more: a visit in another language goes on.
    pub fn end(&self) {
        self.ended.set(true);
        self.close_settings();
    }

    /// The choice that grants all that may be asked for.
    pub fn acceptance(&self) -> Choice {
        Choice::accept_all(&self.config, self.page.signalled())
    }

    /// Keeps a choice: the windows close, the cookie is written, the gate opens what is granted, the proof is sent.
    /// Answers with the proof's identifier once the server has it.
    ///
    /// With `decided_at`, in seconds since 1970, it is one that the gate has kept by itself at that time, and only its
    /// proof is still to be made.
    pub async fn decide(self: Rc<Self>, choice: Choice, decided_at: Option<u32>) -> Option<Receipt> {
        self.close_settings();
        if decided_at.is_none() {
            // The visitor's click is answered first: what follows takes many times as long.
            let _ = JsFuture::from(self.page.answered()).await;
        }
        let at = decided_at.map_or_else(clock::now, |seconds| u64::from(seconds) * 1000);
        let kept = bridge::choice_object(&choice);
        #[expect(clippy::cast_possible_truncation, reason = "seconds up to the year 2106")]
        self.page.keep(&kept, (at / 1000) as u32);
        let ends = cookie::expiry(at / 1000, self.config.cookie.days) * 1000;
        let unsent = proof::of_choice(&self.page, &self.config, &choice, at, ends);
        unsent.as_ref().inspect(|unsent| proof::wait(unsent));
        // The page may be left from here on: the cookie is written and the proof is kept.
        if decided_at.is_none() {
            self.page.decide(&kept);
        }

        match proof::deliver(&self.page, &unsent?).await {
            Ok(receipt) => {
                self.hand_over(Some(&receipt));
                Some(receipt)
            }
            Err(failure) => {
                self.said.set(true);
                self.page.failed(&failure.0);
                None
            }
        }
    }

    /// The choice that a `{slug: boolean}` object asks for.
    pub fn wish(&self, wish: &JsValue) -> Choice {
        Choice::of(&self.config, |slug| bridge::grants(wish, slug))
    }

    /// What is kept of the visitor's last choice, if its proof has reached the server.
    fn kept(&self) -> Option<placet_view::Kept> {
        Some(placet_view::Kept { decided: self.page.decided()?, consent_id: self.page.consent_id()? })
    }

    fn hand_over(&self, receipt: Option<&Receipt>) {
        if let Some(receipt) = receipt {
            self.page.receipt(&receipt.consent_id);
        }
    }

    /// The view, made and listened to when it is first needed.
    fn view(self: &Rc<Self>) -> Option<Rc<View>> {
        if let Some(view) = self.view.borrow().as_ref() {
            return Some(Rc::clone(view));
        }
        let view = Rc::new(View::new(self.page.root())?);
        let visit = Rc::clone(self);
        let on = Closure::<dyn FnMut(Event)>::new(move |event: Event| visit.answer(&event));
        // The page lives as long as the listener does.
        view.listen(on.into_js_value().unchecked_into());
        *self.view.borrow_mut() = Some(Rc::clone(&view));
        Some(view)
    }

    /// What the visitor does in the settings. The banner's buttons are the gate's: they answer before there is a core.
    fn answer(self: &Rc<Self>, event: &Event) {
        let Some(view) = self.view().filter(|_| !self.ended.get()) else { return };
        let choice = match view.gesture(&self.config, event) {
            Some(Gesture::AcceptAll) => self.acceptance(),
            Some(Gesture::RefuseAll) => Choice::refuse_all(&self.config),
            Some(Gesture::Save) => view.switches(&self.config),
            Some(Gesture::Close) => return view.hide_settings(),
            None => return,
        };
        let visit = Rc::clone(self);
        spawn_local(async move {
            visit.decide(choice, None).await;
        });
    }
}
