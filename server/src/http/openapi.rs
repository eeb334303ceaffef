//! `GET /openapi.json`: what the API is, made from the code that answers it; `GET /openapi`: the same as a page to read,
//! without any script.

mod page;

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use axum::{
    Router,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use placet_protocol::Problem;
use utoipa::{
    IntoParams, IntoResponses, Modify, OpenApi,
    openapi::{
        self, ContentBuilder, Ref, RefOr, ResponseBuilder,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use super::asset::Asset;

/// What is said of the API as a whole.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Placet",
        description = "Tells web pages what to ask their visitors, keeps proofs of what they decided and finds them \
                       again. What goes wrong is answered as a problem (RFC 9457) whose `detail` says how to mend it.",
    ),
    components(schemas(Problem)),
    modifiers(&Tokens),
    tags(
        (name = "Pages", description = "For the pages of the sites that a widget's file allows."),
        (name = "Administrators", description = "For administrators of a workspace, with its admin token."),
        (name = "Operation", description = "For whoever runs the server."),
    ),
)]
pub struct Document;

struct Tokens;

impl Modify for Tokens {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("A workspace's admin token."));
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(bearer.build()));
    }
}

/// Answers that say no, each with its status.
fn refusals(of: &[(u16, &str)]) -> BTreeMap<String, RefOr<openapi::Response>> {
    let problem = || ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let refusal = |description: &str| {
        ResponseBuilder::new().description(description).content("application/problem+json", problem()).build().into()
    };
    of.iter().map(|(status, description)| (status.to_string(), refusal(description))).collect()
}

/// What every address under `/widgets` names.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "it is told, not read")]
pub struct OfWidget {
    /// The widget's number.
    id: String,
}

/// What a page's address has besides.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it is told, not read")]
pub struct Keyed {
    /// A public key of the widget.
    key: String,
}

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident { $($status:literal: $description:literal;)+ })+) => {
        $(
            $(#[$doc])*
            pub struct $name;

            impl IntoResponses for $name {
                fn responses() -> BTreeMap<String, RefOr<openapi::Response>> {
                    refusals(&[$(($status, $description)),+])
                }
            }
        )+
    };
}

refusals! {
    /// To a page.
    Refusals {
        401: "Nobody has this key.";
        403: "The page's site may not show the widget.";
        404: "The key's workspace has no such widget.";
        429: "Too many requests; `Retry-After` says how many seconds to wait.";
        503: "Not now; `Retry-After` says how many seconds to wait.";
    }

    /// To a page that posts, beside [`Refusals`].
    BodyRefusals {
        400: "The body is not JSON.";
        408: "The body did not arrive in time.";
        410: "The proof that was stored under this idempotency key has been erased.";
        413: "The body has more than 64 KiB.";
        415: "The body is not JSON, by its own word.";
        422: "The body does not fit the widget; `errors` names each field that does not.";
    }

    /// To an administrator who erases, beside [`AdminRefusals`].
    EraseRefusals {
        403: "The token may read only.";
    }

    /// To an administrator.
    AdminRefusals {
        401: "The token opens no workspace, or has expired.";
        404: "The token's workspace has no such thing.";
        429: "Too many requests; `Retry-After` says how many seconds to wait.";
        503: "Not now; `Retry-After` says how many seconds to wait.";
    }
}

/// The resources, given what all the others say of themselves.
pub fn router<S: Clone + Send + Sync + 'static>(document: openapi::OpenApi) -> Router<S> {
    let document = Arc::new(document);
    let json = Arc::clone(&document);
    let json = lazy(move || Asset::compress(json.to_pretty_json().unwrap_or_default().into(), "application/json"));
    let html = lazy(move || Asset::compress(page::page(&document).into(), "text/html; charset=utf-8"));
    let style = lazy(|| Asset::compress(page::STYLE.into(), "text/css; charset=utf-8"));
    Router::new()
        .route(
            "/openapi.json",
            get(async move |headers: HeaderMap| json.answer(&headers, "no-cache", "Accept-Encoding")),
        )
        .route(
            "/openapi",
            get(async move |headers: HeaderMap| sealed(html.answer(&headers, "no-cache", "Accept-Encoding"))),
        )
        .route(
            "/openapi.css",
            get(async move |headers: HeaderMap| style.answer(&headers, "no-cache", "Accept-Encoding")),
        )
}

type Lazy = Arc<LazyLock<Asset, Box<dyn FnOnce() -> Asset + Send>>>;

/// What is made when somebody asks for it.
fn lazy(make: impl FnOnce() -> Asset + Send + 'static) -> Lazy {
    Arc::new(LazyLock::new(Box::new(make)))
}

/// Lets a page have its own style and nothing else.
fn sealed(page: Response) -> Response {
    let policy = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    let headers = [
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy)),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (headers, page).into_response()
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    /// What the document does not describe, and why: pages of a folder, Prometheus's own listener, the document itself.
    const UNDESCRIBED: [&str; 3] = ["site.rs", "metrics.rs", "openapi.rs"];

    #[test]
    fn every_resource_is_described() {
        for file in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http")).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_file() && !UNDESCRIBED.contains(&name) {
                // `OpenApiRouter::routes` describes what it adds; `route` adds without describing.
                assert!(!fs::read_to_string(&path).unwrap().contains(".route("), "{name}: describe it with `routes!`");
            }
        }
    }
}
