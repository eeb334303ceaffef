//! `POST /v1/widgets/{id}/answers?key=K`: works out what a bare *accept all* or *refuse all* means, and keeps its
//! proof.
//!
//! For pages whose content security policy, or browsers whose owner, forbids WebAssembly: there the banner can be
//! drawn and answered, but the core cannot run. The server runs the same Rust in its place ([`placet_choice`]).

use axum::{
    extract::{Path, Request, State, rejection::PathRejection},
    response::Response,
};
use placet_choice::{Choice, Kept, Visitor, cookie};
use placet_protocol::{Answer, AnswerOutcome, AnswerRequest, WidgetConfig};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    App, access, body,
    error::Error,
    first_party,
    keep::{self, Envelope, Receipt},
    limits::Kind,
    openapi::{BodyRefusals, Keyed, OfWidget, Refusals},
};
use crate::{clock, widget::render};

/// The resource.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(answer))
}

/// Keeps what an answer means for each service of the version that was shown, and answers 201 with all that the core
/// would have left in the browser.
#[utoipa::path(
    post,
    path = "/widgets/{id}/answers",
    tag = "Pages",
    params(
        OfWidget,
        Keyed,
        ("Idempotency-Key" = Option<String>, Header, description = "Names the request: sent again, it is stored once."),
    ),
    request_body = AnswerRequest,
    responses(
        (status = 201, description = "The proof is on disk.", body = AnswerOutcome),
        Refusals,
        BodyRefusals,
    ),
)]
async fn answer(
    State(app): State<App>,
    id: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, Error> {
    let Path(id) = id?;
    let widget = access::open(&app, Kind::Keeping, &id, request.uri(), request.headers()).await?.content.id;
    let headers = request.headers().clone();
    let mut sent: AnswerRequest = body::json(request).await?;
    let key = sent.idempotency_key.take();
    let envelope = Envelope::open(&app, widget, &headers, key.as_deref(), &sent)?;

    let version = keep::version(&app, widget, &sent.version_key).await?.ok_or_else(|| {
        Error::field(
            "versionKey",
            "the widget has no such version; send `versionKey` as GET /v1/widgets/{id} answers it",
        )
    })?;
    let language = sent.lang.parse().ok();
    let edition = language.and_then(|language| version.content.edition(&[language])).ok_or_else(|| {
        Error::field(
            "lang",
            "the widget does not speak this language in this version; send `lang` as GET /v1/widgets/{id} answers it",
        )
    })?;
    let config = render::render(&version, edition);
    let choice = match sent.answer {
        Answer::AcceptAll => Choice::accept_all(&config, sent.signalled),
        Answer::RefuseAll => Choice::refuse_all(&config),
    };

    let now = clock::now();
    let visitor = Visitor { session_id: sent.session_id, previous: sent.consent_id, user_id: sent.user_id };
    let decision = placet_choice::request(&config, &choice, visitor, &clock::iso(now), None);
    let receipt = keep::keep(&app, envelope, decision, Some(&version), now).await?;
    let outcome = outcome(&config, &choice, &receipt, sent.signalled, sent.secure);
    let cookie = outcome.cookie.clone();
    Ok(first_party::set_first(keep::created(outcome), &version, &headers, &cookie))
}

/// What the browser is to keep. It follows from the request and from when it was first stored, so that a request that
/// is sent again is answered alike.
fn outcome(config: &WidgetConfig, choice: &Choice, receipt: &Receipt, signalled: bool, secure: bool) -> AnswerOutcome {
    let decided_at = clock::seconds(receipt.date);
    let value = Kept::new(config, choice, decided_at, signalled).encode(&config.cookie.name);
    let life = u64::from(config.cookie.days) * cookie::DAY;
    AnswerOutcome {
        consent_id: receipt.consent_id.to_string(),
        expires_at: clock::iso(clock::from_seconds(cookie::expiry(decided_at, config.cookie.days))),
        cookie: cookie::line(&config.cookie, &value, life, secure),
        choice: choice.answers().map(|(slug, granted)| (slug.to_owned(), granted)).collect(),
    }
}
