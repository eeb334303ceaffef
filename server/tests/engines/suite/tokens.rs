//! Admin tokens: what each opens, what it allows, and that it ends when it is revoked.

use placet_server::{
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
    server.store.add_token(19, &name(called), rights, token.hash()).await.unwrap();
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
async fn names_are_a_workspaces_own_and_tokens_are_everybodys() {
    let server = start().await;
    let elsewhere =
        DEMO.replace("id = 43 ", "id = 44 ").replace("workspace = 19", "workspace = 20").replace("pk_demo", "pk_other");
    server.publish(&elsewhere, "the admin token of workspace 20").await;
    let token = add(&server, "dashboard", Rights::Read).await;
    let again = server.store.add_token(19, &name("dashboard"), Rights::Full, AdminToken::random().hash()).await;
    assert!(matches!(again, Err(Error::TokenNameTaken(19))), "{again:?}");
    let same = server.store.add_token(20, &name("dashboard"), Rights::Full, token.hash()).await;
    assert!(matches!(same, Err(Error::TokenTaken(19))), "{same:?}");
    server.store.add_token(20, &name("dashboard"), Rights::Full, AdminToken::random().hash()).await.unwrap();

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
