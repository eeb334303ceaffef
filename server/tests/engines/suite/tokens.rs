//! Admin tokens: what each opens, what it allows, and that it ends when it is revoked.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use placet_server::{
    clock,
    store::{self, Error},
    token::{AdminToken, Rights, TokenName},
};
use reqwest::Method;
use serde_json::Value;

use super::start;
use crate::common::{DEMO, Server, TOKEN, choice};

fn name(name: &str) -> TokenName {
    name.parse().unwrap()
}

/// Adds a token to those of workspace 19.
async fn add(server: &Server, called: &str, rights: Rights) -> AdminToken {
    let token = AdminToken::random();
    server.store.add_token(19, &name(called), rights, None, token.hash()).await.unwrap();
    token
}

async fn status(server: &Server, method: Method, path: &str, token: &str) -> u16 {
    let request = server.client.request(method, format!("{}{path}", server.address)).bearer_auth(token);
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_token_in_the_place_of_the_first_ends_it_and_no_other() {
    let server = start().await;
    let dashboard = add(&server, "dashboard", Rights::Full).await;
    let next = AdminToken::random();
    server.store.set_admin_token(19, next.hash()).await.unwrap();
    let status = async |token: &str| status(&server, Method::GET, "/v1/consents", token).await;
    assert_eq!(status(TOKEN).await, 401);
    assert_eq!((status(next.reveal()).await, status(dashboard.reveal()).await), (200, 200));
}

#[tokio::test]
async fn a_token_that_may_read_erases_nothing() {
    let server = start().await;
    let kept = server.keep(&choice(&server.widget().await, &["drift"])).await;
    let reader = add(&server, "dashboard", Rights::Read).await;
    let document: Value = server.get("/openapi.json").send().await.unwrap().json().await.unwrap();
    let mut refused = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            if operation["security"].is_null() {
                continue;
            }
            let path = path.replace("{consent_id}", &kept.to_string()).replace("{id}", "43");
            let path = format!("{path}?userId=customer-1815");
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let expected = if method == Method::GET { 200 } else { 403 };
            refused += u32::from(expected == 403);
            assert_eq!(status(&server, method.clone(), &path, reader.reveal()).await, expected, "{method} {path}");
        }
    }
    assert_eq!(refused, 2);
    server.proof(kept).await;
}

#[tokio::test]
async fn a_token_that_is_revoked_opens_nothing_any_more_on_any_server() {
    let server = start().await;
    let (mine, other) = (add(&server, "mine", Rights::Full).await, add(&server, "other", Rights::Full).await);
    let status = async |token: &AdminToken| status(&server, Method::GET, "/v1/consents", token.reveal()).await;
    assert_eq!((status(&mine).await, status(&other).await), (200, 200));
    // By another process, as far as the database can tell.
    let elsewhere = store::open(&server.url).await.unwrap();
    assert!(elsewhere.revoke_token(19, &name("mine")).await.unwrap());
    assert_eq!((status(&mine).await, status(&other).await), (401, 200));
    assert!(!elsewhere.revoke_token(19, &name("mine")).await.unwrap());
    elsewhere.close().await;
}

#[tokio::test]
async fn a_token_that_has_expired_opens_nothing_and_says_so() {
    let server = start().await;
    let (ended, lasts) = (AdminToken::random(), AdminToken::random());
    let now = clock::now();
    let day = SignedDuration::from_hours(24);
    server.store.add_token(19, &name("ended"), Rights::Full, Some(now - day), ended.hash()).await.unwrap();
    server.store.add_token(19, &name("lasts"), Rights::Full, Some(now + day), lasts.hash()).await.unwrap();
    assert_eq!(status(&server, Method::GET, "/v1/consents", lasts.reveal()).await, 200);
    let refused = server.get("/v1/consents").bearer_auth(ended.reveal()).send().await.unwrap();
    assert_eq!(refused.status(), 401);
    assert!(refused.headers().contains_key("www-authenticate"));
    assert!(refused.text().await.unwrap().contains("this admin token has expired; make another one"));
    // And once its time has come.
    server.tamper(&format!("UPDATE admin_token SET expires_at = '{}' WHERE name = 'lasts'", clock::iso(now))).await;
    assert_eq!(status(&server, Method::GET, "/v1/consents", lasts.reveal()).await, 401);
    let known = server.store.tokens().await.unwrap();
    let ends: Vec<_> = known.iter().map(|token| token.expires_at).collect();
    assert_eq!(ends, [None, Some(now - day), Some(now)]);
}

/// When a token of workspace 19 was last used, as far as it is kept.
async fn last_used(server: &Server, called: &str) -> Option<Timestamp> {
    let known = server.store.tokens().await.unwrap();
    known.into_iter().find(|token| token.name == name(called)).unwrap().last_used_at
}

#[tokio::test]
async fn when_a_token_was_last_used_is_kept_to_about_a_minute() {
    let server = start().await;
    let token = add(&server, "dashboard", Rights::Read).await;
    assert_eq!(last_used(&server, "dashboard").await, None);
    let before = clock::now();
    assert_eq!(status(&server, Method::GET, "/v1/consents", token.reveal()).await, 200);
    let first = loop {
        if let Some(used) = last_used(&server, "dashboard").await {
            break used;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    assert!(first >= before && first <= clock::now());
    assert_eq!(last_used(&server, "admin").await, None);
    // Within the minute nothing is written, by whichever server; after it, it is.
    let at = |seconds| first + SignedDuration::from_secs(seconds);
    server.store.touch_token(19, &name("dashboard"), at(59)).await.unwrap();
    assert_eq!(last_used(&server, "dashboard").await, Some(first));
    server.store.touch_token(19, &name("dashboard"), at(61)).await.unwrap();
    assert_eq!(last_used(&server, "dashboard").await, Some(at(61)));
    // A refused use is a use, too.
    server.tamper("UPDATE admin_token SET last_used_at = NULL").await;
    let server = server.restart().await;
    assert_eq!(status(&server, Method::DELETE, "/v1/consents?userId=u-1", token.reveal()).await, 403);
    let server = server.restart().await;
    assert!(last_used(&server, "dashboard").await.is_some());
}

#[tokio::test]
async fn names_are_a_workspaces_own_and_tokens_are_everybodys() {
    let server = start().await;
    let elsewhere =
        DEMO.replace("id = 43 ", "id = 44 ").replace("workspace = 19", "workspace = 20").replace("pk_demo", "pk_other");
    server.publish(&elsewhere, "the admin token of workspace 20").await;
    let token = add(&server, "dashboard", Rights::Read).await;
    let again = server.store.add_token(19, &name("dashboard"), Rights::Full, None, AdminToken::random().hash()).await;
    assert!(matches!(again, Err(Error::TokenNameTaken(19))), "{again:?}");
    let same = server.store.add_token(20, &name("dashboard"), Rights::Full, None, token.hash()).await;
    assert!(matches!(same, Err(Error::TokenTaken(19))), "{same:?}");
    server.store.add_token(20, &name("dashboard"), Rights::Full, None, AdminToken::random().hash()).await.unwrap();

    let known = server.store.tokens().await.unwrap();
    let known: Vec<_> = known.iter().map(|token| (token.workspace, token.name.to_string(), token.rights)).collect();
    let expected = [
        (19, "admin", Rights::Full),
        (19, "dashboard", Rights::Read),
        (20, "admin", Rights::Full),
        (20, "dashboard", Rights::Full),
    ];
    assert_eq!(known, expected.map(|(workspace, name, rights)| (workspace, name.to_owned(), rights)));
}
