//! `/v1/consents…`: proofs, for the administrators of their workspace.
//!
//! | request | answer |
//! |---|---|
//! | `GET /v1/consents/{consentId}` | a proof |
//! | `DELETE /v1/consents/{consentId}` | erases it; its place in the chain stays |
//! | `GET /v1/consents?…` | those that are looked for, page by page, or all of them as CSV or NDJSON |
//! | `DELETE /v1/consents?userId=U` | erases all of a visitor |

use std::{io, sync::Arc};

use axum::{
    Json,
    body::Body,
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use jiff::Timestamp;
use placet_protocol::{Problem, Proof};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    App,
    admin::{Administrator, Caller, NOT_STORED, asked},
    error::Error,
    openapi::{AdminRefusals, EraseRefusals},
    parameter, text,
};
use crate::{
    audit_log::{Action, Outcome},
    clock,
    collect::is_user_id,
    ledger,
    seal::Reason,
    search::{Cursor, Format, Search},
    store::{Entry, Remains, Store},
    token::Rights,
    widget::check::is_slug,
};

/// How many proofs a page has if nobody says.
const USUAL_PAGE: usize = 100;
/// How many proofs a page may have.
const LARGEST_PAGE: usize = 1000;
/// How many proofs are exported together.
const TOGETHER: usize = 250;

/// The resources.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, erase_visitor)).routes(routes!(show, erase))
}

/// The proof of an identifier. One of another workspace is not there.
#[utoipa::path(
    get,
    path = "/consents/{consent_id}",
    tag = "Administrators",
    security(("token" = [])),
    params(("consent_id" = String, Path, description = "The proof's identifier (UUID), as the visitor's browser keeps it.")),
    responses(
        (status = 200, description = "The proof.", body = Proof),
        (status = 410, description = "The proof was erased.", body = Problem, content_type = "application/problem+json"),
        AdminRefusals,
    ),
)]
async fn show(
    State(app): State<App>,
    consent_id: Result<Path<String>, PathRejection>,
    caller: Caller,
) -> Result<Response, Error> {
    let administrator = caller.authorize(&app, Rights::Read, Action::ReadProof).await?;
    let entry = find(&app, &administrator, consent_id?).await?;
    let subject = Some(entry.consent_id.to_string());
    if let Remains::Erased { at, reason, .. } = entry.remains {
        administrator.record(&app, subject, Outcome::NotFound, None)?;
        return Err(gone(at, reason));
    }
    administrator.record(&app, subject, Outcome::Done, None)?;
    Ok((NOT_STORED, Json(entry.into_proof())).into_response())
}

/// Erases a proof. One that was erased before stays erased.
#[utoipa::path(
    delete,
    path = "/consents/{consent_id}",
    tag = "Administrators",
    security(("token" = [])),
    params(("consent_id" = String, Path, description = "The proof's identifier (UUID).")),
    responses(
        (status = 204, description = "Only that it was there is left."),
        (status = 409, description = "The proof is not what was signed, and was left as it is.", body = Problem, content_type = "application/problem+json"),
        AdminRefusals,
        EraseRefusals,
    ),
)]
async fn erase(
    State(app): State<App>,
    consent_id: Result<Path<String>, PathRejection>,
    caller: Caller,
) -> Result<StatusCode, Error> {
    let administrator = caller.authorize(&app, Rights::Full, Action::EraseProof).await?;
    let entry = find(&app, &administrator, consent_id?).await?;
    let subject = Some(entry.consent_id.to_string());
    let erased = app.ledger.erase(&[entry], Reason::Erased).await;
    let (outcome, count) = Outcome::of(&erased);
    administrator.record_durably(&app, subject, outcome, count).await?;
    if erased?.refused > 0 {
        return Err(Error::Conflict(
            "this proof was altered in the database or added to it, so it is not what was signed, and was left as it is: \
             erasing it would sign that away. Run `placet-server proof verify`"
                .to_owned(),
        ));
    }
    Ok(StatusCode::NO_CONTENT)
}

