//! Keeping what a visitor decided, whichever way it was said: the whole decision ([`super::consents`]) or the bare
//! answer ([`super::answers`]).

use std::sync::Arc;

use axum::{
    Json,
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use placet_protocol::{ConsentRequest, DeviceType};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{App, error::Error, text};
use crate::{
    collect, device,
    store::{self, NewProof, Stored},
    widget::Version,
};

/// What a request says beside the decision in it.
pub struct Envelope {
    widget: u32,
    device: DeviceType,
    /// The request's name, if it has one.
    name: Option<store::Request>,
}

/// A proof that is on disk.
pub struct Receipt {
    /// What the visitor's browser is told.
    pub consent_id: Uuid,
    /// When it was stored: for a request that came before, the first time.
    pub date: Timestamp,
}

impl Envelope {
    /// Reads the headers of a request to a widget; `field` is the name that the request's body gives it, and `said`
    /// the rest of the body.
    pub fn open(widget: u32, headers: &HeaderMap, field: Option<String>, said: &impl Serialize) -> Result<Self, Error> {
        let device = device::device_type(
            text(headers, HeaderName::from_static("sec-ch-ua-mobile")),
            text(headers, header::USER_AGENT),
        );
        let name = match name(headers, field)? {
            Some(idempotency_key) => {
                let sha256 = Sha256::digest(serde_json::to_vec(said)?).into();
                Some(store::Request { idempotency_key, sha256 })
            }
            None => None,
        };
        Ok(Self { widget, device, name })
    }
}

/// Keeps a decision on a version (`None`: on one that does not exist), and answers once it is on disk.
///
/// A request that names itself, by an `Idempotency-Key` header or an `idempotencyKey` field, may be sent any number of
/// times: it is stored once, and answered alike.
pub async fn keep(
    app: &App,
    envelope: Envelope,
    decision: ConsentRequest,
    version: Option<&Version>,
    now: Timestamp,
) -> Result<Receipt, Error> {
    let Envelope { widget, device, name } = envelope;
    let stored = match collect::proof(decision, version, device, now) {
        Ok(proof) => app.ledger.keep(NewProof { proof, request: name }).await?,
        // What fitted when it came first is answered alike, whatever the widget has become since.
        Err(errors) => match &name {
            Some(name) => {
                let known = app.store.known_requests(&[(widget, &name.idempotency_key)]).await?;
                known.first().ok_or(Error::Unprocessable(errors))?.answer(name)
            }
            None => return Err(Error::Unprocessable(errors)),
        },
    };
    match stored {
        Stored::Kept { consent_id, date } => Ok(Receipt { consent_id, date }),
        Stored::NameTaken => Err(Error::field(
            "idempotencyKey",
            "another request was stored under this key; a new request needs a new key",
        )),
    }
}

/// The version of a widget that a request names.
pub async fn version(app: &App, widget: u32, version_key: &str) -> Result<Option<Arc<Version>>, Error> {
    match Uuid::parse_str(version_key) {
        Ok(version_key) => app.version(widget, version_key).await,
        Err(_) => Ok(None),
    }
}

/// Says that a proof was kept. Nobody but its visitor is to see the answer.
pub fn created(answer: impl Serialize) -> Response {
    (StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response()
}

/// The name of a request, given by a header or by a field of its body.
fn name(headers: &HeaderMap, field: Option<String>) -> Result<Option<String>, Error> {
    let header = headers.get("idempotency-key").map(|value| value.to_str().unwrap_or_default().to_owned());
    let name = match (header, field) {
        (Some(header), Some(field)) if header != field => {
            return Err(Error::field(
                "idempotencyKey",
                "this is not what the Idempotency-Key header says; send one of them",
            ));
        }
        (Some(name), _) | (None, Some(name)) => name,
        (None, None) => return Ok(None),
    };
    if !(1..=128).contains(&name.len()) || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::field("idempotencyKey", "a key is 1 to 128 visible ASCII characters, such as a UUID"));
    }
    Ok(Some(name))
}
