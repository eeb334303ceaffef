//! `POST /v1/widgets/{id}/consents`: what is kept, and what is not.

use std::collections::HashSet;

use reqwest::header;
use serde_json::{Value, json};

use super::start;
use crate::common::{DEMO, PAGE, TOKEN, choice, consent_id, paths, problem};

#[tokio::test]
async fn a_decision_is_kept_and_named() {
    let server = start().await;
    let body = choice(&server.widget().await, &["drift"]);
    let answer = server.post(&body).send().await.unwrap();
    assert_eq!(answer.status(), 201);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    let proof = server.proof(consent_id(answer).await).await;
    let granted: Vec<_> = proof["consents"]["cookieConsents"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["consent"] == true)
        .map(|entry| entry["slug"].as_str().unwrap())
        .collect();
    assert_eq!(granted, ["session", "drift"]);
}

#[tokio::test]
async fn a_service_that_is_left_out_was_refused() {
    let server = start().await;
    let mut body = choice(&server.widget().await, &["drift"]);
    let entries = body["consents"]["cookieConsents"].as_array_mut().unwrap();
    entries.retain(|entry| entry["slug"] == "drift");
    let proof = server.proof(server.keep(&body).await).await;
    let entries = proof["consents"]["cookieConsents"].as_array().unwrap();
    let decisions: Vec<_> =
        entries.iter().map(|entry| (entry["slug"].as_str().unwrap(), entry["consent"] == true)).collect();
    let expected =
        [("drift", true), ("session", true), ("youtube", false), ("analytics", false), ("google-ads", false)];
    assert_eq!(decisions, expected);
    assert_eq!(entries[0]["date"], "2020-05-19T16:53:59.511Z");
    assert_eq!(entries[1]["date"], proof["date"]);
}

#[tokio::test]
async fn without_a_version_the_one_in_force_counts() {
    let server = start().await;
    let widget = server.widget().await;
    let mut body = choice(&widget, &[]);
    body["consents"]["versionKey"] = Value::Null;
    let proof = server.proof(server.keep(&body).await).await;
    assert_eq!(proof["consents"]["versionKey"], Value::Null);
    assert_eq!(proof["widgetVersion"], widget.version_key);
}

#[tokio::test]
async fn a_visitor_who_was_shown_an_earlier_version_decided_on_that_one() {
    let server = start().await;
    let earlier = server.widget().await;
    let without_drift: String = {
        let (before, rest) = DEMO.split_once("[[services]]\nslug = \"drift\"").unwrap();
        let after = rest.find("[[services]]").unwrap();
        format!("{before}{}", &rest[after..])
    };
    server.publish(&without_drift, TOKEN).await;
    let proof = server.proof(server.keep(&choice(&earlier, &["drift"])).await).await;
    assert_eq!(proof["widgetVersion"], earlier.version_key);
    assert_eq!(proof["consents"]["versionKey"], earlier.version_key);

    let mut in_force = choice(&earlier, &["drift"]);
    in_force["consents"]["versionKey"] = Value::Null;
    let problem = problem(server.post(&in_force).send().await.unwrap(), 422).await;
    assert_eq!(paths(&problem), ["consents.cookieConsents[3].slug"]);
}

#[tokio::test]
async fn the_proof_before_and_the_sites_name_for_the_visitor_are_kept() {
    let server = start().await;
    let widget = server.widget().await;
    let first = server.keep(&choice(&widget, &[])).await;
    let mut body = choice(&widget, &["drift"]);
    body["consentId"] = json!(first);
    body["userId"] = json!("customer-1815");
    let second = server.keep(&body).await;
    assert_ne!(first, second);
    let proof = server.proof(second).await;
    assert_eq!(proof["previousConsentId"], json!(first));
    assert_eq!(proof["userId"], "customer-1815");
}

#[tokio::test]
async fn the_device_is_read_from_the_headers_and_no_address_is_kept() {
    let server = start().await;
    let body = choice(&server.widget().await, &[]);
    for (agent, expected) in
        [("Mozilla/5.0 (iPhone; …) Mobile", 1), ("Mozilla/5.0 (X11; Linux x86_64)", 2), ("curl", 0)]
    {
        let request = server.post(&body).header(header::USER_AGENT, agent.replace('…', ""));
        let proof = server.proof(consent_id(request.send().await.unwrap()).await).await;
        assert_eq!(proof["typeDevice"], expected, "{agent}");
        assert!(!proof.to_string().contains("127.0.0.1"));
    }
}

