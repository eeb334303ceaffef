//! The choice's cookie, which the server sets by HTTP where it is a part of the site.

#![allow(clippy::unwrap_used)]

mod common;

use common::{DEMO, Server, TOKEN, choice};
use placet_choice::{Choice, Kept};
use placet_protocol::WidgetConfig;
use placet_server::clock;
use reqwest::{RequestBuilder, Response, header};
use serde_json::json;

const PAGE: &str = "https://www.shop.example";

/// A server whose widget is for the domain of a shop, and that widget.
async fn start() -> (Server, WidgetConfig) {
    let server = Server::start().await;
    let file = DEMO
        .replace("\"http://localhost:*\"", "\"http://localhost:*\", \"https://www.shop.example\"")
        .replace("days = 180\n\n", "days = 180\ndomain = \"shop.example\"\n\n");
    server.publish(&file, TOKEN).await;
    let widget = from(server.get("/v1/widgets/43?key=pk_demo"), PAGE).send().await.unwrap().json().await.unwrap();
    (server, widget)
}

fn from(request: RequestBuilder, page: &str) -> RequestBuilder {
    request.header(header::ORIGIN, page)
}

/// A cookie that refuses everything, made so many seconds ago.
fn cookie(widget: &WidgetConfig, ago: u64) -> String {
    let at = clock::seconds(clock::now()) - ago;
    let kept = Kept::new(widget, &Choice::refuse_all(widget), at, false);
    format!("euconsent={}", kept.encode("euconsent"))
}

fn header<'a>(answer: &'a Response, name: &str) -> Option<&'a str> {
    answer.headers().get(name).map(|value| value.to_str().unwrap())
}

/// Checks that an answer sets a cookie for so many seconds, give or take those that the test takes, and for this visitor only.
fn sets(answer: &Response, cookie: &str, seconds: u64) {
    let line = header(answer, "set-cookie").unwrap();
    let (pair, attributes) = line.split_once("; ").unwrap();
    assert_eq!(pair, cookie);
    let (age, rest) = attributes.strip_prefix("Path=/; SameSite=Lax; Max-Age=").unwrap().split_once("; ").unwrap();
    assert!(seconds.abs_diff(age.parse().unwrap()) < 60, "{line}");
    assert_eq!(rest, "Domain=shop.example; Secure");
    assert!(!header(answer, "cache-control").unwrap().contains("public"));
    assert!(["private, no-cache", "no-store"].contains(&header(answer, "cache-control").unwrap()));
}

#[tokio::test]
async fn the_configuration_and_a_proof_set_the_cookie_again() {
    let (server, widget) = start().await;
    let cookie = cookie(&widget, 1000);
    let rest = 180 * 86_400 - 1000;
    let config =
        || from(server.get("/v1/widgets/43?key=pk_demo"), PAGE).header(header::COOKIE, format!("a=b; {cookie}"));
    let answer = config().send().await.unwrap();
    assert_eq!(answer.status(), 200);
    sets(&answer, &cookie, rest);
    assert_eq!(header(&answer, "access-control-allow-origin"), Some(PAGE));
    assert_eq!(header(&answer, "access-control-allow-credentials"), Some("true"));
    let vary: Vec<_> = answer.headers().get_all("vary").iter().map(|value| value.to_str().unwrap()).collect();
    assert!(vary.join(", ").contains("Origin") && vary.join(", ").contains("Sec-Fetch-Site"), "{vary:?}");
    let again = config().header(header::IF_NONE_MATCH, header(&answer, "etag").unwrap()).send().await.unwrap();
    assert_eq!(again.status(), 304);
    sets(&again, &cookie, rest);

    let post = server.client.post(format!("{}/v1/widgets/43/consents?key=pk_demo", server.address));
    let answer = from(post, PAGE).header(header::COOKIE, &cookie).json(&choice(&widget, &[])).send().await.unwrap();
    assert_eq!(answer.status(), 201);
    sets(&answer, &cookie, rest);
    assert_eq!(header(&answer, "access-control-allow-credentials"), Some("true"));
}

