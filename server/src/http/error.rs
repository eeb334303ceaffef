//! Every answer that says no.

use std::time::Duration;

use axum::{
    extract::rejection::PathRejection,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use placet_protocol::{Problem, problem::FieldError};

use crate::store;

/// Why a request is not answered as asked: an arm for each answer. The texts are read by the person who made the
/// mistake, so they say how to mend it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// 401: the snippet names no public key, or one that nobody has.
    #[error("{0}")]
    UnknownKey(String),

    /// 401: no admin token, or one that opens nothing.
    #[error("{0}")]
    Unauthorized(&'static str),

    /// 403: the page is on a site that may not show the widget.
    #[error("{0}")]
    OriginRefused(String),

    /// 403: an admin token that may not do this.
    #[error("this admin token may read only; erasing needs one with full rights: `placet-server token add NAME`")]
    ReadOnly,

    /// 404: nothing here, or nothing that this caller may know of.
    #[error("{0}")]
    NotFound(String),

    /// 410: it was here, and was erased.
    #[error("{0}")]
    Gone(String),

    /// 409: it is here, but not as it was stored.
    #[error("{0}")]
    Conflict(String),

    /// 405: the address is right, the method is not.
    #[error("this address does not take that method; the Allow header names those that it takes")]
    MethodNotAllowed,

    /// 408: the client stopped sending in the middle of the body.
    #[error("the body did not arrive in time; send it again")]
    BodyTooSlow,

    /// 413: the body is larger than a consent ever is.
    #[error("the body is larger than {} KiB, which is the most that a request may have", .0 / 1024)]
    TooLarge(usize),

    /// 415: the body is not JSON, by its own word.
    #[error("the body must be JSON; send it with the header `Content-Type: application/json`")]
    UnsupportedMediaType,

    /// 400: the body is not JSON, by its looks; or it did not arrive whole.
    #[error("{0}")]
    Malformed(String),

    /// 400: the address asks for something that cannot be meant.
    #[error("{0}")]
    Query(String),

    /// 422: the body is JSON, but does not fit the widget. Names every field that does not.
    #[error("{}", unprocessable(.0))]
    Unprocessable(Vec<FieldError>),

    /// 429, with `Retry-After`: one side asks more often than it may.
    #[error("more requests came {of} than are answered; send this one again in {} s", seconds(.wait))]
    TooMany {
        /// Where they came from.
        of: &'static str,
        /// How long to wait.
        wait: Duration,
    },

    /// 503, with `Retry-After`: nothing wrong with the request. The cause is logged.
    #[error("the server cannot answer now; send the request again in a moment")]
    Unavailable(String),

    /// 500: a mistake of ours. The cause is logged and not told.
    #[error("the server made a mistake, which is written in its log under this answer's X-Request-Id")]
    Internal(String),

    /// 500: a worse mistake of ours.
    #[error("the server made a mistake, which is written in its log under this answer's X-Request-Id")]
    Panicked,
}

/// How soon a request that could not be answered may be sent again, in seconds.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("2");

impl Error {
    /// A fault in one field of the body.
    pub fn field(path: &str, message: impl Into<String>) -> Self {
        Self::Unprocessable(vec![FieldError { path: path.to_owned(), message: message.into() }])
    }

    /// A parameter of the address that cannot be meant.
    pub fn query(name: &str, fault: &str) -> Self {
        Self::Query(format!("`{name}` in the address: {fault}"))
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::UnknownKey(_) | Self::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Self::OriginRefused(_) | Self::ReadOnly => StatusCode::FORBIDDEN,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Gone(_) => StatusCode::GONE,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::BodyTooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Malformed(_) | Self::Query(_) => StatusCode::BAD_REQUEST,
            Self::Unprocessable(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) | Self::Panicked => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The kind of problem, in words that stay the same.
    fn title(&self) -> &'static str {
        match self {
            Self::UnknownKey(_) => "Unknown public key",
            Self::Unauthorized(_) => "Admin token needed",
            Self::OriginRefused(_) => "Origin not allowed",
            Self::ReadOnly => "Not allowed to this token",
            Self::NotFound(_) => "Not found",
            Self::Conflict(_) => "Not what was stored",
            Self::Gone(_) => "Erased",
            Self::MethodNotAllowed => "Method not allowed",
            Self::BodyTooSlow => "Body too slow",
            Self::TooLarge(_) => "Body too large",
            Self::UnsupportedMediaType => "Body not JSON",
            Self::Malformed(_) => "Malformed body",
            Self::Query(_) => "Malformed address",
            Self::Unprocessable(_) => "Body does not fit the widget",
            Self::TooMany { .. } => "Too many requests",
            Self::Unavailable(_) => "Temporarily unavailable",
            Self::Internal(_) | Self::Panicked => "Internal error",
        }
    }

    /// The header that goes with the status.
    fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        match self {
            // RFC 9110, 15.5.2: a 401 says which scheme would do. A browser asks its user nothing for these.
            Self::UnknownKey(_) => Some((header::WWW_AUTHENTICATE, HeaderValue::from_static("PublicKey"))),
            Self::Unauthorized(_) => {
                Some((header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"Placet\"")))
            }
            Self::TooMany { wait, .. } => Some((header::RETRY_AFTER, HeaderValue::from(seconds(wait)))),
            Self::Unavailable(_) => Some((header::RETRY_AFTER, RETRY_AFTER)),
            _ => None,
        }
    }
}

/// A time to wait, in whole seconds that are enough.
fn seconds(wait: &Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

fn unprocessable(errors: &[FieldError]) -> String {
    match errors {
        [one] if one.path.is_empty() => one.message.clone(),
        [one] => format!("{}: {}", one.path, one.message),
        several => format!("{} fields do not fit; `errors` names each", several.len()),
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        match &self {
            Self::Internal(cause) => tracing::error!(cause, "a request failed"),
            Self::Panicked => tracing::error!("a request made the server panic"),
            Self::Unavailable(cause) => tracing::warn!(cause, "a request was put off"),
            // What it was refused for, and not with which words: they may say what the client has sent.
            refused => {
                tracing::debug!(status = refused.status().as_u16(), reason = refused.title(), "a request was refused");
            }
        }
        let (status, header) = (self.status(), self.header());
        let (title, detail) = (self.title().to_owned(), self.to_string());
        let errors = if let Self::Unprocessable(errors) = self { errors } else { Vec::new() };
        let problem = Problem { status: status.as_u16(), title, detail, errors };
        // A problem is texts and a number, which can always be written; an empty body would still have its status.
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let mut answer =
            (status, [(header::CONTENT_TYPE, "application/problem+json"), (header::CACHE_CONTROL, "no-store")], body)
                .into_response();
        answer.headers_mut().extend(header);
        answer
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Unavailable(cause) => Self::Unavailable(cause),
            error => Self::Internal(error.to_string()),
        }
    }
}

impl From<PathRejection> for Error {
    fn from(_: PathRejection) -> Self {
        Self::NotFound("there is nothing at this address, which is not written in UTF-8".to_owned())
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Internal(error.to_string())
    }
}