#[tokio::test]
async fn a_request_that_names_itself_is_stored_once() {
    let server = start().await;
    let widget = server.widget().await;
    let body = choice(&widget, &["drift"]);
    let send = async |key: &str, body: &Value| server.post(body).header("idempotency-key", key).send().await.unwrap();

    let first = consent_id(send("one", &body).await).await;
    let again = send("one", &body).await;
    assert_eq!(again.status(), 201);
    assert_eq!(consent_id(again).await, first);
    // In the body's field it is the same name, and says the same.
    let mut with_field = body.clone();
    with_field["idempotencyKey"] = json!("one");
    assert_eq!(server.keep(&with_field).await, first);
    assert_eq!(server.count().await, 1);

    let another = problem(send("one", &choice(&widget, &[])).await, 422).await;
    assert_eq!(paths(&another), ["idempotencyKey"]);
    assert_ne!(consent_id(send("two", &body).await).await, first);
    assert_eq!(server.count().await, 2);
}

#[tokio::test]
async fn a_name_that_is_none_is_refused() {
    let server = start().await;
    let mut body = choice(&server.widget().await, &[]);
    for key in ["", "two words", &"x".repeat(129)] {
        let answer = server.post(&body).header("idempotency-key", key).send().await.unwrap();
        assert_eq!(paths(&problem(answer, 422).await), ["idempotencyKey"], "{key}");
    }
    body["idempotencyKey"] = json!("one");
    let answer = server.post(&body).header("idempotency-key", "other").send().await.unwrap();
    assert_eq!(paths(&problem(answer, 422).await), ["idempotencyKey"]);
    assert_eq!(server.count().await, 0);
}

#[tokio::test]
async fn sent_from_many_sides_at_once_it_is_still_stored_once() {
    let server = start().await;
    let mut body = choice(&server.widget().await, &["drift"]);
    body["idempotencyKey"] = json!("the-same");
    let requests: Vec<_> = (0..32).map(|_| tokio::spawn(server.post(&body).send())).collect();
    let mut answers = HashSet::new();
    for request in requests {
        let answer = request.await.unwrap().unwrap();
        assert_eq!(answer.status(), 201);
        answers.insert(consent_id(answer).await);
    }
    assert_eq!(answers.len(), 1);
    assert_eq!(server.count().await, 1);
}

#[tokio::test]
async fn a_request_sent_again_is_answered_alike_whatever_the_widget_has_become() {
    let server = start().await;
    let mut body = choice(&server.widget().await, &["drift"]);
    body["consents"]["versionKey"] = Value::Null;
    body["idempotencyKey"] = json!("offline");
    let first = server.keep(&body).await;
    server.publish(&DEMO.replace("slug = \"drift\"", "slug = \"chat\""), TOKEN).await;
    assert_eq!(server.keep(&body).await, first);
    body["idempotencyKey"] = json!("another");
    problem(server.post(&body).send().await.unwrap(), 422).await;
}

#[tokio::test]
async fn a_restart_keeps_everything() {
    let server = start().await;
    let mut body = choice(&server.widget().await, &["drift"]);
    body["idempotencyKey"] = json!("before-the-restart");
    let kept = server.keep(&body).await;
    let before = server.proof(kept).await;

    let server = server.restart().await;
    assert_eq!(server.proof(kept).await, before);
    assert_eq!(server.keep(&body).await, kept);
    assert_eq!(server.count().await, 1);
}

#[tokio::test]
async fn what_is_no_json_is_refused_with_its_place() {
    let server = start().await;
    let send = async |media_type: Option<&str>, body: Vec<u8>| {
        let address = format!("{}/v1/widgets/43/consents?key=pk_demo", server.address);
        let mut request = server.client.post(address).header(header::ORIGIN, PAGE).body(body);
        if let Some(media_type) = media_type {
            request = request.header(header::CONTENT_TYPE, media_type);
        }
        request.send().await.unwrap()
    };
    let json = Some("application/json; charset=utf-8");
    let malformed = problem(send(json, b"{\n  \"sessionId\": }".to_vec()).await, 400).await;
    assert!(malformed["detail"].as_str().unwrap().contains("line 2 column 16"), "{malformed}");
    problem(send(json, Vec::new()).await, 400).await;
    problem(send(json, b"{}garbage".to_vec()).await, 422).await;
    for media_type in [None, Some("text/plain"), Some("application/x-www-form-urlencoded")] {
        problem(send(media_type, b"{}".to_vec()).await, 415).await;
    }
    let too_large = problem(send(json, vec![b' '; 64 * 1024 + 1]).await, 413).await;
    assert!(too_large["detail"].as_str().unwrap().contains("64 KiB"));
    problem(send(json, vec![b'['; 64 * 1024]).await, 422).await;
    assert_eq!(server.count().await, 0);
}

