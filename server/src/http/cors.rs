//! What lets pages of other sites read an answer (the Fetch standard, "CORS protocol").

use axum::{
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

/// Lets every page read every answer, those that say no included: the page's console is where the site's owner learns
/// what to mend. Which sites may show a widget is decided by the handlers, not by what a browser lets a script read.
///
/// No cookie goes with these requests and none is needed, so nobody's answer depends on who the visitor is.
pub async fn open_to_all(request: Request, next: Next) -> Response {
    let preflight =
        request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut answer = if preflight {
        let allowed = [
            (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
            (header::ACCESS_CONTROL_ALLOW_HEADERS, "content-type, idempotency-key"),
            (header::ACCESS_CONTROL_MAX_AGE, "86400"),
        ];
        (StatusCode::NO_CONTENT, allowed).into_response()
    } else {
        next.run(request).await
    };
    let headers = answer.headers_mut();
    let everybody = HeaderValue::from_static("*");
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, everybody.clone());
    // The SDK reads no header but this one, and every visitor is sent these.
    if headers.contains_key(header::RETRY_AFTER) {
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("retry-after"));
    }
    headers.insert("timing-allow-origin", everybody);
    answer
}