/// A page of proofs.
#[derive(Serialize, ToSchema)]
struct Listed {
    /// In the order of widgets, and of time.
    consents: Vec<Proof>,
    /// What `after` is for the next page; not there on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// The proofs that are looked for.
#[utoipa::path(
    get,
    path = "/consents",
    tag = "Administrators",
    security(("token" = [])),
    params(
        ("widget" = Option<String>, Query, description = "A widget's number."),
        ("from" = Option<String>, Query, description = "Stored on this day or at this moment, or later (ISO 8601)."),
        ("to" = Option<String>, Query, description = "Stored before this day or moment."),
        ("userId" = Option<String>, Query, description = "The site's own name for the visitor."),
        ("service" = Option<String>, Query, description = "A service's short name."),
        ("choice" = Option<String>, Query, description = "`granted` or `refused`: the service, or if none is named any."),
        ("limit" = Option<String>, Query, description = "How many proofs a page has: 1 to 1000."),
        ("after" = Option<String>, Query, description = "The `next` of the page before."),
        ("format" = Option<String>, Query, description = "`csv` or `ndjson`: all that is found, as a file."),
    ),
    responses(
        (status = 200, description = "A page of proofs.", body = Listed),
        (status = 400, description = "Something in the query is no such thing.", body = Problem, content_type = "application/problem+json"),
        AdminRefusals,
    ),
)]
async fn list(State(app): State<App>, uri: Uri, caller: Caller, headers: HeaderMap) -> Result<Response, Error> {
    let format = format(&uri, &headers);
    let action = if matches!(format, Ok(Some(_))) { Action::ExportProofs } else { Action::ListProofs };
    let administrator = caller.authorize(&app, Rights::Read, action).await?;
    let search = search(administrator.workspace(), &uri)?;
    let after = asked(&uri, "after", Cursor::parse, "this is no `next` of an answer of this address")?;
    if let Some(format) = format? {
        administrator.record_durably(&app, search.summary(), Outcome::Done, None).await?;
        return Ok(export(Arc::clone(&app.store), search, after, format));
    }
    let limits = |text: &str| text.parse().ok().filter(|limit| (1..=LARGEST_PAGE).contains(limit));
    let limit = asked(&uri, "limit", limits, &format!("a page has 1 to {LARGEST_PAGE} proofs"))?;
    let page = search.page(&*app.store, after, limit.unwrap_or(USUAL_PAGE)).await?;
    let count = u64::try_from(page.found.len()).ok();
    administrator.record(&app, search.summary(), Outcome::Done, count)?;
    let listed = Listed { consents: page.found, next: page.next.map(Cursor::write) };
    Ok((NOT_STORED, Json(listed)).into_response())
}

/// How many proofs were erased.
#[derive(Serialize, ToSchema)]
struct Erased {
    erased: u64,
    /// How many were left as they are, since they are not what was signed; not there if there are none.
    #[serde(skip_serializing_if = "is_none")]
    refused: u64,
}

// What serde asks for is a reference.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_none(count: &u64) -> bool {
    *count == 0
}

/// Erases all proofs of a visitor.
#[utoipa::path(
    delete,
    path = "/consents",
    tag = "Administrators",
    security(("token" = [])),
    params(("userId" = String, Query, description = "The site's own name for the visitor.")),
    responses(
        (status = 200, description = "How many there were.", body = Erased),
        (status = 400, description = "It was not said whose.", body = Problem, content_type = "application/problem+json"),
        AdminRefusals,
        EraseRefusals,
    ),
)]
async fn erase_visitor(State(app): State<App>, uri: Uri, caller: Caller) -> Result<Json<Erased>, Error> {
    let administrator = caller.authorize(&app, Rights::Full, Action::EraseVisitor).await?;
    let user_id = user_id(&uri)?.ok_or_else(|| Error::query("userId", "say whose proofs are to be erased"))?;
    let search = Search { workspace: Some(administrator.workspace()), user_id: Some(user_id), ..Search::default() };
    let done = app.ledger.erase_found(&search).await;
    let (outcome, count) = Outcome::of(&done);
    administrator.record_durably(&app, search.summary(), outcome, count).await?;
    let ledger::Erased { erased, refused } = done?;
    Ok(Json(Erased { erased, refused }))
}