#[tokio::test]
async fn what_does_not_fit_the_widget_is_refused_with_its_path() {
    let server = start().await;
    let good = choice(&server.widget().await, &["drift"]);
    let refused = async |change: &dyn Fn(&mut Value)| {
        let mut body = good.clone();
        change(&mut body);
        let problem = problem(server.post(&body).send().await.unwrap(), 422).await;
        paths(&problem).join(" ")
    };
    let entry = |field: &str| format!("consents.cookieConsents[1].{field}");

    // Of another type, or not there.
    assert_eq!(refused(&|body| body["type"] = json!(7)).await, "type");
    assert_eq!(refused(&|body| body["type"] = json!("2")).await, "type");
    assert_eq!(
        refused(&|body| body["consents"]["cookieConsents"][1]["consent"] = json!("yes")).await,
        entry("consent")
    );
    assert_eq!(refused(&|body| body["consents"]["cookieConsents"][1]["purpose"] = json!(9)).await, entry("purpose"));
    assert_eq!(
        refused(&|body| drop(body["consents"]["cookieConsents"][1].as_object_mut().unwrap().remove("slug"))).await,
        "consents.cookieConsents[1]"
    );
    // Of a name that nobody knows.
    assert_eq!(refused(&|body| body["tracker"] = json!("ada@example.com")).await, "tracker");
    assert_eq!(refused(&|body| body["consents"]["note"] = json!("x".repeat(60_000))).await, "consents.note");
    assert_eq!(refused(&|body| body["consents"]["cookieConsents"][1]["note"] = json!(null)).await, entry("note"));
    // Too long, or not what it claims to be.
    assert_eq!(refused(&|body| body["consents"]["lang"] = json!("en-".repeat(20_000))).await, "consents.lang");
    assert_eq!(refused(&|body| body["consents"]["lang"] = json!("fr_FR")).await, "consents.lang");
    assert_eq!(refused(&|body| body["sessionId"] = json!("0b93b823ff364d618959e9e8deee5ef8")).await, "sessionId");
    assert_eq!(refused(&|body| body["consentId"] = json!("x".repeat(60_000))).await, "consentId");
    assert_eq!(refused(&|body| body["userId"] = json!("x".repeat(129))).await, "userId");
    assert_eq!(refused(&|body| body["userId"] = json!("a\u{0}b")).await, "userId");
    assert_eq!(refused(&|body| body["userId"] = json!("ada＠example.com")).await, "userId");
    for date in ["1969-12-31T23:59:59Z", "9999-12-31T23:59:59Z", "2026-11-22"] {
        let change = |body: &mut Value| body["consents"]["cookieConsents"][1]["date"] = json!(date);
        assert_eq!(refused(&change).await, entry("date"), "{date}");
    }
    // Of the right type, and still not the widget's.
    assert_eq!(refused(&|body| body["sessionId"] = json!("me")).await, "sessionId");
    assert_eq!(refused(&|body| body["userId"] = json!("ada@example.com")).await, "userId");
    assert_eq!(refused(&|body| body["consents"]["versionKey"] = json!("v1")).await, "consents.versionKey");
    let unknown = json!("01a201cb-3d9f-7459-b49e-de151c09a5e2");
    assert_eq!(refused(&|body| body["consents"]["versionKey"] = unknown.clone()).await, "consents.versionKey");
    assert_eq!(refused(&|body| body["consents"]["cookieConsents"][1]["slug"] = json!("tiktok")).await, entry("slug"));
    assert_eq!(
        refused(&|body| body["consents"]["cookieConsents"][0]["consent"] = json!(false)).await,
        "consents.cookieConsents[0].consent"
    );
    // All of them.
    assert_eq!(
        refused(&|body| {
            body["consents"]["lang"] = json!("");
            body["consents"]["cookieConsents"][1]["date"] = json!("yesterday");
            body["consents"]["cookieConsents"][1]["name"] = json!("");
        })
        .await,
        format!("consents.lang {} {}", entry("date"), entry("name"))
    );
    assert_eq!(server.count().await, 0);
}

#[tokio::test]
async fn pages_of_other_sites_are_refused_before_their_body_is_read() {
    let server = start().await;
    server.refuses_strangers("consents").await;
}
