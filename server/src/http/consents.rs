//! `POST /v1/widgets/{id}/consents?key=K`: keeps a proof.

use axum::{
    Json, Router,
    extract::{Path, Request, State, rejection::PathRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use placet_protocol::{ConsentAnswer, ConsentRequest};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{App, access, body, error::Error, text};
use crate::{
    clock, collect, device,
    store::{self, NewProof, Stored},
};

/// The resource.
pub fn router() -> Router<App> {
    Router::new().route("/widgets/{id}/consents", post(keep))
}

/// Keeps what a visitor decided, and answers 201 with the proof's identifier once it is on disk.
///
/// A request that names itself, by an `Idempotency-Key` header or an `idempotencyKey` field, may be sent any number of
/// times: it is stored once, and answered alike.
async fn keep(
    State(app): State<App>,
    id: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, Error> {
    let Path(id) = id?;
    let version_in_force = access::open(&app, &id, request.uri(), request.headers()).await?;
    let headers = request.headers().clone();
    let mut sent: ConsentRequest = body::json(request).await?;
    let widget = version_in_force.content.id;
    let request = named_request(&headers, &mut sent)?;

    let version = match sent.consents.version_key.as_deref() {
        None => Some(version_in_force),
        Some(version_key) => match Uuid::parse_str(version_key) {
            Ok(version_key) => app.version(widget, version_key).await?,
            Err(_) => None,
        },
    };
    let device = device::device_type(
        text(&headers, header::HeaderName::from_static("sec-ch-ua-mobile")),
        text(&headers, header::USER_AGENT),
    );
    let stored = match collect::proof(sent, version.as_deref(), device, clock::now()) {
        Ok(proof) => app.store.store_proof(NewProof { proof, request }).await?,
        // What fitted when it came first is answered alike, whatever the widget has become since.
        Err(errors) => match &request {
            Some(request) => app.store.stored_request(widget, request).await?.ok_or(Error::Unprocessable(errors))?,
            None => return Err(Error::Unprocessable(errors)),
        },
    };
    match stored {
        Stored::Kept { consent_id } => {
            let answer = ConsentAnswer { consent_id: consent_id.to_string() };
            Ok((StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response())
        }
        Stored::NameTaken => Err(Error::field(
            "idempotencyKey",
            "another request was stored under this key; a new request needs a new key",
        )),
    }
}

/// Takes the request's name out of it, if it has one. What is left is what the request says.
fn named_request(headers: &HeaderMap, sent: &mut ConsentRequest) -> Result<Option<store::Request>, Error> {
    let field = sent.idempotency_key.take();
    let header = headers.get("idempotency-key").map(|value| value.to_str().unwrap_or_default().to_owned());
    let idempotency_key = match (header, field) {
        (Some(header), Some(field)) if header != field => {
            return Err(Error::field(
                "idempotencyKey",
                "this is not what the Idempotency-Key header says; send one of them",
            ));
        }
        (Some(key), _) | (None, Some(key)) => key,
        (None, None) => return Ok(None),
    };
    if !(1..=128).contains(&idempotency_key.len()) || !idempotency_key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::field("idempotencyKey", "a key is 1 to 128 visible ASCII characters, such as a UUID"));
    }
    let sha256 = Sha256::digest(serde_json::to_vec(&sent)?).into();
    Ok(Some(store::Request { idempotency_key, sha256 }))
}