#[tokio::test]
async fn a_bare_answer_sets_its_cookie_at_once() {
    let (server, widget) = start().await;
    let post = |page: &str| {
        let post = server.client.post(format!("{}/v1/widgets/43/answers?key=pk_demo", server.address));
        let (session, lang, version_key) = ("0b93b823-ff36-4d61-8959-e9e8deee5ef8", &widget.lang, &widget.version_key);
        from(post, page).json(&json!({
            "sessionId": session, "answer": "refuseAll", "lang": lang, "versionKey": version_key, "secure": true,
        }))
    };
    let answer = post(PAGE).send().await.unwrap();
    let line = header(&answer, "set-cookie").unwrap().to_owned();
    let outcome: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(outcome["cookie"], line);
    for other in [post("http://localhost:4000"), post(PAGE).header("sec-fetch-site", "cross-site")] {
        let answer = other.send().await.unwrap();
        assert_eq!(answer.status(), 201);
        assert_eq!(header(&answer, "set-cookie"), None);
    }
}

#[tokio::test]
async fn what_does_not_stand_any_more_is_not_set_again() {
    let (server, widget) = start().await;
    let over = cookie(&widget, 181 * 86_400);
    let of_before =
        cookie(&WidgetConfig { ask_key: "0190e3b8-0000-7000-8000-000000000000".into(), ..widget.clone() }, 10);
    let longer_name = format!("x{}", cookie(&widget, 10));
    for cookie in [over, of_before, longer_name, "euconsent=%7B%7D".into(), "euconsent=\u{e9}".into()] {
        let request = from(server.get("/v1/widgets/43?key=pk_demo"), PAGE).header(header::COOKIE, cookie.as_bytes());
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(header(&answer, "set-cookie"), None, "{cookie}");
        assert_eq!(header(&answer, "cache-control"), Some("no-cache"));
    }
    // Whoever sends none is answered as before.
    let answer = from(server.get("/v1/widgets/43?key=pk_demo"), PAGE).send().await.unwrap();
    assert_eq!(header(&answer, "set-cookie"), None);
}

#[tokio::test]
async fn cookies_go_with_requests_of_the_widgets_own_domain_only() {
    let (server, _) = start().await;
    let preflight = |page: &str, path: &str| {
        let request = server.client.request(reqwest::Method::OPTIONS, format!("{}{path}", server.address));
        from(request, page).header("access-control-request-method", "POST")
    };
    let path = "/v1/widgets/43/consents?key=pk_demo";
    let answer = preflight(PAGE, path).send().await.unwrap();
    assert_eq!(answer.status(), 204);
    assert_eq!(header(&answer, "access-control-allow-origin"), Some(PAGE));
    assert_eq!(header(&answer, "access-control-allow-credentials"), Some("true"));
    assert_eq!(header(&answer, "access-control-allow-headers"), Some("content-type, idempotency-key"));

    let strangers = ["https://evil.example", "https://evilshop.example", "https://shop.example.evil.example", "null"];
    for page in strangers {
        for request in [preflight(page, path), from(server.get("/v1/widgets/43?key=pk_demo"), page)] {
            let answer = request.send().await.unwrap();
            assert_eq!(header(&answer, "access-control-allow-origin"), Some("*"), "{page}");
            assert_eq!(header(&answer, "access-control-allow-credentials"), None, "{page}");
        }
    }
    for request in [
        preflight(PAGE, path).header("sec-fetch-site", "cross-site"),
        preflight(PAGE, "/v1/widgets/43/consents?key=pk_other"),
        preflight(PAGE, "/v1/widgets/44/consents?key=pk_demo"),
        preflight(PAGE, "/v1/widgets/43/consents"),
        preflight(PAGE, "/v1/nothing"),
    ] {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 204);
        assert_eq!(header(&answer, "access-control-allow-origin"), Some("*"));
        assert_eq!(header(&answer, "access-control-allow-credentials"), None);
    }
    // A page of the domain that the widget does not allow can read why.
    let answer = from(server.get("/v1/widgets/43?key=pk_demo"), "https://blog.shop.example").send().await.unwrap();
    assert_eq!(answer.status(), 403);
    assert_eq!(header(&answer, "access-control-allow-origin"), Some("https://blog.shop.example"));
}
