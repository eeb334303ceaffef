//! The API's description as a page: HTML that says all that the document says, without any script.

use std::fmt::Write;

use serde_json::{Map, Value};
use utoipa::openapi::OpenApi;

/// How the page looks.
pub const STYLE: &str = include_str!("page.css");

/// Writes the page.
pub fn page(document: &OpenApi) -> String {
    let document = serde_json::to_value(document).unwrap_or_default();
    let mut page = Page(String::new());
    let (title, about) = (text(&document["info"]["title"]), text(&document["info"]["description"]));
    page.raw("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">");
    page.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
    page.element("title", &format!("{title}: the API"));
    page.raw("<link rel=\"stylesheet\" href=\"/openapi.css\"><main>");
    page.element("h1", title);
    page.element("p", about);
    page.raw("<p>For programs: <a href=\"/openapi.json\">openapi.json</a>.</p>");
    for tag in document["tags"].as_array().into_iter().flatten() {
        page.element("h2", text(&tag["name"]));
        page.element("p", text(&tag["description"]));
        for (path, methods) in entries(&document["paths"]) {
            for (method, operation) in entries(methods) {
                if operation["tags"].as_array().is_some_and(|tags| tags.contains(&tag["name"])) {
                    page.operation(method, path, operation);
                }
            }
        }
    }
    page.raw("<h2>Types</h2>");
    for (name, schema) in entries(&document["components"]["schemas"]) {
        page.schema(name, schema);
    }
    page.raw("</main></html>\n");
    page.0
}

struct Page(String);

impl Page {
    fn raw(&mut self, html: &str) {
        self.0.push_str(html);
    }

    /// Words, as words.
    fn words(&mut self, words: &str) {
        for letter in words.chars() {
            match letter {
                '<' => self.raw("&lt;"),
                '>' => self.raw("&gt;"),
                '&' => self.raw("&amp;"),
                '"' => self.raw("&quot;"),
                other => self.0.push(other),
            }
        }
    }

    fn element(&mut self, tag: &str, words: &str) {
        // Writing to a text cannot fail.
        let _ = write!(self.0, "<{tag}>");
        self.words(words);
        let _ = write!(self.0, "</{tag}>");
    }

    fn row(&mut self, cells: [&str; 3]) {
        self.raw("<tr>");
        self.element("th", cells[0]);
        self.element("td", cells[1]);
        self.element("td", cells[2]);
        self.raw("</tr>");
    }

    fn operation(&mut self, method: &str, path: &str, operation: &Value) {
        self.element("h3", &format!("{} {path}", method.to_uppercase()));
        self.element("p", text(&operation["summary"]));
        self.element("p", text(&operation["description"]));
        self.raw("<table>");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let required = if parameter["required"] == true { "" } else { ", may be left out" };
            let place = format!("{}{required}", text(&parameter["in"]));
            self.row([text(&parameter["name"]), &place, text(&parameter["description"])]);
        }
        for (media, content) in entries(&operation["requestBody"]["content"]) {
            self.row(["body", media, &kind(&content["schema"])]);
        }
        for (status, answer) in entries(&operation["responses"]) {
            let what = entries(&answer["content"]).map(|(_, content)| kind(&content["schema"])).collect::<Vec<_>>();
            self.row([status, &what.join(", "), text(&answer["description"])]);
        }
        self.raw("</table>");
    }

    fn schema(&mut self, name: &str, schema: &Value) {
        self.element("h3", name);
        self.element("p", text(&schema["description"]));
        self.raw("<table>");
        let required = |field: &str| {
            schema["required"].as_array().is_some_and(|required| required.iter().any(|name| name == field))
        };
        for (field, schema) in entries(&schema["properties"]) {
            let may = if required(field) { "" } else { ", may be left out" };
            self.row([field, &format!("{}{may}", kind(schema)), text(&schema["description"])]);
        }
        self.raw("</table>");
    }
}

/// What a schema allows, in a few words.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str() {
        return name.rsplit('/').next().unwrap_or_default().to_owned();
    }
    let any_of = schema["oneOf"].as_array().or(schema["allOf"].as_array());
    if let Some(some) = any_of {
        return some.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    match &schema["type"] {
        Value::String(kind) if kind == "array" => format!("list of {}", self::kind(&schema["items"])),
        Value::String(kind) => kind.clone(),
        Value::Array(kinds) => kinds.iter().map(text).collect::<Vec<_>>().join(" or "),
        _ => "anything".to_owned(),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter).map(|(name, value)| (name.as_str(), value))
}
