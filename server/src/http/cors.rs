//! What lets pages of other sites read an answer (the Fetch standard, "CORS protocol").

use axum::{
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::first_party;

/// Lets every page read every answer, those that say no included: the page's console is where the site's owner learns
/// what to mend. Which sites may show a widget is decided by the handlers, not by what a browser lets a script read.
///
/// No cookie is needed for any answer. Pages of the widget's own domain may send theirs along
/// ([`super::first_party::share_cookies`]).
pub async fn open_to_all(request: Request, next: Next) -> Response {
    let mut answer = if is_preflight(&request) && first_party::is_cross_site(request.headers()) {
        allowed().into_response()
    } else {
        next.run(request).await
    };
    let headers = answer.headers_mut();
    let everybody = HeaderValue::from_static("*");
    headers.entry(header::ACCESS_CONTROL_ALLOW_ORIGIN).or_insert_with(|| everybody.clone());
    // The SDK reads no header but this one, and every visitor is sent these.
    if headers.contains_key(header::RETRY_AFTER) {
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("retry-after"));
    }
    headers.insert("timing-allow-origin", everybody);
    answer
}

/// Whether a browser asks if a page may send a request.
pub fn is_preflight(request: &Request) -> bool {
    request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// What pages may send.
pub fn allowed() -> impl IntoResponse {
    let allowed = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "content-type, idempotency-key"),
        (header::ACCESS_CONTROL_MAX_AGE, "86400"),
    ];
    (StatusCode::NO_CONTENT, allowed)
}
