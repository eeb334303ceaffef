//! `POST /v1/widgets/{id}/answers`: what a bare answer means, and what is kept of it.

use std::time::Duration;

use placet_choice::{Choice, Kept};
use placet_protocol::WidgetConfig;
use placet_server::clock;
use reqwest::{RequestBuilder, Response, header};
use serde_json::{Value, json};

use super::start;
use crate::common::{DEMO, PAGE, Server, TOKEN, choice, consent_id, paths, problem};

const SESSION: &str = "0b93b823-ff36-4d61-8959-e9e8deee5ef8";

/// What a page without WebAssembly posts.
fn answer(widget: &WidgetConfig, answer: &str) -> Value {
    json!({
        "sessionId": SESSION, "answer": answer, "lang": widget.lang, "versionKey": widget.version_key, "secure": false,
    })
}

fn post(server: &Server, body: &Value) -> RequestBuilder {
    server.post_to("answers", body)
}

async fn outcome(answer: Response) -> Value {
    assert_eq!(answer.status(), 201);
    answer.json().await.unwrap()
}

/// What the cookie says that a page is told to keep.
fn kept(outcome: &Value) -> Kept {
    let (pair, _) = outcome["cookie"].as_str().unwrap().split_once(';').unwrap();
    Kept::decode(pair.strip_prefix("euconsent=").unwrap()).unwrap()
}

/// A proof without what differs from request to request.
fn without_ids_and_dates(mut proof: Value) -> Value {
    for field in ["id", "consentId", "date", "dateExpiration", "seal"] {
        assert!(proof.as_object_mut().unwrap().remove(field).is_some());
    }
    for entry in proof["consents"]["cookieConsents"].as_array_mut().unwrap() {
        assert!(entry.as_object_mut().unwrap().remove("date").is_some());
    }
    proof
}

#[tokio::test]
async fn accepting_grants_all_that_is_asked_for() {
    let server = start().await;
    let widget = server.widget().await;
    let answered = post(&server, &answer(&widget, "acceptAll")).send().await.unwrap();
    assert_eq!(answered.headers()["cache-control"], "no-store");
    assert_eq!(answered.headers()["access-control-allow-origin"], "*");
    let outcome = outcome(answered).await;
    let expected = json!({"session": true, "youtube": true, "analytics": true, "drift": true, "google-ads": true});
    assert_eq!(outcome["choice"], expected);
    assert_eq!(
        kept(&outcome).standing(&widget, kept(&outcome).decided_at, false).unwrap(),
        Choice::accept_all(&widget, false)
    );
}

#[tokio::test]
async fn refusing_grants_what_is_necessary_and_nothing_else() {
    let server = start().await;
    let widget = server.widget().await;
    let outcome = outcome(post(&server, &answer(&widget, "refuseAll")).send().await.unwrap()).await;
    let expected = json!({"session": true, "youtube": false, "analytics": false, "drift": false, "google-ads": false});
    assert_eq!(outcome["choice"], expected);
    assert_eq!(
        kept(&outcome).standing(&widget, kept(&outcome).decided_at, false).unwrap(),
        Choice::refuse_all(&widget)
    );
}

#[tokio::test]
async fn a_signal_of_the_browser_holds_against_accepting() {
    let server = start().await;
    let widget = server.widget().await;
    let mut body = answer(&widget, "acceptAll");
    body["signalled"] = json!(true);
    let outcome = outcome(post(&server, &body).send().await.unwrap()).await;
    let expected = json!({"session": true, "youtube": true, "analytics": false, "drift": false, "google-ads": false});
    assert_eq!(outcome["choice"], expected);
    // The next page, which signals again, finds the choice standing.
    let kept = kept(&outcome);
    assert!(kept.standing(&widget, kept.decided_at, true).is_some());
    let consents = server.proof(outcome["consentId"].as_str().unwrap().parse().unwrap()).await["consents"].clone();
    for entry in consents["cookieConsents"].as_array().unwrap() {
        assert_eq!(entry["consent"], expected[entry["slug"].as_str().unwrap()], "{entry}");
    }
}

