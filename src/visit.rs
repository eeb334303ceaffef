//! A visit: what the widget is, what the visitor has chosen, and what follows when they choose.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use js_sys::Promise;
use placet_choice::{Choice, Kept, cookie};
use placet_protocol::{CookieSettings, WidgetConfig};
use wasm_bindgen::{JsCast, JsValue, prelude::*};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Event, HtmlDocument};

use crate::{
    bridge, clock, config,
    problem::Failure,
    proof,
    receipt::Receipt,
    signal,
    view::{Gesture, View, shadow_root},
};

#[wasm_bindgen]
extern "C" {
    /// The page, as the gate shows it to the core.
    #[derive(Clone)]
    pub type Page;

    /// The build's name: what another build has kept is not read.
    #[wasm_bindgen(method, getter)]
    fn sdk(this: &Page) -> String;
    /// Where the widget's configuration is.
    #[wasm_bindgen(method, getter, js_name = configUrl)]
    fn config_url(this: &Page) -> String;
    /// Where proofs are posted.
    #[wasm_bindgen(method, getter, js_name = consentsUrl)]
    fn consents_url(this: &Page) -> String;
    /// The site's own opaque name for the visitor, if it has told one.
    #[wasm_bindgen(method, getter, js_name = userId)]
    fn user_id(this: &Page) -> Option<String>;
    /// The proof before this one, if the browser keeps its receipt.
    #[wasm_bindgen(method, getter, js_name = consentId)]
    fn consent_id(this: &Page) -> Option<String>;
    /// The shadow root to draw in, made when it is first needed.
    #[wasm_bindgen(method)]
    fn root(this: &Page) -> JsValue;
    /// The banner is there.
    #[wasm_bindgen(method)]
    fn shown(this: &Page);
    /// The banner is gone.
    #[wasm_bindgen(method)]
    fn hidden(this: &Page);
    /// Resolves when what was done has been painted, or when the page goes.
    #[wasm_bindgen(method)]
    fn painted(this: &Page) -> Promise;
    /// The visitor has chosen: `{slug: boolean}`. The gate opens what is granted.
    #[wasm_bindgen(method)]
    fn decided(this: &Page, choice: &JsValue);
    /// The server has the proof.
    #[wasm_bindgen(method)]
    fn receipt(this: &Page, consent_id: &str);
    /// Something went wrong; the sentence says what, and what to do.
    #[wasm_bindgen(method)]
    fn failed(this: &Page, message: &str);
}

/// A page on which the visitor can be asked.
pub struct Visit {
    page: Page,
    config: WidgetConfig,
    view: RefCell<Option<Rc<View>>>,
    ended: Cell<bool>,
}

/// A visit as it begins: with the configuration as an object, and the choice that stands.
pub struct Begun {
    /// The visit.
    pub visit: Rc<Visit>,
    /// The configuration, for the gate.
    pub config: JsValue,
    /// The choice that the cookie keeps, if it still stands.
    pub choice: Option<Choice>,
}

impl Visit {
    /// Loads the configuration and reads the cookie. What an earlier page could not send is sent.
    ///
    /// # Errors
    ///
    /// A [`Failure`] when there is no configuration: nothing is shown, and the gate opens nothing.
    pub async fn begin(page: Page) -> Result<Begun, Failure> {
        let loaded = config::load(&page.config_url(), &page.sdk()).await?;
        let choice = kept_choice(&loaded.config, signal::refuses(&loaded.config.signals));
        let visit = Rc::new(Visit { page, config: loaded.config, view: RefCell::default(), ended: Cell::new(false) });
        let sender = Rc::clone(&visit);
        spawn_local(async move {
            match proof::deliver_waiting().await {
                Ok(receipt) => sender.hand_over(receipt.as_ref()),
                Err(failure) => sender.page.failed(&failure.0),
            }
        });
        Ok(Begun { visit, config: loaded.object, choice })
    }

    /// Shows the banner.
    pub fn ask(self: &Rc<Self>) {
        if !self.ended.get() && self.view().is_some_and(|view| view.show_banner(&self.config, self.signalled())) {
            self.page.shown();
        }
    }

    /// Opens the settings; `choice` is what holds now, as `{slug: boolean}`, or undefined.
    pub fn open_settings(self: &Rc<Self>, choice: &JsValue) {
        let Some(view) = self.view() else { return };
        let decided = choice.is_object();
        // A switch that is set beforehand is the widget's wish; a signal of the browser is the visitor's.
        let signalled = self.signalled();
        let preset = |slug: &str| {
            !signalled && self.config.services().any(|service| service.slug == slug && service.default_consent)
        };
        view.show_settings(&self.config, self.signalled(), |slug| {
            if decided { bridge::grants(choice, slug) } else { preset(slug) }
        });
    }

    /// Closes the settings.
    pub fn close_settings(&self) {
        if let Some(view) = self.view.borrow().as_ref() {
            view.hide_settings();
        }
    }

    /// Takes the banner and the settings away: the choice was made in another tab.
    pub fn dismiss(&self) {
        if self.clear() {
            self.page.hidden();
        }
    }

    /// Takes everything away and answers to nothing more: a visit in another language goes on.
    pub fn end(&self) {
        self.ended.set(true);
        self.dismiss();
    }

