//! `GET /v1/widgets/{id}`: what a page is told, and which pages are.

use placet_protocol::{Purpose, WidgetConfig};
use reqwest::{Method, header};
use serde_json::{Value, json};

use super::start;
use crate::common::{DEMO, PAGE, TOKEN, choice, header_names, problem};

#[tokio::test]
async fn a_page_of_an_allowed_site_is_told_everything() {
    let server = start().await;
    let answer = server.config("&lang=en").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["cache-control"], "no-cache");
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    assert_eq!(answer.headers()["timing-allow-origin"], "*");
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    let widget: WidgetConfig = answer.json().await.unwrap();
    assert_eq!((widget.id, widget.work_space_id, widget.lang.as_str()), (43, 19, "en"));
    assert_eq!((widget.cookie.name.as_str(), widget.cookie.days), ("euconsent", 180));
    assert!(widget.signals.consent_mode);
    assert_eq!(widget.ask_key, widget.version_key);
    let purposes: Vec<_> = widget.purposes.iter().map(|purpose| purpose.purpose).collect();
    assert_eq!(purposes, [Purpose::Necessary, Purpose::Preference, Purpose::Analytical, Purpose::Marketing]);
    let slugs: Vec<_> = widget.services().map(|service| service.slug.as_str()).collect();
    assert_eq!(slugs, ["session", "youtube", "analytics", "drift", "google-ads"]);
    let drift = widget.services().find(|service| service.slug == "drift").unwrap();
    assert_eq!(drift.id, "584ffef3-251c-4e9a-efb8-08d7fbfbee92");
    assert_eq!(drift.version, "6f65cb1d-85eb-4a64-976d-519679189f8d");
    assert!(widget.services().all(|service| service.default_consent == (service.slug == "session")));
}

#[tokio::test]
async fn the_visitor_is_spoken_to_in_the_language_that_they_read_best() {
    let server = start().await;
    let lang = async |query: &str, header: &str| {
        let request = server.config(query).header(header::ACCEPT_LANGUAGE, header);
        request.send().await.unwrap().json::<WidgetConfig>().await.unwrap().lang
    };
    // What was chosen for the page, if the widget speaks it.
    assert_eq!(lang("&lang=fr-CA", "nl").await, "fr");
    assert_eq!(lang("&lang=de,nl-BE,fr", "fr").await, "nl");
    // Else what the browser reads.
    assert_eq!(lang("", "de, nl;q=0.5, fr;q=0.9").await, "fr");
    assert_eq!(lang("&lang=", "nl").await, "nl");
    assert_eq!(lang("&lang=de", "nl").await, "nl");
    assert_eq!(lang("&lang=de,it", "es, fr-CH;q=0.9, nl;q=0.8").await, "fr");
    assert_eq!(lang("&lang=%00,,x", "nl").await, "nl");
    // Else what the widget speaks first.
    assert_eq!(lang("&lang=de", "it, *").await, "en");
    assert_eq!(lang("", "").await, "en");
}

#[tokio::test]
async fn a_neighbours_words_are_better_than_a_strangers() {
    let server = start().await;
    let of_france = DEMO.replace("\"fr\"", "\"fr-FR\"").replace("\nfr = ", "\nfr-FR = ");
    server.publish(&of_france, TOKEN).await;
    let lang = async |query: &str, header: &str| {
        let request = server.config(query).header(header::ACCEPT_LANGUAGE, header);
        request.send().await.unwrap().json::<WidgetConfig>().await.unwrap().lang
    };
    assert_eq!(lang("&lang=fr", "nl").await, "fr-FR");
    assert_eq!(lang("&lang=de", "fr-CA").await, "fr-FR");
    assert_eq!(lang("&lang=de", "nl-BE").await, "nl");
}