#[tokio::test]
async fn the_browser_is_told_what_to_keep_and_until_when() {
    let server = start().await;
    let file = DEMO
        .replace("days = 180\n\n[signals]", "days = 30\ndomain = \"example.com\"\n\n[signals]")
        .replace("origins = [", "origins = [\"https://shop.example.com\", ");
    let version = server.publish(&file, TOKEN).await;
    let widget = server.widget().await;
    let mut body = answer(&widget, "refuseAll");
    let plain = outcome(post(&server, &body).send().await.unwrap()).await;
    let settings = "; Path=/; SameSite=Lax; Max-Age=2592000; Domain=example.com";
    assert!(plain["cookie"].as_str().unwrap().ends_with(settings), "{plain}");
    body["secure"] = json!(true);
    let secure = outcome(post(&server, &body).send().await.unwrap()).await;
    assert!(secure["cookie"].as_str().unwrap().ends_with(&format!("{settings}; Secure")), "{secure}");

    let kept = kept(&plain);
    assert_eq!(kept.ask_key, version.ask_key.to_string());
    let proof = server.proof(plain["consentId"].as_str().unwrap().parse().unwrap()).await;
    let date = clock::parse(proof["date"].as_str().unwrap()).unwrap();
    assert_eq!(kept.decided_at, clock::seconds(date));
    let end = clock::days_later(clock::from_seconds(kept.decided_at), 30);
    assert_eq!(plain["expiresAt"], clock::iso(end));
}

#[tokio::test]
async fn its_proof_is_the_one_of_the_same_choice_made_in_the_browser() {
    let server = start().await;
    let widget = server.widget().await;
    let before = server.keep(&choice(&widget, &[])).await;
    let granted = ["youtube", "analytics", "drift", "google-ads"];
    for (said, granted) in [("acceptAll", &granted[..]), ("refuseAll", &[])] {
        let mut whole = choice(&widget, granted);
        whole["consents"]["lang"] = json!(widget.lang);
        let mut bare = answer(&widget, said);
        for body in [&mut whole, &mut bare] {
            body["consentId"] = json!(before);
            body["userId"] = json!("customer-1815");
        }
        let mut proofs = Vec::new();
        for request in [server.post(&whole), post(&server, &bare)] {
            let request = request.header(header::USER_AGENT, "Mozilla/5.0 (iPhone) Mobile");
            let proof = server.proof(consent_id(request.send().await.unwrap()).await).await;
            proofs.push(without_ids_and_dates(proof));
        }
        assert_eq!(proofs[0], proofs[1]);
        assert_eq!((&proofs[1]["type"], &proofs[1]["typeDevice"]), (&json!(2), &json!(1)));
        assert_eq!(proofs[1]["consents"]["versionKey"], widget.version_key);
        assert_eq!(proofs[1]["previousConsentId"], json!(before));
    }
    // Every entry has this server's date.
    let proof =
        server.proof(consent_id(post(&server, &answer(&widget, "refuseAll")).send().await.unwrap()).await).await;
    assert!(proof["consents"]["cookieConsents"].as_array().unwrap().iter().all(|entry| entry["date"] == proof["date"]));
}

#[tokio::test]
async fn a_visitor_who_was_shown_an_earlier_version_answered_that_one() {
    let server = start().await;
    let earlier = server.widget().await;
    server.publish(&DEMO.replace("slug = \"drift\"", "slug = \"chat\""), TOKEN).await;
    let outcome = outcome(post(&server, &answer(&earlier, "acceptAll")).send().await.unwrap()).await;
    assert_eq!(outcome["choice"]["drift"], true);
    assert_eq!(outcome["choice"]["chat"], Value::Null);
    assert_eq!(kept(&outcome).ask_key, earlier.ask_key);
    let proof = server.proof(outcome["consentId"].as_str().unwrap().parse().unwrap()).await;
    assert_eq!(proof["widgetVersion"], earlier.version_key);
}

#[tokio::test]
async fn the_proof_names_the_language_that_was_shown() {
    let server = start().await;
    let widget = server.widget().await;
    let mut body = answer(&widget, "refuseAll");
    for (sent, shown) in [("nl", "nl"), ("fr-CA", "fr")] {
        body["lang"] = json!(sent);
        let proof = server.proof(consent_id(post(&server, &body).send().await.unwrap()).await).await;
        assert_eq!(proof["consents"]["lang"], shown);
    }
}

#[tokio::test]
async fn what_an_answer_says_is_bounded_and_what_it_claims_to_be() {
    let server = start().await;
    let good = answer(&server.widget().await, "acceptAll");
    for (field, value) in [
        ("tracker", json!("ada@example.com")),
        ("lang", json!("en-".repeat(20_000))),
        ("lang", json!("xx")),
        ("versionKey", json!("x".repeat(60_000))),
        ("versionKey", json!(SESSION)),
        ("sessionId", json!("me")),
        ("sessionId", json!(format!("{{{SESSION}}}"))),
        ("consentId", json!("")),
        ("userId", json!("ada%40example.com")),
        ("userId", json!("x".repeat(129))),
        ("answer", json!("acceptSome")),
    ] {
        let mut body = good.clone();
        body[field] = value.clone();
        let problem = problem(post(&server, &body).send().await.unwrap(), 422).await;
        assert_eq!(paths(&problem), [field], "{value:.60}");
    }
    assert_eq!(server.count().await, 0);
}

