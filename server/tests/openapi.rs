//! `/openapi.json`: that the server does as it says, whatever it is asked.

#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::collections::BTreeSet;

use axum::{
    Router,
    body::Body,
    http::{Request, header},
};
use common::{DEMO, PAGE, Server, TOKEN, choice};
use http_body_util::BodyExt;
use placet_server::http::{App, router};
use serde_json::{Map, Value, json};
use tower::ServiceExt;

/// How many requests each operation is sent.
const REQUESTS: usize = 150;

struct Described {
    router: Router,
    document: Value,
    chance: fastrand::Rng,
    /// Values that mean something here, for strings to be made of.
    known: Vec<String>,
}

impl Described {
    async fn of(server: &Server) -> Self {
        let contact = "mailto:security@example.com".parse().unwrap();
        let router =
            router(App::new(server.store.clone(), server.ledger.clone(), None).with_security_contact(Some(contact)));
        let document: Value = server.get("/openapi.json").send().await.unwrap().json().await.unwrap();
        let widget = server.widget().await;
        let mut good = choice(&widget, &["drift"]);
        let proof = server.keep(&good).await;
        good["versionKey"] = json!(widget.version_key);
        let mut known = vec![proof.to_string()];
        for word in ["43", "44", "pk_demo", "placet.js", "1", "en", "fr, nl", "", "\u{0}é/", "banner.css"] {
            known.push(word.to_owned());
        }
        collect(&good, &mut known);
        Self { router, document, chance: fastrand::Rng::with_seed(43), known }
    }

    fn operations(&self) -> Vec<(String, String, Value)> {
        let paths = self.document["paths"].as_object().unwrap();
        let of_path = |(path, methods): (&String, &Value)| {
            let methods = methods.as_object().unwrap().clone();
            methods.into_iter().map(|(method, operation)| (method, path.clone(), operation)).collect::<Vec<_>>()
        };
        paths.iter().flat_map(of_path).collect()
    }

    fn text(&mut self) -> String {
        let chance = &mut self.chance;
        match chance.u8(..4) {
            0 => (0..chance.usize(..12)).map(|_| chance.char(..)).collect(),
            _ => self.known[chance.usize(..self.known.len())].clone(),
        }
    }

    /// A value that a schema allows, or now and then one that it does not.
    fn value(&mut self, schema: &Value) -> Value {
        if self.chance.u8(..40) == 0 {
            return json!([null, 1.5, [self.text()]]);
        }
        if let Some(name) = schema["$ref"].as_str() {
            let schema = self.document.pointer(name.strip_prefix('#').unwrap()).unwrap().clone();
            return self.value(&schema);
        }
        if let Some(values) = schema["enum"].as_array() {
            return values[self.chance.usize(..values.len())].clone();
        }
        let kind = match &schema["type"] {
            Value::Array(kinds) => kinds[self.chance.usize(..kinds.len())].clone(),
            kind => kind.clone(),
        };
        match kind.as_str() {
            Some("object") => {
                let mut object = Map::new();
                for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
                    let required = schema["required"].as_array().is_some_and(|all| all.contains(&json!(name)));
                    if required || self.chance.u8(..10) > 0 {
                        object.insert(name.clone(), self.value(schema));
                    }
                }
                Value::Object(object)
            }
            Some("array") => (0..self.chance.usize(..4)).map(|_| self.value(&schema["items"])).collect(),
            Some("string") => json!(self.text()),
            Some("integer" | "number") => json!(self.chance.i64(-1..50)),
            Some("boolean") => json!(self.chance.bool()),
            _ => Value::Null,
        }
    }

    fn request(&mut self, method: &str, path: &str, operation: &Value) -> Request<Body> {
        let mut path = path.to_owned();
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let mut request = Request::builder().method(method.to_uppercase().as_str()).header(header::ORIGIN, PAGE);
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap();
            // What is right takes a request further.
            let right = match name {
                "id" | "widget" => "43",
                "key" => "pk_demo",
                "file" => "placet.js",
                "from" => "2020-01-01",
                "to" => "2199-12-31",
                "service" => "drift",
                "choice" => "granted",
                "limit" => "10",
                "format" => "json",
                _ => self.known[0].as_str(),
            };
            let value = if self.chance.u8(..8) > 0 { right.to_owned() } else { self.text() };
            match parameter["in"].as_str().unwrap() {
                "path" => {
                    let value: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
                    path = path.replace(&format!("{{{name}}}"), &value.replace('+', "%20"));
                }
                "query" if parameter["required"] == true || self.chance.bool() => {
                    query.append_pair(name, &value);
                }
                "header" if self.chance.u8(..4) == 0 => {
                    request = request.header(name, format!("key-{}", self.chance.u8(..)));
                }
                _ => {}
            }
        }
        if !operation["security"].is_null() && self.chance.u8(..4) > 0 {
            request = request.header(header::AUTHORIZATION, format!("Bearer {TOKEN}"));
        }
        let body = match operation["requestBody"]["content"].as_object().and_then(|content| content.iter().next()) {
            Some((media, content)) => {
                request = request.header(header::CONTENT_TYPE, media);
                Body::from(self.value(&content["schema"]).to_string())
            }
            None => Body::empty(),
        };
        request.uri(format!("{path}?{}", query.finish())).body(body).unwrap()
    }

    /// Sends a request, checks that the answer is one that was described, and answers its status.
    async fn ask(&self, request: Request<Body>, operation: &Value) -> String {
        let about = format!("{} {}", request.method(), request.uri());
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let status = answer.status().as_u16().to_string();
        let described = &operation["responses"][&status];
        // An empty part of a path leads elsewhere, which no operation describes.
        if status == "404" && described.is_null() {
            return status;
        }
        assert!(described.is_object(), "{about}: {status} is not described");
        let media = answer.headers().get(header::CONTENT_TYPE).map(|media| media.to_str().unwrap().to_owned());
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        let Some(content) = described["content"].as_object() else {
            assert!(body.is_empty(), "{about}: {status} was described as empty");
            return status;
        };
        let media = media.unwrap();
        let content = &content[media.split(';').next().unwrap()];
        if media.ends_with("json") {
            let mut schema = content["schema"].clone();
            schema["components"] = self.document["components"].clone();
            let said: Value = serde_json::from_slice(&body).unwrap();
            if let Err(error) = jsonschema::validate(&schema, &said) {
                panic!("{about}: {status}: {error} at {}\n{said}", error.instance_path());
            }
        }
        status
    }
}

