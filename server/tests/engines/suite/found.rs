//! `/v1/consents?…`: proofs are found again, taken away as a file, and erased.

use placet_protocol::Proof;
use placet_server::{clock, key, seal};
use reqwest::{Response, header};
use serde_json::{Value, json};
use uuid::Uuid;

use super::start;
use crate::common::{DEMO, Server, TOKEN, choice};

const OTHER_TOKEN: &str = "the admin token of workspace 20";

/// A server with three widgets, the last in another workspace.
async fn with_three_widgets() -> Server {
    let server = start().await;
    let second = DEMO.replace("id = 43 ", "id = 44 ");
    server.publish(&second, TOKEN).await;
    let third =
        DEMO.replace("id = 43 ", "id = 45 ").replace("workspace = 19", "workspace = 20").replace("pk_demo", "pk_other");
    server.publish(&third, OTHER_TOKEN).await;
    server
}

/// Keeps a decision on a widget.
async fn keep(server: &Server, widget: u32, granted: &[&str], user_id: Option<&str>) -> Uuid {
    let mut body = choice(&server.widget().await, granted);
    body["consents"]["versionKey"] = Value::Null;
    if let Some(user_id) = user_id {
        body["userId"] = json!(user_id);
    }
    let key = if widget == 45 { "pk_other" } else { "pk_demo" };
    let address = format!("{}/v1/widgets/{widget}/consents?key={key}", server.address);
    let answer = server.client.post(address).json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 201);
    crate::common::consent_id(answer).await
}

async fn list(server: &Server, query: &str) -> Response {
    server.get(&format!("/v1/consents?{query}")).bearer_auth(TOKEN).send().await.unwrap()
}

fn identifiers(page: &Value) -> Vec<Uuid> {
    let proofs = page["consents"].as_array().unwrap();
    proofs.iter().map(|proof| proof["consentId"].as_str().unwrap().parse().unwrap()).collect()
}

async fn found(server: &Server, query: &str) -> Vec<Uuid> {
    identifiers(&list(server, query).await.json().await.unwrap())
}

