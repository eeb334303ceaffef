//! A choice that is handed over from one site of a widget to another.

#![allow(clippy::unwrap_used)]

mod common;

use common::{DEMO, Server, TOKEN, choice, paths, problem};
use reqwest::{RequestBuilder, Response, header};
use serde_json::{Value, json};
use uuid::Uuid;

const SHOP: &str = "https://shop.example";
const OTHER: &str = "https://shop.fr";

/// A server whose widget hands choices over, and a proof of a choice that grants one service.
async fn start() -> (Server, Uuid) {
    let server = Server::start().await;
    let origins = format!("\"http://localhost:*\", \"{SHOP}\", \"{OTHER}\"");
    let file = DEMO.replace("\"http://localhost:*\"", &origins).replace("[cookie]", "hand-over = true\n\n[cookie]");
    server.publish(&file, TOKEN).await;
    let consent_id = server.keep(&choice(&server.widget().await, &["drift"])).await;
    (server, consent_id)
}

fn post(server: &Server, page: &str, path: &str, body: &Value) -> RequestBuilder {
    let address = format!("{}/v1/widgets/43/hand-overs{path}?key=pk_demo", server.address);
    server.client.post(address).header(header::ORIGIN, page).json(body)
}

async fn issue(server: &Server, consent_id: Uuid, to: &str) -> Response {
    post(server, SHOP, "", &json!({ "consentId": consent_id, "to": to })).send().await.unwrap()
}

async fn token(server: &Server, consent_id: Uuid) -> String {
    let answer = issue(server, consent_id, OTHER).await;
    assert_eq!(answer.status(), 201);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    answer.json::<Value>().await.unwrap()["token"].as_str().unwrap().to_owned()
}

fn redeem(server: &Server, page: &str, token: &str) -> RequestBuilder {
    let session = "0b93b823-ff36-4d61-8959-e9e8deee5ef8";
    let body = json!({ "token": token, "sessionId": session, "gpc": false, "dnt": false, "secure": true });
    post(server, page, "/redeem", &body)
}

#[tokio::test]
async fn a_token_is_good_once_and_on_its_site_only() {
    let (server, consent_id) = start().await;
    let token = token(&server, consent_id).await;
    let elsewhere = redeem(&server, SHOP, &token).send().await.unwrap();
    assert_eq!(paths(&problem(elsewhere, 422).await), ["token"]);
    let answer = redeem(&server, OTHER, &token).send().await.unwrap();
    assert_eq!(answer.status(), 201);
    let outcome: Value = answer.json().await.unwrap();
    let expected = json!({"session": true, "youtube": false, "analytics": false, "drift": true, "google-ads": false});
    assert_eq!(outcome["choice"], expected);
    let line = outcome["cookie"].as_str().unwrap();
    assert!(line.starts_with("euconsent=") && line.ends_with("; Secure"), "{line}");
    let proof = server.proof(outcome["consentId"].as_str().unwrap().parse().unwrap()).await;
    assert_eq!(proof["previousConsentId"], consent_id.to_string());
    let first = server.proof(consent_id).await;
    let decided = |proof: &Value| proof["consents"]["cookieConsents"][0]["date"].as_str().unwrap().to_owned();
    assert_eq!(decided(&proof)[..19], first["date"].as_str().unwrap()[..19]);

    let again = problem(redeem(&server, OTHER, &token).send().await.unwrap(), 410).await;
    assert!(again["detail"].as_str().unwrap().contains("it was used before"), "{again}");
    assert_eq!(server.count().await, 2);
    assert_eq!(server.faults().await, [""; 0]);
    for wrong in ["", "00", &token.replace('a', "b"), &format!("{token}00"), "\u{e9}"] {
        assert_eq!(
            paths(&problem(redeem(&server, OTHER, wrong).send().await.unwrap(), 422).await),
            ["token"],
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn nothing_is_handed_over_that_does_not_stand() {
    let (server, consent_id) = start().await;
    for (to, path) in [("https://evil.example", "to"), ("null", "to"), ("shop.fr", "to")] {
        assert_eq!(paths(&problem(issue(&server, consent_id, to).await, 422).await), [path], "{to}");
    }
    assert_eq!(paths(&problem(issue(&server, Uuid::now_v7(), OTHER).await, 422).await), ["consentId"]);
    problem(post(&server, "https://evil.example", "", &json!({})).send().await.unwrap(), 403).await;

    // Erased meanwhile.
    let before = token(&server, consent_id).await;
    let address = format!("{}/v1/consents/{consent_id}", server.address);
    assert!(server.client.delete(address).bearer_auth(TOKEN).send().await.unwrap().status().is_success());
    let erased = problem(redeem(&server, OTHER, &before).send().await.unwrap(), 410).await;
    assert!(erased["detail"].as_str().unwrap().contains("has been erased"), "{erased}");

    // The widget asks for more.
    let consent_id = server.keep(&choice(&server.widget().await, &["drift"])).await;
    let before = token(&server, consent_id).await;
    let origins = format!("\"http://localhost:*\", \"{SHOP}\", \"{OTHER}\"");
    let file = DEMO.replace("\"http://localhost:*\"", &origins).replace("[cookie]", "hand-over = true\n\n[cookie]");
    let more = file
        + "\n[[services]]\nslug = \"more\"\nname = \"More\"\npurpose = \"Marketing\"\n\
                       id = \"0d7f9d1c-8f0e-4d1b-9d4e-1f2a3b4c5d09\"\n[services.description]\nen = \"A\"\nfr = \"B\"\nnl = \"C\"\n";
    server.publish(&more, TOKEN).await;
    let answer = server.restart().await;
    let asked = problem(redeem(&answer, OTHER, &before).send().await.unwrap(), 410).await;
    assert!(asked["detail"].as_str().unwrap().contains("asked for more"), "{asked}");
}

#[tokio::test]
async fn a_widget_that_does_not_want_it_hands_nothing_over() {
    let server = Server::start().await;
    let widget = server.widget().await;
    assert!(widget.hand_over.is_empty());
    let body = json!({ "consentId": Uuid::now_v7(), "to": "http://localhost:1" });
    let refused = problem(post(&server, "http://localhost:2", "", &body).send().await.unwrap(), 404).await;
    assert!(refused["detail"].as_str().unwrap().contains("`hand-over = true`"), "{refused}");
}
