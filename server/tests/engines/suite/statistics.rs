//! `GET /v1/widgets/{id}/statistics`: what visitors did, counted.

use jiff::{ToSpan, civil::date};
use placet_server::{
    clock, retention,
    statistics::{Counted, Counts},
};
use reqwest::header;
use serde_json::{Value, json};
use uuid::Uuid;

use super::start;
use crate::common::{DEMO, Server, TOKEN, choice};

async fn statistics(server: &Server, query: &str) -> Value {
    let answer = server.get(&format!("/v1/widgets/43/statistics?{query}")).bearer_auth(TOKEN).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    answer.json().await.unwrap()
}

async fn total(server: &Server) -> Value {
    statistics(server, "").await["total"].clone()
}

async fn shown(server: &Server) -> Value {
    total(server).await["shown"].clone()
}

/// Asks for what the widget shows as a browser does that has this of it; answers what it has then.
async fn visit(server: &Server, has: Option<&str>) -> String {
    let mut request = server.config("&lang=fr");
    if let Some(tag) = has {
        request = request.header(header::IF_NONE_MATCH, tag);
    }
    request.send().await.unwrap().headers()["etag"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn choices_are_counted_by_what_they_grant() {
    let server = start().await;
    let widget = server.widget().await;
    for granted in [&["youtube", "analytics", "drift", "google-ads"][..], &[], &[], &["drift", "analytics"]] {
        server.keep(&choice(&widget, granted)).await;
    }
    let total = total(&server).await;
    assert_eq!([&total["acceptedAll"], &total["refusedAll"], &total["partial"]], [1, 2, 1]);
    let of = |granted: u64, refused: u64| json!({ "granted": granted, "refused": refused });
    assert_eq!(
        total["purposes"],
        // Drift without Google Ads is not marketing.
        json!({ "Preference": of(1, 3), "Analytical": of(2, 2), "Marketing": of(1, 3), "Other": of(0, 0) })
    );
}

#[tokio::test]
async fn a_request_that_is_sent_again_counts_once() {
    let server = start().await;
    let mut body = choice(&server.widget().await, &["drift"]);
    body["idempotencyKey"] = json!("once");
    for _ in 0..3 {
        server.keep(&body).await;
    }
    assert_eq!(total(&server).await["partial"], 1);
}

#[tokio::test]
async fn a_visitor_is_counted_when_asked_and_not_again() {
    let server = start().await;
    let tag = visit(&server, None).await;
    assert_eq!(shown(&server).await, 1);
    assert_eq!(visit(&server, Some(&tag)).await, tag);
    assert_eq!(shown(&server).await, 1);
    // A change that asks for no more is not asked about; one that asks for more is, once.
    server.publish(&DEMO.replace("Demo shop", "Shop"), TOKEN).await;
    let tag = visit(&server, Some(&tag)).await;
    assert_eq!(shown(&server).await, 1);
    server.publish(&DEMO.replace("purpose = \"Preference\"", "purpose = \"Other\""), TOKEN).await;
    let tag = visit(&server, Some(&tag)).await;
    assert_eq!(shown(&server).await, 2);
    visit(&server, Some(&tag)).await;
    assert_eq!(shown(&server).await, 2);
}

#[tokio::test]
async fn who_names_no_page_or_may_not_show_the_widget_is_not_counted() {
    let server = start().await;
    assert_eq!(server.get("/v1/widgets/43?key=pk_demo").send().await.unwrap().status(), 200);
    let stranger = server.get("/v1/widgets/43?key=pk_demo").header(header::ORIGIN, "https://evil.example");
    assert_eq!(stranger.send().await.unwrap().status(), 403);
    server.banner("").send().await.unwrap();
    assert_eq!(shown(&server).await, 0);
}

#[tokio::test]
async fn counts_stay_when_proofs_go_and_the_server_is_started_again() {
    let server = start().await;
    let body = choice(&server.widget().await, &[]);
    let kept = server.keep(&body).await;
    let before = total(&server).await;
    assert_eq!(before["refusedAll"], 1);
    let address = format!("{}/v1/consents/{kept}", server.address);
    assert_eq!(server.client.delete(address).bearer_auth(TOKEN).send().await.unwrap().status(), 204);
    let all = clock::parse("9999-01-01T00:00:00Z").unwrap();
    assert_eq!(retention::purge(&*server.store, &server.ledger, all).await.unwrap().removed, 1);
    let server = server.restart().await;
    assert_eq!(total(&server).await, before);
    server.keep(&body).await;
    assert_eq!(total(&server).await["refusedAll"], 2);
}

#[tokio::test]
async fn days_are_told_apart_and_end_before_the_last_one() {
    let server = start().await;
    server.keep(&choice(&server.widget().await, &[])).await;
    assert_eq!(server.tamper("UPDATE statistic SET day = '2026-02-01'").await, 1);
    server.keep(&choice(&server.widget().await, &["drift"])).await;
    let today = clock::day(clock::now()).to_string();
    let all = statistics(&server, "from=2026-01-01&to=9999-12-31").await;
    let days: Vec<_> = all["days"].as_array().unwrap().iter().map(|day| day["day"].as_str().unwrap()).collect();
    assert_eq!(days, ["2026-02-01", &today]);
    assert_eq!([&all["total"]["refusedAll"], &all["total"]["partial"]], [1, 1]);
    let before = statistics(&server, &format!("from=2026-02-01&to={today}")).await;
    assert_eq!(before["days"].as_array().unwrap().len(), 1);
    assert_eq!(statistics(&server, "from=2026-02-02&to=2026-02-03").await["days"], json!([]));

    let csv = server.get("/v1/widgets/43/statistics?from=2026-02-01&to=2026-02-02&format=csv").bearer_auth(TOKEN);
    let csv = csv.send().await.unwrap();
    assert!(csv.headers()["content-type"].to_str().unwrap().starts_with("text/csv"));
    let csv = csv.text().await.unwrap();
    let lines: Vec<_> = csv.split_terminator("\r\n").collect();
    assert!(lines[0].starts_with("\"widget\",\"day\",\"shown\",\"accepted_all\","), "{csv}");
    // Its visitors were counted in memory meanwhile, and have the day of today.
    assert_eq!(lines[1].replace('"', ""), "43,2026-02-01,0,0,1,0,0,1,0,1,0,1,0,0");
    assert_eq!(lines.len(), 2);
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused() {
    let server = start().await;
    let status =
        async |path: &str, token: &str| server.get(path).bearer_auth(token).send().await.unwrap().status().as_u16();
    for query in ["from=yesterday", "to=x", "format=xml"] {
        assert_eq!(status(&format!("/v1/widgets/43/statistics?{query}"), TOKEN).await, 400, "{query}");
    }
    for widget in ["44", "x", "-43"] {
        assert_eq!(status(&format!("/v1/widgets/{widget}/statistics"), TOKEN).await, 404, "{widget}");
    }
    assert_eq!(status("/v1/widgets/43/statistics", "guessed").await, 401);
}

#[tokio::test]
async fn however_much_was_counted_is_added_at_once() {
    let server = start().await;
    let first = date(2026, 1, 1);
    let counts = Counts { shown: 1, ..Counts::default() };
    let counted: Vec<_> = first.series(1.day()).take(3000).map(|day| Counted { widget: 43, day, counts }).collect();
    server.store.count(Uuid::new_v4(), &counted).await.unwrap();
    let found = server.store.statistics(43, first, date(2100, 1, 1)).await.unwrap();
    assert_eq!(found.len(), counted.len());
}