#[tokio::test]
async fn a_cache_is_told_what_the_answer_depends_on() {
    let server = start().await;
    let vary = async |query: &str, header: &str| {
        let answer = server.config(query).header(header::ACCEPT_LANGUAGE, header).send().await.unwrap();
        answer.headers()["vary"].to_str().unwrap().to_owned()
    };
    assert_eq!(vary("&lang=fr", "nl").await, "Origin, Accept-Encoding");
    for (query, header) in [("", "nl"), ("&lang=", "nl"), ("&lang=de", "nl"), ("&lang=de", "it"), ("", "")] {
        assert_eq!(vary(query, header).await, "Origin, Accept-Encoding, Accept-Language", "{query} {header}");
    }
    // A page of this very server is named by `Referer` alone.
    let answer = server.get("/v1/widgets/43?key=pk_demo&lang=fr").send().await.unwrap();
    assert_eq!(answer.headers()["vary"], "Origin, Referer, Accept-Encoding");
    let tag = answer.headers()["etag"].clone();
    let known =
        server.get("/v1/widgets/43?key=pk_demo&lang=fr").header(header::IF_NONE_MATCH, tag).send().await.unwrap();
    assert_eq!((known.status().as_u16(), &known.headers()["vary"]), (304, &answer.headers()["vary"]));
    // What says no is kept nowhere.
    let refused =
        server.get("/v1/widgets/43?key=pk_demo").header(header::ORIGIN, "https://evil.example").send().await.unwrap();
    assert_eq!((refused.status().as_u16(), refused.headers()["cache-control"].to_str().unwrap()), (403, "no-store"));
}

#[tokio::test]
async fn the_banner_is_answered_alone_ready_to_be_drawn() {
    const SDK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../www/dist/sdk");
    let server = start().await;
    let layers = async |query: &str| {
        let config: Value = server.config(query).send().await.unwrap().json().await.unwrap();
        let banner: Value = server.banner(query).send().await.unwrap().json().await.unwrap();
        for same in ["versionKey", "askKey", "cookie", "signals"] {
            assert_eq!(banner[same], config[same]);
        }
        (banner, config["texts"].clone())
    };
    let (banner, texts) = layers("&lang=fr").await;
    let nodes = banner["nodes"].as_array().unwrap();
    assert_eq!(nodes[0], "section");
    assert_eq!((&nodes[1]["data-placet"], &nodes[1]["lang"]), (&json!("banner"), &json!("fr")));
    assert_eq!(nodes[2], json!(["h2", {"id": "BannerTitle", "part": "title"}, texts["title"]]));
    // Without the SDK there is no style, and nobody to draw a banner.
    let sheet = |name: &str| std::fs::read_to_string(format!("{SDK}/{name}.css")).unwrap_or_default();
    assert_eq!(banner["style"], ["banner", "phone"].map(|name| sheet(name).trim_end().to_owned()).concat());

    let (in_dutch, texts) = layers("&lang=nl").await;
    assert_eq!(in_dutch["nodes"][2][2], texts["title"]);
    let said = |layer: &Value| layer["nodes"].to_string().contains(r#"{"part":"signal"}"#);
    assert!(!said(&in_dutch));
    server.publish(&DEMO.replace("[signals]", "[signals]\ngpc = true"), TOKEN).await;
    assert!(said(&layers("&lang=nl").await.0));

    let look = "[appearance]\nlayout = \"bar\"\nposition = \"top\"\n[appearance.light]\naccent = \"#06c\"\n[signals]";
    server.publish(&DEMO.replace("[signals]", look), TOKEN).await;
    let (bar, _) = layers("&lang=nl").await;
    assert_eq!(bar["nodes"][1]["part"], "banner bar top");
    let style = bar["style"].as_str().unwrap();
    assert!(style.contains(&sheet("bar")) && style.contains(&sheet("placed")));
    assert!(style.contains(":host(#placet){--accent:var(--placet-accent,#06c);}"), "{style}");
}

#[tokio::test]
async fn the_banner_is_for_those_who_may_have_the_widget() {
    let server = start().await;
    let status =
        async |path: &str, origin: &str| server.get(path).header(header::ORIGIN, origin).send().await.unwrap().status();
    let allowed = "http://localhost:3000";
    assert_eq!(status("/v1/widgets/43/banner?key=pk_demo", allowed).await, 200);
    assert_eq!(status("/v1/widgets/43/banner?key=pk_demo", "https://elsewhere.example").await, 403);
    assert_eq!(status("/v1/widgets/43/banner?key=pk_nobody", allowed).await, 401);
    assert_eq!(status("/v1/widgets/44/banner?key=pk_demo", allowed).await, 404);
}

#[tokio::test]
async fn what_says_nothing_is_not_sent() {
    fn nulls(value: &Value) -> usize {
        match value {
            Value::Null => 1,
            Value::Array(items) => items.iter().map(nulls).sum(),
            Value::Object(fields) => fields.values().map(nulls).sum(),
            _ => 0,
        }
    }
    let server = start().await;
    let answer: Value = server.config("").send().await.unwrap().json().await.unwrap();
    assert_eq!(nulls(&answer), 0);
    let fields = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    let expected = "id workSpaceId versionKey askKey lang texts cookie purposes signals trigger";
    assert_eq!(fields(&answer), expected);
    assert_eq!(fields(&answer["signals"]), "consentMode");
    let session = "id version slug name description defaultConsent cookies consentMode";
    assert_eq!(fields(&answer["purposes"][0]["services"][0]), session);

    server
        .publish(&DEMO.replace("name = \"Demo shop\"", "name = \"Demo shop\"\nreload-on-withdrawal = true"), TOKEN)
        .await;
    let answer: Value = server.config("").send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["reloadOnWithdrawal"], true);
}

