//! Keeping what a visitor decided, whichever way it was said: the whole decision ([`super::consents`]) or the bare
//! answer ([`super::answers`]).

use std::sync::Arc;

use axum::{
    Json,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use placet_protocol::{ConsentRequest, DeviceType};
use serde::Serialize;
use uuid::Uuid;

use super::{App, error::Error, text};
use crate::{
    collect, device,
    idempotency::{IdempotencyKey, InvalidKey},
    store::{self, NewProof, Stored},
    widget::Version,
};

/// What a request says beside the decision in it.
pub struct Envelope {
    widget: u32,
    device: DeviceType,
    /// What is kept of the request, if it has an idempotency key.
    request: Option<store::Request>,
}

/// A proof that is on disk.
pub struct Receipt {
    /// What the visitor's browser is told.
    pub consent_id: Uuid,
    /// When it was stored: for a request that came before, the first time.
    pub date: Timestamp,
}

impl Envelope {
    /// Reads the headers of a request to a widget; `field` is the idempotency key in the request's body, and `body` the
    /// rest of it.
    pub fn open(
        app: &App,
        widget: u32,
        headers: &HeaderMap,
        field: Option<&str>,
        body: &impl Serialize,
    ) -> Result<Self, Error> {
        let device = device::device_type(
            text(headers, HeaderName::from_static("sec-ch-ua-mobile")),
            text(headers, header::USER_AGENT),
        );
        let request = match idempotency_key(headers, field)? {
            Some(key) => Some(app.store.request_secret().request(widget, &key, &serde_json::to_vec(body)?)),
            None => None,
        };
        Ok(Self { widget, device, request })
    }
}

/// Keeps a decision on a version (`None`: on one that does not exist), and answers once it is on disk.
///
/// A request that has an idempotency key, in an `Idempotency-Key` header or an `idempotencyKey` field, may be sent any
/// number of times: it is stored once, and answered alike.
pub async fn keep(
    app: &App,
    envelope: Envelope,
    decision: ConsentRequest,
    version: Option<&Version>,
    now: Timestamp,
) -> Result<Receipt, Error> {
    let Envelope { widget, device, request } = envelope;
    let stored = match collect::proof(decision, version, device, now) {
        Ok(proof) => app.ledger.keep(NewProof { proof, request }).await?,
        // What fitted when it came first is answered alike, whatever the widget has become since.
        Err(errors) => match &request {
            Some(request) => {
                let known = app.store.known_requests(&[(widget, request.key_hash)]).await?;
                known.first().ok_or(Error::Unprocessable(errors))?.answer(request)
            }
            None => return Err(Error::Unprocessable(errors)),
        },
    };
    match stored {
        Stored::Kept { consent_id, date } => Ok(Receipt { consent_id, date }),
        Stored::KeyReused => Err(Error::field(
            "idempotencyKey",
            "another body was stored under this key; repeat that one unchanged, or send this one with a new key",
        )),
        Stored::Erased => Err(Error::Gone(
            "the proof that was stored under this idempotency key has been erased; drop the request: it is not stored \
             again, and a new choice needs a new key"
                .to_owned(),
        )),
    }
}

/// The version of a widget that a request names.
pub async fn version(app: &App, widget: u32, version_key: &str) -> Result<Option<Arc<Version>>, Error> {
    match collect::parse_uuid(version_key) {
        Some(version_key) => app.version(widget, version_key).await,
        None => Ok(None),
    }
}

/// Says that a proof was kept. Nobody but its visitor is to see the answer.
pub fn created(answer: impl Serialize) -> Response {
    (StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response()
}

/// The idempotency key of a request, given by a header or by a field of its body.
fn idempotency_key(headers: &HeaderMap, field: Option<&str>) -> Result<Option<IdempotencyKey>, Error> {
    let mut keys: Vec<_> = headers.get_all("idempotency-key").iter().map(HeaderValue::as_bytes).collect();
    keys.extend(field.map(str::as_bytes));
    keys.dedup();
    match keys.as_slice() {
        [] => Ok(None),
        [key] => {
            let key = std::str::from_utf8(key).unwrap_or_default().parse();
            key.map(Some).map_err(|error: InvalidKey| Error::field("idempotencyKey", error.to_string()))
        }
        _ => Err(Error::field(
            "idempotencyKey",
            "the Idempotency-Key header and this field say different things; send one of them, once",
        )),
    }
}
