//! `GET /v1/consents/{consentId}`: the proof, for those who may see it.

use placet_server::clock;
use reqwest::header;
use serde_json::Value;
use uuid::Uuid;

use super::start;
use crate::common::{self, DEMO, TOKEN, choice};

/// A proof as the documentation of the widget's data has it.
const SAMPLE: &str = r#"{
    "id": "6185fe65-0924-410d-9132-3cde838c4627",
    "sessionId": "0b93b823-ff36-4d61-8959-e9e8deee5ef8",
    "date": "2020-05-19T16:54:03.272Z",
    "dateExpiration": "2020-11-19T16:54:03.272Z",
    "type": 2,
    "widgetId": 43,
    "typeDevice": 2,
    "workSpaceId": 19,
    "consentId": "8a5e89c4-2243-4598-97c5-ba3cfb35a138",
    "consents": {
        "lang": "fr-FR",
        "versionKey": null,
        "cookieConsents": [
            {
                "id": "584ffef3-251c-4e9a-efb8-08d7fbfbee92",
                "tenantId": 0,
                "name": "Drift",
                "slug": "drift",
                "consent": true,
                "version": "6f65cb1d-85eb-4a64-976d-519679189f8d",
                "date": "2020-05-19T16:53:59.511Z",
                "purpose": 3
            }, {
                "id": "1c3baa61-0d05-44e4-da3d-08d7eeadee05",
                "tenantId": 0,
                "name": "Google Analytics (universal)",
                "slug": "analytics",
                "consent": true,
                "version": "6f65cb1d-85eb-4a64-976d-519679189f8d",
                "date": "2020-05-19T16:54:00.568Z",
                "purpose": 2
            }
        ]
    }
}"#;

/// Fields that differ from proof to proof.
const OWN: [&str; 5] = ["id", "date", "dateExpiration", "consentId", "sessionId"];

#[tokio::test]
async fn a_proof_has_the_shape_of_the_sample() {
    let server = start().await;
    let sample: Value = serde_json::from_str(SAMPLE).unwrap();
    let entries = sample["consents"]["cookieConsents"].as_array().unwrap();
    let mut body = choice(&server.widget().await, &[]);
    body["consents"]["versionKey"] = Value::Null;
    // As the sample's visitor decided; the server adds an entry for every other service.
    body["consents"]["cookieConsents"] = entries.clone().into();
    let request = server.post(&body).header(header::USER_AGENT, "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0");
    let consent_id = common::consent_id(request.send().await.unwrap()).await;
    let answer = server.get(&format!("/v1/consents/{consent_id}")).bearer_auth(TOKEN).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/json");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert!(!answer.headers().contains_key("access-control-allow-origin"));
    let proof: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();

    let fields = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let (expected, found) = (fields(&sample), fields(&proof));
    assert_eq!(found[..expected.len()], expected, "the sample's fields come first, in its order");
    for (field, value) in sample.as_object().unwrap() {
        if field == "consents" {
            continue;
        }
        assert_eq!(std::mem::discriminant(&proof[field]), std::mem::discriminant(value), "{field}");
        if !OWN.contains(&field.as_str()) {
            assert_eq!(&proof[field], value, "{field}");
        }
    }
    assert_eq!(fields(&proof["consents"]), fields(&sample["consents"]));
    let kept = proof["consents"]["cookieConsents"].as_array().unwrap();
    assert_eq!(kept[..2], entries[..]);
    assert_eq!(kept.len(), 5);
    assert!(kept.iter().all(|entry| fields(entry) == fields(&entries[0])));

    let date = clock::parse(proof["date"].as_str().unwrap()).unwrap();
    assert_eq!(proof["dateExpiration"], clock::iso(clock::days_later(date, 180)));
    assert_eq!(proof["date"].as_str().unwrap().len(), "2020-05-19T16:54:03.272Z".len());
    assert_eq!(proof["consentId"], consent_id.to_string());
    assert_ne!(proof["id"], proof["consentId"]);
}

#[tokio::test]
async fn without_a_token_there_is_nothing_to_see() {
    let server = start().await;
    let kept = server.keep(&choice(&server.widget().await, &[])).await;
    for credentials in ["", "Bearer", "Bearer ", "Bearer wrong", &format!("Basic {TOKEN}"), TOKEN] {
        let request = server.get(&format!("/v1/consents/{kept}")).header(header::AUTHORIZATION, credentials);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 401, "{credentials}");
        assert!(answer.headers()["www-authenticate"].to_str().unwrap().starts_with("Bearer"));
    }
    // Nobody learns which identifiers exist.
    assert_eq!(server.get(&format!("/v1/consents/{}", Uuid::new_v4())).send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn an_unknown_identifier_is_not_found() {
    let server = start().await;
    for id in [Uuid::new_v4().to_string(), "x".to_owned(), "%FF".to_owned()] {
        let answer = server.get(&format!("/v1/consents/{id}")).bearer_auth(TOKEN).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{id}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
    }
}

#[tokio::test]
async fn one_workspace_never_reads_anothers() {
    let server = start().await;
    let other =
        DEMO.replace("id = 43 ", "id = 44 ").replace("workspace = 19", "workspace = 20").replace("pk_demo", "pk_other");
    server.publish(&other, "the admin token of workspace 20").await;
    let kept = server.keep(&choice(&server.widget().await, &[])).await;

    let path = format!("/v1/consents/{kept}");
    let answer = server.get(&path).bearer_auth("the admin token of workspace 20").send().await.unwrap();
    assert_eq!(answer.status(), 404);
    assert_eq!(server.get(&path).bearer_auth(TOKEN).send().await.unwrap().status(), 200);
    // Nor does one workspace's key open another's widget, or a version of it.
    for address in ["/v1/widgets/43?key=pk_other", "/v1/widgets/44?key=pk_demo"] {
        assert_eq!(server.get(address).send().await.unwrap().status(), 404);
    }
    let body = choice(&server.widget().await, &[]);
    let answer = server.client.post(format!("{}/v1/widgets/44/consents?key=pk_other", server.address)).json(&body);
    common::problem(answer.send().await.unwrap(), 422).await;
}