#[tokio::test]
async fn an_answer_that_names_itself_is_stored_once_and_answered_alike() {
    let server = start().await;
    let widget = server.widget().await;
    let body = answer(&widget, "acceptAll");
    let send = async |key: &str, body: &Value| post(&server, body).header("idempotency-key", key).send().await.unwrap();

    let first = outcome(send("one", &body).await).await;
    // The cookie's time is in seconds; a later one would be another cookie.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(outcome(send("one", &body).await).await, first);
    let mut with_field = body.clone();
    with_field["idempotencyKey"] = json!("one");
    assert_eq!(outcome(post(&server, &with_field).send().await.unwrap()).await, first);
    assert_eq!(server.count().await, 1);

    let another = problem(send("one", &answer(&widget, "refuseAll")).await, 422).await;
    assert_eq!(paths(&another), ["idempotencyKey"]);
    // The names of a widget's requests are one and the same set, whichever way the decision is said.
    let whole = server.post(&choice(&widget, &[])).header("idempotency-key", "one").send().await.unwrap();
    assert_eq!(paths(&problem(whole, 422).await), ["idempotencyKey"]);
    assert_eq!(paths(&problem(send("two words", &body).await, 422).await), ["idempotencyKey"]);
    assert_ne!(outcome(send("two", &body).await).await["consentId"], first["consentId"]);
    assert_eq!(server.count().await, 2);
}

#[tokio::test]
async fn what_does_not_fit_is_refused_with_its_path() {
    let server = start().await;
    let good = answer(&server.widget().await, "acceptAll");
    let refused = async |change: &dyn Fn(&mut Value)| {
        let mut body = good.clone();
        change(&mut body);
        let problem = problem(post(&server, &body).send().await.unwrap(), 422).await;
        paths(&problem).join(" ")
    };
    // Of another type, or not there.
    assert_eq!(refused(&|body| body["answer"] = json!("maybe")).await, "answer");
    assert_eq!(refused(&|body| body["answer"] = json!(2)).await, "answer");
    assert_eq!(refused(&|body| body["secure"] = json!("yes")).await, "secure");
    assert_eq!(refused(&|body| body["versionKey"] = Value::Null).await, "versionKey");
    assert_eq!(refused(&|body| drop(body.as_object_mut().unwrap().remove("versionKey"))).await, "");
    // Of the right type, and still not the widget's.
    assert_eq!(refused(&|body| body["versionKey"] = json!("v1")).await, "versionKey");
    let unknown = json!("01a201cb-3d9f-7459-b49e-de151c09a5e2");
    assert_eq!(refused(&|body| body["versionKey"] = unknown.clone()).await, "versionKey");
    assert_eq!(refused(&|body| body["lang"] = json!("de")).await, "lang");
    assert_eq!(refused(&|body| body["lang"] = json!("français")).await, "lang");
    assert_eq!(refused(&|body| body["sessionId"] = json!("me")).await, "sessionId");
    assert_eq!(refused(&|body| body["consentId"] = json!("before")).await, "consentId");
    assert_eq!(refused(&|body| body["userId"] = json!("ada@example.com")).await, "userId");
    assert_eq!(server.count().await, 0);
}

#[tokio::test]
async fn a_version_of_another_widget_is_no_version_of_this_one() {
    let server = start().await;
    let other = server.publish(&DEMO.replace("id = 43 ", "id = 44 "), TOKEN).await;
    let mut body = answer(&server.widget().await, "acceptAll");
    body["versionKey"] = json!(other.version_key);
    let problem = problem(post(&server, &body).send().await.unwrap(), 422).await;
    assert_eq!(paths(&problem), ["versionKey"]);
}

#[tokio::test]
async fn what_is_no_json_or_too_much_of_it_is_refused() {
    let server = start().await;
    let send = async |media_type: &str, body: Vec<u8>| {
        let address = format!("{}/v1/widgets/43/answers?key=pk_demo", server.address);
        let request = server.client.post(address).header(header::ORIGIN, PAGE).header(header::CONTENT_TYPE, media_type);
        request.body(body).send().await.unwrap()
    };
    problem(send("application/json", b"{".to_vec()).await, 400).await;
    problem(send("application/json", vec![b' '; 64 * 1024 + 1]).await, 413).await;
    problem(send("text/plain", b"{}".to_vec()).await, 415).await;
}

#[tokio::test]
async fn pages_of_other_sites_are_refused_before_their_body_is_read() {
    let server = start().await;
    server.refuses_strangers("answers").await;
    let elsewhere = format!("{}/v1/widgets/44/answers?key=pk_demo", server.address);
    problem(server.client.post(elsewhere).header(header::ORIGIN, PAGE).send().await.unwrap(), 404).await;
    assert_eq!(server.count().await, 0);
}
