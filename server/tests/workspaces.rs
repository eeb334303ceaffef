//! One workspace can never read, or change, what is another's: over every operation for administrators that is described.

#![allow(clippy::unwrap_used)]

mod common;

use common::{DEMO, Server, choice};
use reqwest::Method;
use serde_json::{Value, json};

const OTHER: &str = "the admin token of workspace 20";

#[tokio::test]
async fn a_token_opens_its_own_workspace_only() {
    let server = Server::start().await;
    let elsewhere =
        DEMO.replace("id = 43 ", "id = 44 ").replace("workspace = 19", "workspace = 20").replace("pk_demo", "pk_other");
    server.publish(&elsewhere, OTHER).await;
    let mut body = choice(&server.widget().await, &["drift"]);
    body["userId"] = json!("customer-1815");
    let proof = server.keep(&body).await;
    let kept = server.proof(proof).await;

    let document: Value = server.get("/openapi.json").send().await.unwrap().json().await.unwrap();
    let mut operations = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            if operation["security"].is_null() {
                continue;
            }
            operations += 1;
            // All that leads to the proof.
            let path = path.replace("{consent_id}", &proof.to_string()).replace("{id}", "43");
            let address = format!("{}{path}?widget=43&userId=customer-1815&consentId={proof}", server.address);
            let ask = async |token: Option<&str>| {
                let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
                let request = server.client.request(method, &address);
                let request = if let Some(token) = token { request.bearer_auth(token) } else { request };
                let answer = request.send().await.unwrap();
                (answer.status().as_u16(), answer.text().await.unwrap())
            };
            for token in [None, Some(""), Some("guessed"), Some("the admin token of workspace 1")] {
                assert_eq!(ask(token).await.0, 401, "{method} {path}");
            }
            let (status, answer) = ask(Some(OTHER)).await;
            assert!(status < 500 && status != 401, "{method} {path}: {status}");
            assert!(!answer.contains(&proof.to_string()), "{method} {path}: {answer}");
            assert!(!answer.contains(kept["id"].as_str().unwrap()), "{method} {path}: {answer}");
        }
    }
    assert!(operations > 0);
    // And it is still there, unchanged, for those whose it is.
    assert_eq!(server.proof(proof).await, kept);
}