#[tokio::test]
async fn proofs_are_found_by_what_is_known_of_them() {
    let server = with_three_widgets().await;
    let refused = keep(&server, 43, &[], None).await;
    let chat = keep(&server, 43, &["drift"], Some("u-1")).await;
    let elsewhere = keep(&server, 44, &["analytics"], Some("u-1")).await;
    let anothers = keep(&server, 45, &["drift"], Some("u-1")).await;

    assert_eq!(found(&server, "").await, [refused, chat, elsewhere]);
    assert_eq!(found(&server, "widget=43").await, [refused, chat]);
    assert_eq!(found(&server, "widget=45").await, Vec::<Uuid>::new());
    assert_eq!(found(&server, "userId=u-1").await, [chat, elsewhere]);
    assert_eq!(found(&server, "userId=u-1&widget=44").await, [elsewhere]);
    assert_eq!(found(&server, "userId=u-2").await, Vec::<Uuid>::new());
    assert_eq!(found(&server, "service=drift&choice=granted").await, [chat]);
    assert_eq!(found(&server, "service=drift&choice=refused").await, [refused, elsewhere]);
    assert_eq!(found(&server, "service=drift").await, [refused, chat, elsewhere]);
    assert_eq!(found(&server, "choice=granted").await, [chat, elsewhere]);
    assert_eq!(found(&server, "service=tiktok").await, Vec::<Uuid>::new());

    let date = server.proof(chat).await["date"].as_str().unwrap().to_owned();
    assert!(found(&server, &format!("widget=43&from={date}")).await.contains(&chat));
    assert!(!found(&server, &format!("widget=43&to={date}")).await.contains(&chat));
    assert_eq!(found(&server, "from=2020-01-01&to=2020-12-31T12:00:00Z").await, Vec::<Uuid>::new());

    let of_other = server.get("/v1/consents").bearer_auth(OTHER_TOKEN).send().await.unwrap();
    assert_eq!(identifiers(&of_other.json().await.unwrap()), [anothers]);
    assert_eq!(server.get("/v1/consents").send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn pages_follow_one_another_whatever_comes_meanwhile() {
    let server = with_three_widgets().await;
    let mut kept = Vec::new();
    for widget in [43, 43, 43, 44, 44] {
        kept.push(keep(&server, widget, &[], None).await);
    }
    let (mut seen, mut after) = (Vec::new(), String::new());
    let mut pages = 0;
    loop {
        let page: Value = list(&server, &format!("limit=2{after}")).await.json().await.unwrap();
        seen.extend(identifiers(&page));
        pages += 1;
        // On a page that has been seen already; it shifts nothing.
        if pages == 1 {
            kept.push(keep(&server, 44, &[], None).await);
        }
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    assert_eq!(seen, kept);
    assert_eq!(seen.len(), 6);
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused() {
    let server = start().await;
    for query in
        ["limit=0", "limit=1001", "limit=x", "after=x", "from=yesterday", "widget=x", "choice=maybe", "format=xml"]
    {
        let answer = list(&server, query).await;
        assert_eq!(answer.status(), 400, "{query}");
        let name = query.split('=').next().unwrap();
        let problem: Value = answer.json().await.unwrap();
        assert!(problem["detail"].as_str().unwrap().contains(&format!("`{name}`")), "{problem}");
    }
    let answer =
        server.client.delete(format!("{}/v1/consents", server.address)).bearer_auth(TOKEN).send().await.unwrap();
    assert_eq!(answer.status(), 400);
}

#[tokio::test]
async fn an_export_has_all_of_them_each_with_its_seal() {
    let server = start().await;
    let mut kept = Vec::new();
    for number in 0..300 {
        kept.push(keep(&server, 43, &["drift"], Some(&format!("u-{number}"))).await);
    }
    let key = key::load_or_make(&server.folder.path().join("placet.key")).unwrap().verifying_key().to_bytes();
    let answer = list(&server, "format=ndjson").await;
    assert_eq!(answer.headers()["content-type"], "application/x-ndjson");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert!(!answer.headers().contains_key("content-length"));
    let text = answer.text().await.unwrap();
    let proofs: Vec<Proof> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(proofs.iter().map(|proof| proof.consent_id.parse().unwrap()).collect::<Vec<Uuid>>(), kept);
    assert!(proofs.iter().all(|proof| seal::check(proof, &key) == Ok(())));

    let request = server.get("/v1/consents?userId=u-7").header(header::ACCEPT, "text/csv").bearer_auth(TOKEN);
    let csv = request.send().await.unwrap().text().await.unwrap();
    let lines: Vec<_> = csv.split_terminator("\r\n").collect();
    assert!(lines[0].starts_with("\"consentId\",\"id\",\"date\","), "{csv}");
    assert!(
        lines[1].starts_with(&format!("\"{}\",", kept[7]))
            && lines[1].ends_with(",\"u-7\",\"session drift\",\"youtube analytics google-ads\""),
        "{csv}"
    );
    assert_eq!(lines.len(), 2);
}

#[tokio::test]
async fn a_name_that_is_a_formula_is_text_in_a_spreadsheet() {
    let server = start().await;
    for name in ["=1+1", "a;=cmd|' /C calc'!A0", "＝1", " +1", "a|-1", "\"x\";\"=1\""] {
        keep(&server, 43, &[], Some(name)).await;
    }
    let csv = list(&server, "format=csv").await.text().await.unwrap();
    for separator in [b',', b';', b'\t', b'|'] {
        for quoting in [true, false] {
            let mut reader = csv::ReaderBuilder::new();
            reader.has_headers(false).flexible(true).delimiter(separator).quoting(quoting);
            for cell in reader
                .from_reader(csv.as_bytes())
                .into_records()
                .flat_map(|record| record.unwrap().iter().map(str::to_owned).collect::<Vec<_>>())
            {
                let seen = cell.trim_start_matches([' ', '"']);
                assert!(!seen.starts_with(['=', '+', '-', '@', '＝']), "{cell:?} at {:?}", char::from(separator));
            }
        }
    }
}

#[tokio::test]
async fn what_no_database_takes_finds_nothing_and_breaks_nothing() {
    let server = start().await;
    let long = "x".repeat(129);
    for query in
        ["userId=", "userId=%00", "userId=a%0Ab", &format!("userId={long}"), "service=", "service=%00", "service=a%20b"]
    {
        assert_eq!(list(&server, query).await.status(), 400, "{query}");
    }
    for path in [format!("/v1/consents?userId={long}"), "/v1/consents?userId=%00".to_owned()] {
        let answer = server.client.delete(format!("{}{path}", server.address)).bearer_auth(TOKEN).send().await.unwrap();
        assert_eq!(answer.status(), 400, "{path}");
    }
    for key in ["%00", "pk_%00", "pk_demo%00", &"k".repeat(10_000), "%F0%9F%92%A9"] {
        for path in [format!("/v1/widgets/43?key={key}"), format!("/v1/widgets/43/banner?key={key}")] {
            assert_eq!(server.get(&path).send().await.unwrap().status(), 401, "{path:.60}");
        }
    }
    for path in ["/v1/consents/%00", "/v1/widgets/%00/statistics", "/v1/widgets/99999999999999999999/statistics"] {
        assert_eq!(server.get(path).bearer_auth(TOKEN).send().await.unwrap().status(), 404, "{path}");
    }
}

#[tokio::test]
async fn a_proof_is_erased_for_ever_and_its_chain_stays_whole() {
    let server = start().await;
    let (kept, other) = (keep(&server, 43, &[], Some("u-1")).await, keep(&server, 43, &[], None).await);
    let before = std::fs::read_dir(server.folder.path()).unwrap().count();
    let address = format!("{}/v1/consents/{kept}", server.address);
    let erase =
        async |token: &str| server.client.delete(&address).bearer_auth(token).send().await.unwrap().status().as_u16();
    assert_eq!(erase("somebody else's").await, 401);
    assert_eq!((erase(TOKEN).await, erase(TOKEN).await), (204, 204));
    let answer = server.get(&format!("/v1/consents/{kept}")).bearer_auth(TOKEN).send().await.unwrap();
    assert_eq!(answer.status(), 410);
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    assert!(answer.text().await.unwrap().contains("was erased at 20"));
    assert_eq!(found(&server, "").await, [other]);
    assert_eq!(found(&server, "userId=u-1").await, Vec::<Uuid>::new());
    assert_eq!(server.faults().await, [""; 0]);
    assert_eq!(std::fs::read_dir(server.folder.path()).unwrap().count(), before);
}

#[tokio::test]
async fn all_of_a_visitor_is_erased_in_one_workspace_only() {
    let server = with_three_widgets().await;
    let mut mine = Vec::new();
    for widget in [43, 43, 44] {
        mine.push(keep(&server, widget, &["drift"], Some("u-1")).await);
    }
    let (others, elsewhere) = (keep(&server, 43, &[], Some("u-2")).await, keep(&server, 45, &[], Some("u-1")).await);
    let address = format!("{}/v1/consents?userId=u-1", server.address);
    let erased: Value = server.client.delete(&address).bearer_auth(TOKEN).send().await.unwrap().json().await.unwrap();
    assert_eq!(erased, json!({ "erased": 3 }));
    let erased: Value = server.client.delete(&address).bearer_auth(TOKEN).send().await.unwrap().json().await.unwrap();
    assert_eq!(erased, json!({ "erased": 0 }));
    assert_eq!(found(&server, "").await, [others]);
    let left = server.get(&format!("/v1/consents/{elsewhere}")).bearer_auth(OTHER_TOKEN).send().await.unwrap();
    assert_eq!(left.status(), 200);
    assert_eq!(server.faults().await, [""; 0]);
}

#[tokio::test]
async fn of_an_erased_proof_nothing_is_left_to_try_out() {
    let server = start().await;
    let mut body = choice(&server.widget().await, &["drift"]);
    body["userId"] = json!("very-personal");
    body["idempotencyKey"] = json!("the-request");
    let kept = server.keep(&body).await;
    let address = format!("{}/v1/consents/{kept}", server.address);
    assert_eq!(server.client.delete(&address).bearer_auth(TOKEN).send().await.unwrap().status(), 204);
    for column in ["consents", "user_id", "session_id", "salt", "id", "version_key", "version_sha256", "type_device"] {
        let changed = server.tamper(&format!("UPDATE proof SET date = date WHERE {column} IS NOT NULL")).await;
        assert_eq!(changed, 0, "{column}");
    }
}

#[tokio::test]
async fn an_identifier_begins_with_the_date_of_its_proof() {
    let server = start().await;
    let kept = keep(&server, 43, &[], None).await;
    let date = server.proof(kept).await["date"].as_str().unwrap().to_owned();
    assert_eq!(clock::moment(kept).map(clock::iso), Some(date));
}
