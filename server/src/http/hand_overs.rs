//! `POST /v1/widgets/{id}/hand-overs?key=K` and `…/redeem`: one choice for several domains of one owner.
//!
//! A page asks for a token for a link to another site of the widget; the page there redeems it, once, and is given the choice as
//! that of an answer ([`super::answers`]). Each site has a proof of its own, which names the one that it follows.

use std::sync::Arc;

use axum::{
    extract::{Path, Request, State, rejection::PathRejection},
    http::{HeaderMap, Uri, header},
    response::Response,
};
use jiff::Timestamp;
use placet_choice::{Choice, Kept, Visitor, cookie};
use placet_protocol::{AnswerOutcome, HandOverAnswer, HandOverRequest, RedeemRequest, WidgetConfig};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    App, access, body,
    error::Error,
    keep::{self, Envelope},
    limits::Kind,
    openapi::{BodyRefusals, Keyed, OfWidget, Refusals},
    text, widgets,
};
use crate::{
    clock, collect,
    hand_over::{HandOver, LIFE},
    origin::Origin,
    store::Entry,
    widget::{Version, render},
};

/// A day, in seconds.
const DAY: i64 = 24 * 60 * 60;

/// The resources.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(issue)).routes(routes!(redeem))
}

/// Signs a token for a link to another site of the widget, if its file has `hand-over = true`.
#[utoipa::path(
    post,
    path = "/widgets/{id}/hand-overs",
    tag = "Pages",
    params(OfWidget, Keyed),
    request_body = HandOverRequest,
    responses((status = 201, description = "What the link carries.", body = HandOverAnswer), Refusals, BodyRefusals),
)]
async fn issue(
    State(app): State<App>,
    id: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, Error> {
    let version = open(&app, id, request.uri(), request.headers()).await?;
    let sent: HandOverRequest = body::json(request).await?;
    let to = Origin::from_header(&sent.to).filter(|to| version.content.allows(to));
    let to = to.ok_or_else(|| {
        Error::field(
            "to",
            "the widget is not for this origin; choices are handed over to those in `origins` of its file only",
        )
    })?;
    let entry = match collect::parse_uuid(&sent.consent_id) {
        Some(consent_id) => proof(&app, &version, consent_id).await?,
        None => None,
    };
    let Some(entry) = entry else {
        return Err(Error::field(
            "consentId",
            "the widget has no such proof; send the `consentId` that the browser keeps",
        ));
    };
    let mut nonce = [0; 8];
    getrandom::fill(&mut nonce).map_err(|error| Error::Internal(error.to_string()))?;
    let expires = clock::seconds(clock::now()) + LIFE.as_secs();
    let token = HandOver { consent_id: entry.consent_id, expires, nonce };
    let token = token.sign(app.store.request_secret(), version.content.id, &to.to_string());
    Ok(keep::created(HandOverAnswer { token }))
}

/// Takes the choice over that a token stands for, keeps its proof, and answers 201 with all that the browser is to keep. A token
/// that was used, or whose time is over, is 410: the visitor is asked.
#[utoipa::path(
    post,
    path = "/widgets/{id}/hand-overs/redeem",
    tag = "Pages",
    params(
        OfWidget,
        Keyed,
        ("lang" = Option<String>, Query, description = "Languages that were chosen for the page, best first (BCP 47)."),
    ),
    request_body = RedeemRequest,
    responses(
        (status = 201, description = "The proof is on disk.", body = AnswerOutcome),
        Refusals,
        BodyRefusals,
    ),
)]
async fn redeem(
    State(app): State<App>,
    id: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, Error> {
    let version = open(&app, id, request.uri(), request.headers()).await?;
    let (uri, headers) = (request.uri().clone(), request.headers().clone());
    let sent: RedeemRequest = body::json(request).await?;
    let widget = version.content.id;
    let page = page(&headers)?;
    let token = HandOver::read(&sent.token, app.store.request_secret(), widget, &page.to_string());
    let token = token.ok_or_else(|| Error::field("token", "it was not made for this widget on this origin"))?;
    let now = clock::now();
    if clock::seconds(now) >= token.expires {
        return Err(over("its time is over"));
    }
    let entry = proof(&app, &version, token.consent_id).await?.ok_or_else(|| over("its proof has been erased"))?;
    let shown = entry.proof().and_then(|proof| proof.widget_version.parse().ok());
    let shown = match shown {
        Some(shown) => app.version(widget, shown).await?,
        None => None,
    };
    if shown.is_none_or(|shown| shown.ask_key != version.ask_key) {
        return Err(over("the widget has asked for more since the choice was made"));
    }

    let config = render::render(&version, widgets::edition_by_address(&version.content, &uri));
    let choice = choice(&config, &entry);
    let decided = decided(&entry);
    let envelope = Envelope::open(&app, widget, &headers, Some(&token.idempotency_key()), &sent)?;
    let visitor = Visitor { session_id: sent.session_id, previous: Some(token.consent_id.to_string()), user_id: None };
    let decision = placet_choice::request(&config, &choice, visitor, &clock::iso(decided), None);
    let receipt = keep::keep(&app, envelope, decision, Some(&version), now).await?;
    if clock::iso(receipt.date) != clock::iso(now) {
        return Err(over("it was used before"));
    }

    let signals = &config.signals;
    let signalled = (signals.gpc && sent.gpc) || (signals.dnt && sent.dnt);
    // The choice ends when it would have ended where it was made.
    let decided_at = clock::seconds(decided);
    let value = Kept::new(&config, &choice, decided_at, signalled).encode(&config.cookie.name);
    let ends = cookie::expiry(decided_at, config.cookie.days);
    let line = cookie::line(&config.cookie, &value, ends.saturating_sub(clock::seconds(now)), sent.secure);
    let outcome = AnswerOutcome {
        consent_id: receipt.consent_id.to_string(),
        expires_at: clock::iso(clock::from_seconds(ends)),
        cookie: line,
        choice: choice.answers().map(|(slug, granted)| (slug.to_owned(), granted)).collect(),
    };
    // Not set by HTTP: the page may have a newer one.
    Ok(keep::created(outcome))
}

/// The version in force of a widget that hands choices over.
async fn open(
    app: &App,
    id: Result<Path<String>, PathRejection>,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Arc<Version>, Error> {
    let Path(id) = id?;
    let version = access::open(app, Kind::Keeping, &id, uri, headers).await?;
    if !version.content.hand_over {
        return Err(Error::NotFound(format!(
            "widget {} hands no choices over; write `hand-over = true` into its file to have it do so",
            version.content.id
        )));
    }
    Ok(version)
}

fn page(headers: &HeaderMap) -> Result<Origin, Error> {
    let page = text(headers, header::ORIGIN).and_then(Origin::from_header);
    page.ok_or_else(|| Error::field("token", "only a page can redeem it, which names its origin (`Origin`)"))
}

/// A proof of the widget that is still there.
async fn proof(app: &App, version: &Version, consent_id: Uuid) -> Result<Option<Entry>, Error> {
    let entry = app.store.proof(consent_id).await?;
    Ok(entry.filter(|entry| entry.place.chain.widget == version.content.id && entry.proof().is_some()))
}

fn choice(config: &WidgetConfig, entry: &Entry) -> Choice {
    let granted = |slug: &str| {
        let entries = entry.proof().into_iter().flat_map(|proof| &proof.consents.cookie_consents);
        entries.filter(|entry| entry.slug == slug).any(|entry| entry.consent)
    };
    Choice::of(config, granted)
}

/// When a choice was made: as its browser said, if the proof came within a day of that.
fn decided(entry: &Entry) -> Timestamp {
    let said = entry.proof().and_then(|proof| proof.consents.cookie_consents.first());
    let said = said.and_then(|first| clock::parse(&first.date));
    let is_near = |said: &Timestamp| (0..=DAY).contains(&(entry.date.as_second() - said.as_second()));
    said.filter(is_near).unwrap_or(entry.date)
}

fn over(why: &str) -> Error {
    Error::Gone(format!("the choice is not handed over: {why}; ask the visitor"))
}