/// A proof of an administrator's workspace.
async fn find(app: &App, administrator: &Administrator, Path(consent_id): Path<String>) -> Result<Entry, Error> {
    let consent_id = Uuid::parse_str(&consent_id).map_err(|_| {
        Error::NotFound(
            "a proof's identifier is a UUID, as the visitor's browser keeps it under `consentId`".to_owned(),
        )
    })?;
    let entry = app.store.proof(consent_id).await?.filter(|entry| entry.workspace == administrator.workspace());
    let Some(entry) = entry else {
        administrator.record(app, Some(consent_id.to_string()), Outcome::NotFound, None)?;
        return Err(Error::NotFound("your workspace has no proof of this identifier".to_owned()));
    };
    Ok(entry)
}

fn gone(at: Timestamp, reason: Reason) -> Error {
    let at = clock::iso(at);
    Error::Gone(match reason {
        Reason::Erased => format!("this proof was erased at {at}, as somebody asked for it"),
        Reason::Expired => format!("this proof was erased at {at}, as it had expired"),
    })
}

/// What the query looks for.
fn search(workspace: u32, uri: &Uri) -> Result<Search, Error> {
    let no_moment = "this is no date, as `2026-11-22`, nor a moment, as `2026-11-22T12:00:00Z`";
    let moment = |name: &str| asked(uri, name, clock::parse_or_day, no_moment);
    let choices = |name: &str| match name {
        "granted" => Some(true),
        "refused" => Some(false),
        _ => None,
    };
    Ok(Search {
        granted: asked(uri, "choice", choices, "this is `granted` or `refused`")?,
        workspace: Some(workspace),
        widget: asked(uri, "widget", |text| text.parse().ok(), "this is no widget's number")?,
        from: moment("from")?,
        until: moment("to")?,
        user_id: user_id(uri)?,
        service: asked(
            uri,
            "service",
            |slug| is_slug(slug).then(|| slug.to_owned()),
            "this is no service's short name",
        )?,
    })
}

/// The site's own name for a visitor, if the query names one.
fn user_id(uri: &Uri) -> Result<Option<String>, Error> {
    let fault = "this is no site's name for a visitor, which has 1 to 128 characters and no control characters";
    asked(uri, "userId", |text| is_user_id(text).then(|| text.to_owned()), fault)
}

/// As what all proofs are asked for: by `format`, or by the `Accept` header.
fn format(uri: &Uri, headers: &HeaderMap) -> Result<Option<Format>, Error> {
    match parameter(uri, "format").as_deref() {
        Some("csv") => Ok(Some(Format::Csv)),
        Some("ndjson") => Ok(Some(Format::Ndjson)),
        Some("json") => Ok(None),
        Some(_) => Err(Error::query("format", "this is `csv`, `ndjson` or `json`")),
        None => Ok(match text(headers, header::ACCEPT) {
            Some(accept) if accept.starts_with("text/csv") => Some(Format::Csv),
            Some(accept) if accept.starts_with("application/x-ndjson") => Some(Format::Ndjson),
            _ => None,
        }),
    }
}

/// Everything that is found, page by page as the client reads it, so that memory stays the same whatever there is.
fn export(store: Arc<dyn Store>, search: Search, after: Option<Cursor>, format: Format) -> Response {
    let pages = stream::try_unfold(Some(after), move |position| {
        let (store, search) = (Arc::clone(&store), search.clone());
        async move {
            let Some(after) = position else { return Ok(None) };
            let page = search.page(&*store, after, TOGETHER).await.map_err(io::Error::other)?;
            Ok::<_, io::Error>(Some((format.write(&page.found)?, page.next.map(Some))))
        }
    });
    let start = stream::iter([format.start()]);
    let body = Body::from_stream(stream::StreamExt::chain(start, pages));
    ([(header::CONTENT_TYPE, format.media_type()), NOT_STORED[0].clone()], body).into_response()
}