    /// Takes the banner and the settings away; says whether the banner was there.
    fn clear(&self) -> bool {
        self.view.borrow().as_ref().is_some_and(|view| {
            view.hide_settings();
            view.hide_banner()
        })
    }

    /// The choice that grants all that may be asked for.
    pub fn acceptance(&self) -> Choice {
        Choice::accept_all(&self.config, self.signalled())
    }

    /// Whether the visitor's browser refuses for them, by a signal that the widget honours.
    fn signalled(&self) -> bool {
        signal::refuses(&self.config.signals)
    }

    /// Keeps a choice: the windows close, the cookie is written, the gate opens what is granted, the proof is sent.
    /// Answers with the proof's identifier once the server has it.
    pub async fn decide(self: Rc<Self>, choice: Choice) -> Option<Receipt> {
        let was_asked = self.clear();
        // The visitor's click is answered first: what follows takes many times as long.
        let _ = JsFuture::from(self.page.painted()).await;
        if was_asked {
            self.page.hidden();
        }

        let decided_at = clock::now() / 1000;
        let ends = cookie::expiry(decided_at, self.config.cookie.days) * 1000;
        if !write_cookie(&self.config, &Kept::new(&self.config, &choice, decided_at, self.signalled())) {
            self.page.failed(
                "the choice holds for this page only: the browser did not keep its cookie; \
                 are cookies blocked, or does the widget's cookie domain not fit this site?",
            );
        }
        let visitor = proof::visitor(self.page.consent_id(), self.page.user_id());
        let unsent = proof::of_choice(&self.page.consents_url(), &self.config, &choice, visitor, ends);
        unsent.as_ref().inspect(|unsent| proof::wait(unsent));
        // The page may be left from here on: the cookie is written and the proof is kept.
        self.page.decided(&bridge::choice_object(&choice));

        match proof::deliver(&unsent?).await {
            Ok(receipt) => {
                self.hand_over(Some(&receipt));
                Some(receipt)
            }
            Err(failure) => {
                self.page.failed(&failure.0);
                None
            }
        }
    }

    /// Forgets the choice: the cookie and the receipt are removed.
    pub fn forget(&self) {
        remove_cookie(&self.config.cookie);
        Receipt::forget();
    }

    /// The choice that a `{slug: boolean}` object asks for.
    pub fn wish(&self, wish: &JsValue) -> Choice {
        Choice::of(&self.config, |slug| bridge::grants(wish, slug))
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
        let view = Rc::new(View::new(shadow_root(self.page.root())?)?);
        let visit = Rc::clone(self);
        let on = Closure::<dyn FnMut(Event)>::new(move |event: Event| visit.answer(&event));
        view.listen(on.as_ref().unchecked_ref());
        // The page lives as long as the listener does.
        on.forget();
        *self.view.borrow_mut() = Some(Rc::clone(&view));
        Some(view)
    }

    fn answer(self: &Rc<Self>, event: &Event) {
        let Some(view) = self.view().filter(|_| !self.ended.get()) else { return };
        let choice = match view.gesture(&self.config, event) {
            Some(Gesture::AcceptAll) => self.acceptance(),
            Some(Gesture::RefuseAll) => Choice::refuse_all(&self.config),
            Some(Gesture::Save) => view.switches(&self.config),
            Some(Gesture::OpenSettings) => {
                let choice = kept_choice(&self.config, self.signalled()).map(|choice| bridge::choice_object(&choice));
                return self.open_settings(&choice.unwrap_or_default());
            }
            Some(Gesture::Close) => return view.hide_settings(),
            None => return,
        };
        let visit = Rc::clone(self);
        spawn_local(async move {
            visit.decide(choice).await;
        });
    }
}

fn document() -> Option<HtmlDocument> {
    web_sys::window()?.document()?.dyn_into().ok()
}

/// The choice that the cookie keeps, if it still stands.
fn kept_choice(config: &WidgetConfig, signalled: bool) -> Option<Choice> {
    let cookies = document()?.cookie().ok()?;
    cookie::newest(&cookies, &config.cookie.name)?.standing(config, clock::now() / 1000, signalled)
}

/// Writes the cookie; says whether the browser kept it.
fn write_cookie(config: &WidgetConfig, kept: &Kept) -> bool {
    let value = kept.encode(&config.cookie.name);
    let line = cookie::line(&config.cookie, &value, is_secure());
    let Some(document) = document() else { return false };
    document.set_cookie(&line).is_ok()
        && document
            .cookie()
            .is_ok_and(|cookies| cookie::values(&cookies, &config.cookie.name).any(|kept| kept == value))
}

/// Removes the cookie, and one that was set for this host before the widget had a domain to share it in.
fn remove_cookie(settings: &CookieSettings) {
    let Some(document) = document() else { return };
    for domain in [None, settings.domain.clone()] {
        let past = CookieSettings { name: settings.name.clone(), days: 0, domain };
        let _ = document.set_cookie(&cookie::line(&past, "", is_secure()));
    }
}

fn is_secure() -> bool {
    web_sys::window().is_some_and(|window| window.location().protocol().is_ok_and(|protocol| protocol == "https:"))
}
