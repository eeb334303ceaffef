//! Who read, exported and erased what.

use placet_server::{
    audit_log::{Action, Actor, AuditRecord, AuditSpan, Outcome},
    clock,
    token::{AdminToken, Rights},
};
use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

use super::start;
use crate::common::{Server, TOKEN, choice};

/// Asks for something with a token, and answers the status.
async fn ask(server: &Server, token: &str, method: Method, path: &str) -> u16 {
    let answer = server.client.request(method, format!("{}{path}", server.address)).bearer_auth(token).send().await;
    let answer = answer.unwrap();
    let status = answer.status().as_u16();
    answer.bytes().await.unwrap();
    status
}

/// The records, once there are so many.
async fn records(server: &Server, many: usize) -> Vec<AuditRecord> {
    loop {
        let records = server.store.audit_records(&AuditSpan::default(), 1000).await.unwrap();
        assert!(records.len() <= many, "{records:?}");
        if records.len() == many {
            return records;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

/// What a record says beside who and when.
fn said(record: &AuditRecord) -> (Action, Option<&str>, Outcome, Option<u64>) {
    (record.action, record.subject.as_deref(), record.outcome, record.count)
}

#[tokio::test]
async fn each_use_of_a_token_is_recorded_and_names_no_visitor() {
    let server = start().await;
    let mut body = choice(&server.widget().await, &["drift"]);
    body["userId"] = json!("customer-1815");
    let (kept, other) = (server.keep(&body).await, server.keep(&body).await);
    let nobody = Uuid::from_u128(0x8a5e_89c4_2243_4598_97c5_ba3c_fb35_a138);
    let uses = [
        (Method::GET, format!("/v1/consents/{kept}"), 200),
        (Method::GET, format!("/v1/consents/{nobody}"), 404),
        (Method::GET, "/v1/consents?userId=customer-1815&service=drift&choice=granted".to_owned(), 200),
        (Method::GET, "/v1/consents?widget=43&from=2026-01-01&format=csv".to_owned(), 200),
        (Method::GET, "/v1/widgets/43/statistics".to_owned(), 200),
        (Method::DELETE, format!("/v1/consents/{kept}"), 204),
        (Method::GET, format!("/v1/consents/{kept}"), 410),
        (Method::DELETE, "/v1/consents?userId=customer-1815".to_owned(), 200),
    ];
    let begun = clock::now();
    for (number, (method, path, status)) in uses.iter().enumerate() {
        assert_eq!(ask(&server, TOKEN, method.clone(), path).await, *status, "{method} {path}");
        records(&server, number + 1).await;
    }
    let records = records(&server, uses.len()).await;
    let (kept, nobody) = (kept.to_string(), nobody.to_string());
    let expected = [
        (Action::ReadProof, Some(kept.as_str()), Outcome::Done, None),
        (Action::ReadProof, Some(nobody.as_str()), Outcome::NotFound, None),
        (Action::ListProofs, Some("userId=… service=drift choice=granted"), Outcome::Done, Some(2)),
        (Action::ExportProofs, Some("widget=43 from=2026-01-01T00:00:00.000Z"), Outcome::Done, None),
        (Action::ReadStatistics, Some("widget=43"), Outcome::Done, None),
        (Action::EraseProof, Some(kept.as_str()), Outcome::Done, Some(1)),
        (Action::ReadProof, Some(kept.as_str()), Outcome::NotFound, None),
        (Action::EraseVisitor, Some("userId=…"), Outcome::Done, Some(1)),
    ];
    assert_eq!(records.iter().map(said).collect::<Vec<_>>(), expected);
    for record in &records {
        assert_eq!((record.actor.to_string().as_str(), record.workspace), ("token:admin", Some(19)));
        assert!(record.date >= begun && record.date <= clock::now());
    }
    let in_tables = server.tamper("DELETE FROM audit_record WHERE subject LIKE '%customer%'").await;
    assert_eq!(in_tables, 0);
    assert_ne!(kept, other.to_string());
}

#[tokio::test]
async fn what_a_token_may_not_do_is_recorded_as_denied() {
    let server = start().await;
    let kept = server.keep(&choice(&server.widget().await, &[])).await;
    let token = AdminToken::random();
    let name = "dashboard".parse().unwrap();
    server.store.add_token(19, &name, Rights::Read, None, token.hash()).await.unwrap();
    for path in [format!("/v1/consents/{kept}"), "/v1/consents?userId=u-1".to_owned()] {
        assert_eq!(ask(&server, token.reveal(), Method::DELETE, &path).await, 403);
    }
    let records = records(&server, 2).await;
    let denied = records.iter().map(|record| (record.actor.clone(), record.action, record.outcome));
    let of = |action| (Actor::Token(name.clone()), action, Outcome::Denied);
    assert_eq!(denied.collect::<Vec<_>>(), [of(Action::EraseProof), of(Action::EraseVisitor)]);
    server.proof(kept).await;
}

#[tokio::test]
async fn tokens_that_open_nothing_are_counted_and_fill_nothing() {
    let server = start().await;
    for number in 0..20 {
        assert_eq!(ask(&server, &format!("guess-{number}"), Method::GET, "/v1/consents").await, 401);
    }
    // Who shows none has not guessed.
    assert_eq!(server.get("/v1/consents").send().await.unwrap().status(), 401);
    // The first is written at once, the rest when a minute is over or the server stops.
    let server = server.restart().await;
    let records = server.store.audit_records(&AuditSpan::default(), 1000).await.unwrap();
    assert!(records.len() <= 2, "{records:?}");
    assert!(records.iter().all(|record| record.actor == Actor::Unknown && record.action == Action::Authenticate));
    assert_eq!(records.iter().filter_map(|record| record.count).sum::<u64>(), 20);
}

#[tokio::test]
async fn a_record_outlives_the_server_and_is_found_page_by_page() {
    let server = start().await;
    for _ in 0..5 {
        assert_eq!(ask(&server, TOKEN, Method::GET, "/v1/consents").await, 200);
    }
    // Each was answered; those that were not written yet are when the server stops.
    let server = server.restart().await;
    let all = server.store.audit_records(&AuditSpan::default(), 1000).await.unwrap();
    assert_eq!(all.len(), 5);
    let mut span = AuditSpan { workspace: Some(19), ..AuditSpan::default() };
    let mut found = Vec::new();
    loop {
        let page = server.store.audit_records(&span, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        span.after = Some(last.id);
        found.extend(page);
    }
    assert_eq!(found, all);
    let count = async |span: AuditSpan| server.store.audit_records(&span, 1000).await.unwrap().len();
    assert_eq!(count(AuditSpan { workspace: Some(20), ..AuditSpan::default() }).await, 0);
    assert_eq!(count(AuditSpan { actor: Some(Actor::Command), ..AuditSpan::default() }).await, 0);
    assert_eq!(count(AuditSpan { until: Some(all[0].date), ..AuditSpan::default() }).await, 0);
    assert_eq!(count(AuditSpan { from: Some(all[0].date), ..AuditSpan::default() }).await, 5);
    // Added once more, as after an answer that was lost, they are there once.
    server.store.add_audit_records(&all).await.unwrap();
    assert_eq!(count(AuditSpan::default()).await, 5);

    let later = all[4].date + jiff::SignedDuration::from_millis(1);
    assert_eq!(server.store.purge_audit_records(all[0].date).await.unwrap(), 0);
    assert_eq!(server.store.purge_audit_records(later).await.unwrap(), 5);
    assert_eq!(count(AuditSpan::default()).await, 0);
}

#[tokio::test]
async fn nothing_is_read_or_erased_of_which_there_can_be_no_record() {
    let server = start().await;
    let kept = server.keep(&choice(&server.widget().await, &[])).await;
    server.audit_log.close().await;
    for (method, path) in [
        (Method::GET, format!("/v1/consents/{kept}")),
        (Method::GET, "/v1/consents".to_owned()),
        (Method::GET, "/v1/consents?format=csv".to_owned()),
        (Method::GET, "/v1/widgets/43/statistics".to_owned()),
    ] {
        let answer = server.client.request(method, format!("{}{path}", server.address)).bearer_auth(TOKEN);
        let answer = answer.send().await.unwrap();
        assert_eq!(answer.status(), 503, "{path}");
        assert!(answer.headers().contains_key("retry-after"));
        assert!(!answer.text().await.unwrap().contains(&kept.to_string()), "{path}");
    }
}

#[tokio::test]
async fn an_audit_record_never_changes() {
    let server = start().await;
    assert_eq!(ask(&server, TOKEN, Method::GET, "/v1/consents").await, 200);
    let before = records(&server, 1).await;
    let changed = server.try_to_tamper("UPDATE audit_record SET actor = 'command'").await;
    assert!(changed.unwrap_err().to_string().contains("an audit record never changes"));
    assert_eq!(records(&server, 1).await, before);
}
