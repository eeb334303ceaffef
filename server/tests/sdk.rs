//! `GET /sdk/{file}`, as far as it can be seen without the SDK being built; the rest is tested beside the code.

#![allow(clippy::unwrap_used)]

mod common;

use common::Server;

#[tokio::test]
async fn the_entry_is_served_or_says_how_to_build_it() {
    let server = Server::start().await;
    let answer = server.get("/sdk/placet.js").send().await.unwrap();
    if answer.status() == 200 {
        assert_eq!(answer.headers()["cache-control"], "public, max-age=86400");
        assert_eq!(answer.headers()["access-control-allow-origin"], "*");
        assert_eq!(answer.headers()["cross-origin-resource-policy"], "cross-origin");
    } else {
        assert_eq!(answer.status(), 404);
        assert!(answer.text().await.unwrap().contains("npm run build"));
    }
}

#[tokio::test]
async fn nothing_but_the_sdk_is_served() {
    let server = Server::start().await;
    for path in ["/sdk/other.js", "/sdk/placet.js.br", "/sdk/..%2F..%2FCargo.toml", "/sdk/%FF", "/sdk/"] {
        assert_eq!(server.get(path).send().await.unwrap().status(), 404, "{path}");
    }
}