#[tokio::test]
async fn every_visitor_is_sent_the_headers_that_count_and_no_others() {
    let server = start().await;
    let expected = [
        "access-control-allow-origin",
        "cache-control",
        "content-length",
        "content-type",
        "date",
        "etag",
        "timing-allow-origin",
        "vary",
        "x-content-type-options",
    ];
    for answer in [server.config(""), server.banner("")] {
        assert_eq!(header_names(&answer.send().await.unwrap()), expected);
    }
}

#[tokio::test]
async fn an_answer_that_somebody_may_look_up_in_the_log_names_its_request() {
    let server = start().await;
    let named = |answer: reqwest::Response| answer.headers().contains_key("x-request-id");
    let tag = server.config("").send().await.unwrap().headers()["etag"].clone();
    assert!(!named(server.config("").header(header::IF_NONE_MATCH, tag).send().await.unwrap()));
    assert!(!named(server.client.head(format!("{}/healthz", server.address)).send().await.unwrap()));
    assert!(named(server.get("/v1/widgets/43?key=pk_nobody").send().await.unwrap()));
    assert!(named(server.get("/nothing").send().await.unwrap()));
    assert!(named(server.post(&choice(&server.widget().await, &[])).send().await.unwrap()));
    // The name is the server's own, whatever the client calls it.
    let renamed =
        server.get("/nothing").header("x-request-id", "8a5e89c4-2243-4598-97c5-ba3cfb35a138").send().await.unwrap();
    let name = renamed.headers()["x-request-id"].to_str().unwrap();
    assert!(name.parse::<uuid::Uuid>().is_ok() && name != "8a5e89c4-2243-4598-97c5-ba3cfb35a138", "{name}");
}