/// Every text of a value.
fn collect(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Value::Object(fields) => fields.values().for_each(|field| collect(field, texts)),
        _ => {}
    }
}

#[tokio::test]
async fn whatever_is_asked_the_answer_is_one_that_was_described() {
    let server = Server::start().await;
    server.publish(&DEMO.replace("[cookie]", "hand-over = true\n\n[cookie]"), TOKEN).await;
    let mut described = Described::of(&server).await;
    let operations = described.operations();
    assert!(operations.len() >= 8);
    for (method, path, operation) in operations {
        let mut statuses = BTreeSet::new();
        for _ in 0..REQUESTS {
            let request = described.request(&method, &path, &operation);
            statuses.insert(described.ask(request, &operation).await);
        }
        // A server that was built without the SDK has none of its files; a body by chance is a decision only by chance.
        let reached = ["200", "204", "410"].iter().any(|status| statuses.contains(*status))
            || path.starts_with("/sdk/")
            || method == "post";
        assert!(reached, "{method} {path}: {statuses:?}");
        assert!(method != "post" || statuses.contains("422"), "{method} {path}: {statuses:?}");
    }
}

#[tokio::test]
async fn what_is_kept_is_answered_as_described() {
    let server = Server::start().await;
    let described = Described::of(&server).await;
    let widget = server.widget().await;
    let bare = json!({
        "sessionId": "0b93b823-ff36-4d61-8959-e9e8deee5ef8",
        "answer": "acceptAll",
        "lang": "fr",
        "versionKey": widget.version_key,
        "secure": true,
    });
    for (path, body) in [("consents", choice(&widget, &["drift"])), ("answers", bare)] {
        let operation = described.document["paths"][format!("/v1/widgets/{{id}}/{path}")]["post"].clone();
        let content = &operation["requestBody"]["content"]["application/json"];
        let mut schema = content["schema"].clone();
        schema["components"] = described.document["components"].clone();
        assert!(jsonschema::is_valid(&schema, &body), "{path}");
        let request = Request::post(format!("/v1/widgets/43/{path}?key=pk_demo"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))
            .unwrap();
        assert_eq!(described.ask(request, &operation).await, "201");
    }
}

#[tokio::test]
async fn the_page_says_it_all_without_any_script() {
    let server = Server::start().await;
    let document: Value = server.get("/openapi.json").send().await.unwrap().json().await.unwrap();
    let page = server.get("/openapi").send().await.unwrap();
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'; style-src 'self';"), "{policy}");
    let html = page.text().await.unwrap();
    for path in document["paths"].as_object().unwrap().keys() {
        assert!(html.contains(&format!(" {path}</h3>")), "{path}");
    }
    for schema in document["components"]["schemas"].as_object().unwrap().keys() {
        assert!(html.contains(&format!("<h3>{schema}</h3>")), "{schema}");
    }
    assert!(!html.contains("<script") && !html.contains("//"), "nothing of another host");
    let style = server.get("/openapi.css").send().await.unwrap();
    assert_eq!(style.headers()["content-type"], "text/css; charset=utf-8");
}
