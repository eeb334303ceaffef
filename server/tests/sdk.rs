//! `GET /sdk/{file}`, as far as it can be seen without the SDK being built; the rest is tested beside the code.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Server, header_names};

#[tokio::test]
async fn the_entry_is_served_or_says_how_to_build_it() {
    let server = Server::start().await;
    let answer = server.get("/sdk/placet.js").send().await.unwrap();
    if answer.status() == 200 {
        assert_eq!(answer.headers()["cache-control"], "public, max-age=86400");
        assert_eq!(answer.headers()["access-control-allow-origin"], "*");
        assert_eq!(answer.headers()["cross-origin-resource-policy"], "cross-origin");
        // Every visitor is sent these: no others.
        let expected = [
            "access-control-allow-origin",
            "cache-control",
            "content-length",
            "content-type",
            "cross-origin-resource-policy",
            "date",
            "etag",
            "vary",
            "x-content-type-options",
        ];
        assert_eq!(header_names(&answer), expected);
    } else {
        assert_eq!(answer.status(), 404);
        assert!(answer.headers().contains_key("x-request-id"));
        assert!(answer.text().await.unwrap().contains("npm run build"));
    }
}

#[tokio::test]
async fn nothing_but_the_sdk_is_served() {
    let server = Server::start().await;
    for path in ["/sdk/other.js", "/sdk/placet.js.br", "/sdk/..%2F..%2FCargo.toml", "/sdk/%FF", "/sdk/"] {
        let answer = server.get(path).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
        assert!(answer.headers().contains_key("x-request-id"), "{path}");
    }
}