#[tokio::test]
async fn what_the_browser_has_is_not_sent_again() {
    let server = start().await;
    let first = server.config("&lang=fr").send().await.unwrap();
    let tag = first.headers()["etag"].clone();
    let again = server.config("&lang=fr").header(header::IF_NONE_MATCH, &tag).send().await.unwrap();
    assert_eq!(again.status(), 304);
    assert_eq!(again.headers()["etag"], tag);
    assert_eq!(again.headers()["access-control-allow-origin"], "*");
    assert_eq!(server.config("&lang=en").header(header::IF_NONE_MATCH, &tag).send().await.unwrap().status(), 200);
    server.publish(&DEMO.replace("Demo shop", "Another name"), TOKEN).await;
    assert_eq!(server.config("&lang=fr").header(header::IF_NONE_MATCH, &tag).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn it_travels_compressed() {
    let server = start().await;
    let plain = server.config("").send().await.unwrap().bytes().await.unwrap().len();
    for (accepted, encoding) in [("gzip, deflate, br", "br"), ("gzip", "gzip")] {
        let answer = server.config("").header(header::ACCEPT_ENCODING, accepted).send().await.unwrap();
        assert_eq!(answer.headers()["content-encoding"], encoding);
        assert!(answer.headers()["vary"].to_str().unwrap().contains("Accept-Encoding"));
        assert!(answer.bytes().await.unwrap().len() < plain / 2);
    }
}

#[tokio::test]
async fn a_key_that_nobody_has_opens_nothing() {
    let server = start().await;
    for address in ["/v1/widgets/43?key=pk_nobody", "/v1/widgets/43", "/v1/widgets/43?key=", "/v1/widgets/99?key=x"] {
        let problem = problem(server.get(address).send().await.unwrap(), 401).await;
        assert!(problem["detail"].as_str().unwrap().contains("`key=`"), "{problem}");
    }
}

#[tokio::test]
async fn a_widget_that_does_not_exist_is_not_found() {
    let server = start().await;
    for id in ["44", "0", "-1", "99999999999999", "demo", "%FF"] {
        problem(server.get(&format!("/v1/widgets/{id}?key=pk_demo")).send().await.unwrap(), 404).await;
    }
}

#[tokio::test]
async fn a_page_of_another_site_is_told_what_to_add_and_where() {
    let server = start().await;
    for origin in ["http://127.0.0.1:8788", "https://localhost:8787", "https://shop.example.com"] {
        let request = server.get("/v1/widgets/43?key=pk_demo").header(header::ORIGIN, origin);
        let problem = problem(request.send().await.unwrap(), 403).await;
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(&format!("add \"{origin}\" to `origins`")), "{detail}");
        assert!(detail.contains("placet-server widget apply FILE"), "{detail}");
    }
}

#[tokio::test]
async fn a_page_without_an_origin_is_refused() {
    let server = start().await;
    for origin in ["null", "chrome-extension://abcdef", "nonsense", ""] {
        let request = server.get("/v1/widgets/43?key=pk_demo").header(header::ORIGIN, origin);
        problem(request.send().await.unwrap(), 403).await;
    }
}

#[tokio::test]
async fn a_page_of_this_server_is_known_by_its_referrer() {
    let server = start().await;
    let status = async |referer: &str| {
        let request = server.get("/v1/widgets/43?key=pk_demo").header(header::REFERER, referer);
        request.send().await.unwrap().status()
    };
    assert_eq!(status("http://127.0.0.1:8787/demo/").await, 200);
    assert_eq!(status("http://127.0.0.1:9999/demo/").await, 403);
    // No page at all: a program, which could say anything.
    assert_eq!(server.get("/v1/widgets/43?key=pk_demo").send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_preflight_is_answered_to_every_site() {
    let server = start().await;
    for resource in ["consents", "answers"] {
        let address = format!("{}/v1/widgets/43/{resource}?key=pk_demo", server.address);
        let answer = server
            .client
            .request(Method::OPTIONS, address)
            .header(header::ORIGIN, "https://shop.example.com")
            .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
            .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "content-type,idempotency-key")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 204);
        assert_eq!(answer.headers()["access-control-allow-origin"], "*");
        assert_eq!(answer.headers()["access-control-allow-headers"], "content-type, idempotency-key");
        assert!(answer.headers()["access-control-allow-methods"].to_str().unwrap().contains("POST"));
        assert_eq!(answer.headers()["access-control-max-age"], "86400");
    }
}

#[tokio::test]
async fn wrong_addresses_and_methods_can_be_read_by_the_page_too() {
    let server = start().await;
    problem(server.get("/v1/nothing").send().await.unwrap(), 404).await;
    let answer = server.client.delete(format!("{}/v1/widgets/43", server.address)).send().await.unwrap();
    assert_eq!(answer.headers()["allow"], "GET,HEAD");
    problem(answer, 405).await;
}

#[tokio::test]
async fn what_is_applied_shows_at_once() {
    let server = start().await;
    let before = server.widget().await;
    server.publish(&DEMO.replace("http://localhost:*", "https://shop.example.com"), TOKEN).await;
    assert_eq!(server.config("").send().await.unwrap().status(), 403);
    let request = server.get("/v1/widgets/43?key=pk_demo").header(header::ORIGIN, "https://shop.example.com");
    let after: WidgetConfig = request.send().await.unwrap().json().await.unwrap();
    assert_ne!(after.version_key, before.version_key);
    assert_eq!(after.ask_key, before.ask_key, "it asks for no more than before");
}

#[tokio::test]
async fn a_key_can_be_replaced() {
    let server = start().await;
    let status = async |key: &str| {
        let request = server.get(&format!("/v1/widgets/43?key={key}")).header(header::ORIGIN, PAGE);
        request.send().await.unwrap().status()
    };
    server.publish(&DEMO.replace("[\"pk_demo\"]", "[\"pk_demo\", \"pk_next\"]"), TOKEN).await;
    assert_eq!((status("pk_demo").await, status("pk_next").await), (200.try_into().unwrap(), 200.try_into().unwrap()));
    server.publish(&DEMO.replace("[\"pk_demo\"]", "[\"pk_next\"]"), TOKEN).await;
    assert_eq!((status("pk_demo").await, status("pk_next").await), (401.try_into().unwrap(), 200.try_into().unwrap()));
}

#[tokio::test]
async fn the_server_is_well_and_says_what_it_is() {
    let server = start().await;
    assert_eq!(server.get("/healthz").send().await.unwrap().text().await.unwrap(), "ok");
    assert!(server.get("/").send().await.unwrap().text().await.unwrap().contains("Placet"));
}
