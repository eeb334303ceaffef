//! Names every fault of a widget's file, each with its place and how to mend it. A file with one fault is not applied
//! at all.
//!
//! The JSON Schema says what belongs where; what a schema cannot say is checked on the tree of what was written, which
//! takes it as it is, so that one fault never hides another. Both look at everything, and where both find fault with
//! one place the words of the second, which know more, are kept.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
};

use jsonschema::{ValidationError, error::ValidationErrorKind};
use placet_choice::{Kept, cookie};
use placet_protocol::{MAX_CHOICE_DAYS, Purpose};
use serde_json::Value as Json;
use url::{Host, Url};
use uuid::Uuid;

use crate::{
    language::Language,
    origin::{self, AllowedOrigin},
    texts::MissingWords,
    widget::{
        appearance::Appearance,
        content::Content,
        file::{self, WidgetFile},
        publish,
        tree::{self, Node, Place, Value},
    },
};

/// One fault of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub place: Place,
    /// The path to the value, as `services[2].purpose`; empty if the fault is the file's as a whole.
    pub path: String,
    /// What is wrong and how to mend it.
    pub message: String,
}

/// The faults of a file, in the order of their places. Shown one in a line, each as `file:line:column: path: message`,
/// which editors and terminals make into a link.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Faults {
    /// The file's name.
    pub file: String,
    /// At least one.
    pub faults: Vec<Fault>,
}

/// Who has which of the names that a file wants for itself.
#[derive(Clone, Debug, Default)]
pub struct Claims {
    /// The workspace that owns the widget of this number, if there is one.
    pub widget: Option<u32>,
    /// The workspace that uses a public key, for those that are in use.
    pub keys: HashMap<String, u32>,
}

/// The names that a file wants for itself, so that one can look up who has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The widget's number.
    pub widget: Option<u32>,
    /// The public keys.
    pub keys: Vec<String>,
}

/// A file that is TOML, whatever it says.
#[derive(Clone, Debug)]
pub struct Draft {
    name: String,
    text: String,
    root: Node,
}

impl Draft {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// [`Faults`] where it is no TOML.
    pub fn parse(name: &str, text: &str) -> Result<Self, Faults> {
        match tree::parse(text) {
            Ok(root) => Ok(Self { name: name.to_owned(), text: text.to_owned(), root }),
            Err(faults) => {
                let fault = |fault: tree::SyntaxFault| Fault {
                    place: Place::of(text, fault.at),
                    path: String::new(),
                    message: format!("this is not TOML: {}", fault.message.lines().collect::<Vec<_>>().join("; ")),
                };
                Err(Faults { file: name.to_owned(), faults: faults.into_iter().map(fault).collect() })
            }
        }
    }

    /// The names that the file wants for itself.
    pub fn wanted(&self) -> Wanted {
        Wanted {
            widget: self.root.get("id").and_then(Node::as_number),
            keys: self.root.list("keys").iter().filter_map(Node::as_text).map(str::to_owned).collect(),
        }
    }

    /// Checks everything, and looks up what the file leaves open.
    ///
    /// # Errors
    ///
    /// Every fault there is.
    pub fn check(&self, claims: &Claims) -> Result<Content, Faults> {
        let mut found = Found::default();
        check_names(&self.root, claims, &mut found);
        let languages = check_languages(&self.root, &mut found);
        check_origins(&self.root, &mut found);
        check_cookie(&self.root, &mut found);
        check_appearance(&self.root, &mut found);
        check_size(&self.root, &mut found);
        check_services(&self.root, &languages, &mut found);
        let json = self.root.to_json();
        check_structure(&self.root, &json, &mut found);
        if found.faults.is_empty() {
            match serde_path_to_error::deserialize::<_, WidgetFile>(&json) {
                Ok(file) => match publish::resolve(file) {
                    Ok(content) => return Ok(content),
                    Err(MissingWords(missing)) => missing_words(&self.root, &missing, &mut found),
                },
                // The schema lets through nothing that cannot be read, as far as anybody knows.
                Err(error) => found.add(&self.root, format!("`{}`: {}", error.path(), error.inner())),
            }
        }
        let place = |at| Place::of(&self.text, at);
        let mut faults: Vec<_> =
            found.faults.into_values().map(|(at, path, message)| Fault { place: place(at), path, message }).collect();
        faults.sort_by(|one, other| one.place.cmp(&other.place).then_with(|| one.path.cmp(&other.path)));
        Err(Faults { file: self.name.clone(), faults })
    }
}

/// The faults found so far: the first for each path, with where it is.
#[derive(Default)]
struct Found {
    faults: BTreeMap<String, (usize, String, String)>,
}

impl Found {
    fn add(&mut self, node: &Node, message: impl Into<String>) {
        self.add_at(node.span.start, &node.path, message);
    }

    fn add_at(&mut self, at: usize, path: &str, message: impl Into<String>) {
        self.faults.entry(path.to_owned()).or_insert_with(|| (at, path.to_owned(), message.into()));
    }
}

// ---- What a schema can say ------------------------------------------------------------------------------------------

fn check_structure(root: &Node, json: &Json, found: &mut Found) {
    let schema = file::schema().to_value();
    let validator = match jsonschema::draft7::new(&schema) {
        Ok(validator) => validator,
        Err(error) => return found.add(root, format!("Placet's own schema is wrong: {error}")),
    };
    for error in validator.iter_errors(json) {
        structure_fault(root, &schema, &error, found);
    }
}

fn structure_fault(root: &Node, schema: &Json, error: &ValidationError<'_>, found: &mut Found) {
    let node = root.at(error.instance_path().as_str()).unwrap_or(root);
    let within = |key: &str| if node.path.is_empty() { key.to_owned() } else { format!("{}.{key}", node.path) };
    // Of the schema's keyword that was not met, the schema that it stands in: there are the neighbours' names.
    let keyword = error.schema_path().as_str();
    let around = keyword.rsplit_once('/').and_then(|(around, _)| schema.pointer(around)).unwrap_or(schema);
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            let known: Vec<_> = around["properties"].as_object().into_iter().flat_map(|known| known.keys()).collect();
            for key in unexpected {
                let at = node.entries().iter().find(|entry| entry.key == *key);
                let at = at.map_or(node.span.start, |entry| entry.key_span.start);
                found.add_at(at, &within(key), format!("there is no such setting here; {}", instead(key, &known)));
            }
        }
        ValidationErrorKind::Required { property } => {
            let key = property.as_str().unwrap_or_default();
            let description = around["properties"][key]["description"].as_str().unwrap_or_default();
            let meaning = description.split("\n\n").next().unwrap_or_default();
            let (at, path) = (node.span.start, within(key));
            found.add_at(at, &path, format!("this is missing; add `{key} = …`. {meaning}"));
        }
        ValidationErrorKind::Type { .. } => {
            let expected = match around["type"].as_str() {
                Some("string") => "a text in quotation marks",
                Some("integer" | "number") => "a whole number",
                Some("boolean") => "`true` or `false`",
                Some("array") => "a list",
                Some("object") => "a table",
                _ => "something else",
            };
            found.add(node, format!("this must be {expected}"));
        }
        ValidationErrorKind::Enum { options } => {
            let options: Vec<_> = options.as_array().into_iter().flatten().filter_map(Json::as_str).collect();
            found.add(node, format!("this must be one of: {}", options.join(", ")));
        }
        ValidationErrorKind::AnyOf { .. } => {
            found.add(node, "this must be a text, or a table with a text for each language");
        }
        ValidationErrorKind::MinItems { limit } => {
            found.add(node, format!("this list is too short; it needs at least {limit}"));
        }
        ValidationErrorKind::MaxItems { limit } => {
            found.add(node, format!("this list is too long; it may have at most {limit}"));
        }
        ValidationErrorKind::Minimum { limit } => found.add(node, format!("this must be at least {limit}")),
        ValidationErrorKind::Maximum { limit } => found.add(node, format!("this must be at most {limit}")),
        ValidationErrorKind::MinLength { .. } => {
            found.add(node, "this must not be empty; write something or leave it out");
        }
        ValidationErrorKind::MaxLength { limit } => {
            found.add(node, format!("this is too long; it may have at most {limit} characters"));
        }
        ValidationErrorKind::Format { format } if format == "uuid" => {
            found.add(node, "this must be a UUID, as `1c3baa61-0d05-44e4-da3d-08d7eeadee05`");
        }
        _ => found.add(node, error.to_string()),
    }
}

/// What may have been meant by a key that does not exist.
fn instead(key: &str, known: &[&String]) -> String {
    let nearest = known
        .iter()
        .map(|known| (strsim::jaro_winkler(key, known), known))
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .filter(|(likeness, _)| *likeness > 0.8);
    if let Some((_, nearest)) = nearest {
        format!("did you mean `{nearest}`?")
    } else {
        let known: Vec<_> = known.iter().map(|known| format!("`{known}`")).collect();
        format!("there are {}", known.join(", "))
    }
}

// ---- What it cannot say ---------------------------------------------------------------------------------------------

fn check_names(root: &Node, claims: &Claims, found: &mut Found) {
    let workspace = root.get("workspace").and_then(Node::as_number);
    if let (Some(node), Some(owner)) = (root.get("id"), claims.widget)
        && workspace.is_some_and(|workspace| workspace != owner)
    {
        found.add(node, format!("widget {} belongs to workspace {owner}; choose another number", node.to_json()));
    }
    let mut seen = HashMap::new();
    for node in root.list("keys") {
        let Some(key) = node.as_text() else { continue };
        if let Some(first) = seen.insert(key, &node.path) {
            found.add(node, format!("this key is in `{first}` already; list it once"));
        } else if !is_public_key(key) {
            found.add(node, "a public key is `pk_` and 3 to 64 letters, digits, `-` or `_`, as `pk_shop_2026`");
        } else if let Some(owner) = claims.keys.get(key)
            && workspace.is_some_and(|workspace| workspace != *owner)
        {
            found.add(node, format!("workspace {owner} uses this key already; choose another one"));
        }
    }
}

fn is_public_key(key: &str) -> bool {
    key.strip_prefix("pk_").is_some_and(|rest| {
        (3..=64).contains(&rest.len())
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    })
}

/// Checks every place where languages are named, and answers the widget's languages.
fn check_languages(root: &Node, found: &mut Found) -> Vec<Language> {
    let mut languages = Vec::new();
    for node in root.list("languages") {
        let Some(tag) = node.as_text() else { continue };
        match read_language(tag) {
            Err(fault) => found.add(node, fault),
            Ok(language) if languages.contains(&language) => found.add(node, "this language is listed twice"),
            Ok(language) => languages.push(language),
        }
    }
    if let Some(policy) = root.get("policy-url") {
        match &policy.value {
            Value::Table(_) => {
                check_tags(policy, &languages, found);
                every_language(policy, &languages, "its policy", found);
                for entry in policy.entries() {
                    check_address(&entry.node, found);
                }
            }
            _ => check_address(policy, found),
        }
    }
    for place in root.get("texts").into_iter().chain(root.get("purposes").into_iter().flat_map(nodes)) {
        check_tags(place, &languages, found);
    }
    languages
}

fn nodes(table: &Node) -> impl Iterator<Item = &Node> {
    table.entries().iter().map(|entry| &entry.node)
}

fn read_language(tag: &str) -> Result<Language, String> {
    let language: Language = tag.parse().map_err(|error| format!("{error}"))?;
    let usual = language.to_string();
    if usual == tag { Ok(language) } else { Err(format!("write this language as `{usual}`")) }
}

/// Checks the keys of a table that has something for each language.
fn check_tags(table: &Node, languages: &[Language], found: &mut Found) {
    for entry in table.entries() {
        let (at, path) = (entry.key_span.start, &entry.node.path);
        match read_language(&entry.key) {
            Err(fault) => found.add_at(at, path, fault),
            Ok(language) if !languages.is_empty() && !languages.contains(&language) => found.add_at(
                at,
                path,
                format!("the widget does not speak `{language}`; add it to `languages` or take this away"),
            ),
            Ok(_) => {}
        }
    }
}

fn every_language(table: &Node, languages: &[Language], what: &str, found: &mut Found) {
    for language in languages {
        if table.get(&language.to_string()).is_none() {
            let path = format!("{}.{language}", table.path);
            found.add_at(table.span.start, &path, format!("this is missing; write {what} in `{language}` too"));
        }
    }
}

fn missing_words(root: &Node, missing: &[String], found: &mut Found) {
    let spoken = root.get("languages").unwrap_or(root);
    for path in missing {
        let message = "Placet does not speak this language by itself; write this text, or take the language away";
        found.add_at(spoken.span.start, path, message);
    }
}

fn check_origins(root: &Node, found: &mut Found) {
    let mut seen: Vec<(AllowedOrigin, &str)> = Vec::new();
    for node in root.list("origins") {
        let Some(text) = node.as_text() else { continue };
        match text.parse::<AllowedOrigin>() {
            Err(fault) => found.add(node, fault.to_string()),
            Ok(origin) => match seen.iter().find(|(known, _)| *known == origin) {
                Some((_, first)) => found.add(node, format!("this origin is in `{first}` already; list it once")),
                None => seen.push((origin, &node.path)),
            },
        }
    }
}

/// Checks what can be seen where, if it can be read at all; the schema names what cannot.
fn check_appearance(root: &Node, found: &mut Found) {
    let Some(node) = root.get("appearance") else { return };
    let Ok(appearance) = serde_json::from_value::<Appearance>(node.to_json()) else { return };
    if let Some(position) = node.get("position").filter(|_| !appearance.has_place()) {
        found.add(
            position,
            "only a box stands anywhere; a bar is at the `top` or `bottom`, the others have their place",
        );
    }
    for alike in appearance.too_alike() {
        let own = node.get(alike.theme);
        let place = own.and_then(|own| own.get(alike.name).or_else(|| own.get(alike.on))).unwrap_or(node);
        found.add(place, alike.to_string());
    }
}

fn check_cookie(root: &Node, found: &mut Found) {
    let Some(cookie) = root.get("cookie") else { return };
    let name = cookie.text("name");
    if let Some((name, node)) = name
        && !is_cookie_name(name)
    {
        found.add(
            node,
            "a cookie's name has letters, digits and !#$%&'*+-.^_`|~ only, no spaces (RFC 6265, 4.1.1), as `euconsent`",
        );
    }
    if let Some(node) = cookie.get("days")
        && let Value::Plain(Json::Number(days)) = &node.value
        && days.as_i64().is_some_and(|days| !(1..=i64::from(MAX_CHOICE_DAYS)).contains(&days))
    {
        found.add(
            node,
            format!(
                "a choice stands for 1 to {MAX_CHOICE_DAYS} days; then the visitor must be asked again (CNIL \
                 recommendation of 17 September 2020: six months)"
            ),
        );
    }
    if let Some((domain, node)) = cookie.text("domain") {
        if !is_domain(domain) || !domain.contains('.') {
            found.add(node, "a domain is written without scheme, port, path and leading dot, as `example.com`");
        } else if name.is_some_and(|(name, _)| name.starts_with("__Host-")) {
            found.add(node, "a cookie whose name starts with `__Host-` cannot have a domain; drop one of the two");
        }
    }
}

/// Whether a text is a token (RFC 9110, 5.6.2), which is what a cookie's name is (RFC 6265, 4.1.1).
fn is_cookie_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

fn is_domain(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'));
    plain && !text.split('.').any(str::is_empty) && Host::parse(text).is_ok_and(|host| matches!(host, Host::Domain(_)))
}

/// Checks an address that a visitor may follow.
fn check_address(node: &Node, found: &mut Found) {
    let Some(text) = node.as_text() else { return };
    let safe = Url::parse(text).is_ok_and(|url| match url.scheme() {
        "https" => url.has_host(),
        "http" => url.host().is_some_and(|host| origin::is_loopback(&host)),
        _ => false,
    });
    if !safe {
        found
            .add(node, "this must be a whole address that starts with `https://` (`http://` for a loopback host only)");
    }
}

fn check_services(root: &Node, languages: &[Language], found: &mut Found) {
    let mut slugs = HashMap::new();
    let mut ids = HashMap::new();
    for service in root.list("services") {
        if let Some((slug, node)) = service.text("slug") {
            if !is_slug(slug) {
                found.add(
                    node,
                    "a slug starts with a lower-case letter or a digit, has lower-case letters, digits, `-` and `_` \
                     only, and at most 40 of them, as `google-ads`",
                );
            }
            if let Some(first) = slugs.insert(slug, &service.path) {
                found.add(node, format!("`{first}` has this slug already; every service needs its own"));
            }
        }
        if let Some((text, node)) = service.text("id") {
            match Uuid::parse_str(text) {
                Err(_) => found.add(node, "this must be a UUID, as `1c3baa61-0d05-44e4-da3d-08d7eeadee05`"),
                Ok(id) => {
                    if let Some(first) = ids.insert(id, &service.path) {
                        found.add(node, format!("`{first}` has this id already; every service needs its own"));
                    }
                }
            }
        }
        let necessary = service.text("purpose").is_some_and(|(label, _)| label == Purpose::Necessary.label());
        if let Some(node) = service.get("default")
            && necessary
            && node.as_truth() == Some(false)
        {
            found.add(
                node,
                "a necessary service is always on; take this away, or give the service another purpose if visitors \
                 may refuse it",
            );
        }
        if let Some(description) = service.get("description")
            && matches!(description.value, Value::Table(_))
        {
            check_tags(description, languages, found);
            every_language(description, languages, "what the service does", found);
            for text in nodes(description) {
                match text.as_text().map(|text| text.trim().chars().count()) {
                    Some(0) => found.add(text, "this must not be empty; say what the service does on this site"),
                    Some(2001..) => found.add(text, "this is too long; it may have at most 2000 characters"),
                    _ => {}
                }
            }
        }
        for key in ["privacy-policy", "logo"] {
            service.get(key).into_iter().for_each(|node| check_address(node, found));
        }
        for cookie in service.list("cookies") {
            if let Some((name, node)) = cookie.text("name") {
                let exact = name.strip_suffix('*').unwrap_or(name);
                if !is_cookie_name(exact) || exact.contains('*') {
                    found.add(node, "this is no cookie's name; write the exact name, or its start and `*`, as `_ga*`");
                }
            }
        }
        for node in service.list("domains") {
            if let Some(domain) = node.as_text()
                && !is_domain(domain.strip_prefix("*.").unwrap_or(domain))
            {
                found.add(node, "write the host without scheme, port and path, as `js.driftt.com` or `*.example.com`");
            }
        }
    }
}

/// A choice that does not fit a cookie would be forgotten on the next page.
fn check_size(root: &Node, found: &mut Found) {
    let services = root.list("services");
    let name = root.get("cookie").and_then(|cookie| cookie.text("name")).map_or("euconsent", |(name, _)| name);
    // The longest that it gets: everything refused, under a signal of the browser.
    let longest = Kept {
        answers: services.iter().filter_map(|s| s.text("slug")).map(|(slug, _)| (slug.to_owned(), false)).collect(),
        ask_key: Uuid::nil().to_string(),
        decided_at: u64::from(u32::MAX),
        signalled: true,
    };
    let value = longest.encode(name);
    if !cookie::fits(name, &value)
        && let Some(node) = root.get("services")
    {
        let (many, size) = (services.len(), name.len() + 1 + value.len());
        found.add(
            node,
            format!(
                "the choice on these {many} services takes a cookie of {size} bytes, and browsers keep {}; \
                 shorten the slugs, or describe services that belong together as one",
                cookie::LONGEST
            ),
        );
    }
}

fn is_slug(slug: &str) -> bool {
    (1..=40).contains(&slug.len())
        && !slug.starts_with(['-', '_'])
        && slug.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_'))
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Fault { place, path, message }) in self.faults.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{}:{place}: ", self.file)?;
            if !path.is_empty() {
                write!(f, "{path}: ")?;
            }
            f.write_str(message)?;
        }
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A small widget without fault.
    pub(crate) const GOOD: &str = r#"id = 1
workspace = 7
name = "Test"
keys = ["pk_test"]
origins = ["https://shop.example.com"]
languages = ["en", "fr"]

[[services]]
slug = "session"
name = "Session"
purpose = "Necessary"
id = "0d7f9d1c-8f0e-4d1b-9d4e-1f2a3b4c5d01"
description = { en = "Keeps the basket.", fr = "Garde le panier." }

[[services]]
slug = "analytics"
name = "Analytics"
purpose = "Analytical"
id = "0d7f9d1c-8f0e-4d1b-9d4e-1f2a3b4c5d02"
description = { en = "Counts.", fr = "Compte." }
cookies = [{ name = "_ga*", days = 730 }]
domains = ["*.google-analytics.com"]
consent-mode = ["analytics_storage"]
"#;

    fn check(text: &str, claims: &Claims) -> Result<Content, Faults> {
        Draft::parse("widget.toml", text)?.check(claims)
    }

    /// The faults of [`GOOD`] with one line replaced, as they are shown.
    fn faults(line: &str, replacement: &str) -> Vec<String> {
        assert!(GOOD.contains(line), "{line}");
        shown(&GOOD.replacen(line, replacement, 1))
    }

    fn shown(text: &str) -> Vec<String> {
        check(text, &Claims::default()).unwrap_err().to_string().lines().map(str::to_owned).collect()
    }

    #[track_caller]
    fn one_fault(line: &str, replacement: &str, place: &str, words: &str) {
        let faults = faults(line, replacement);
        assert_eq!(faults.len(), 1, "{faults:#?}");
        assert!(faults[0].starts_with(&format!("widget.toml:{place}: ")), "{faults:#?} at {place}");
        assert!(faults[0].contains(words), "{faults:#?} with {words}");
    }

    #[test]
    fn colours_that_cannot_be_read_are_named_where_they_stand() {
        let appearance = "[appearance.light]\naccent = \"#0af\"\nmuted = \"#999\"\n\n[[services]]";
        let faults = faults("[[services]]", appearance);
        assert_eq!(faults.len(), 2, "{faults:?}");
        assert!(faults[0].starts_with("widget.toml:9:10: appearance.light.accent: on a light page `accent` (#0af)"));
        assert!(faults[1].contains("appearance.light.muted") && faults[1].contains("2.8 to 1"), "{faults:?}");
    }

    #[test]
    fn a_place_that_the_layout_does_not_have_is_named() {
        let appearance = "[appearance]\nlayout = \"cloud\"\nposition = \"top\"\n\n[[services]]";
        one_fault("[[services]]", appearance, "10:12: appearance.position", "a bar is at the `top` or `bottom`");
    }

    #[test]
    fn a_widget_without_fault_passes() {
        let content = check(GOOD, &Claims::default()).unwrap();
        assert_eq!(content.services.len(), 2);
        assert_eq!(content.editions.len(), 2);
        assert!(content.services.head.default_consent);
    }

    #[test]
    fn what_is_no_toml_is_named_with_its_place() {
        one_fault("workspace = 7", "workspace = ", "2:13", "not TOML");
    }

    #[test]
    fn each_fault_says_how_to_mend_it() {
        one_fault("languages", "langauges = []\nlanguages", "6:1: langauges", "did you mean `languages`?");
        one_fault("id = 1\n", "", "1:1: id", "add `id = …`");
        one_fault("id = 1\n", "id = 0\n", "1:6: id", "at least 1");
        one_fault("workspace = 7", "workspace = \"seven\"", "2:13: workspace", "a whole number");
        one_fault("[\"pk_test\"]", "[]", "4:8: keys", "at least 1");
        one_fault("[\"pk_test\"]", "[\"pk_one\", \"pk_two\", \"pk_three\"]", "4:8: keys", "at most 2");
        one_fault("[\"pk_test\"]", "[\"pk_one\", \"pk_one\"]", "4:19: keys[1]", "`keys[0]`");
        one_fault("pk_test", "test", "4:9: keys[0]", "`pk_`");
        one_fault(
            "\"https://shop.example.com\"",
            "\"shop.example.com\"",
            "5:12: origins[0]",
            "`https://shop.example.com`",
        );
        one_fault("shop.example.com\"", "shop.example.com/fr\"", "5:12: origins[0]", "no path");
        one_fault("shop.example.com\"", "shop.example.com:*\"", "5:12: origins[0]", "somebody else's site");
        one_fault("[\"en\", \"fr\"]", "[\"en\", \"fr\", \"FR\"]", "6:26: languages[2]", "`fr`");
        one_fault("purpose = \"Analytical\"", "purpose = \"Stats\"", "18:11: services[1].purpose", "one of: Necessary");
        one_fault("slug = \"analytics\"", "slug = \"session\"", "16:8: services[1].slug", "`services[0]`");
        one_fault("slug = \"analytics\"", "slug = \"Analytics\"", "16:8: services[1].slug", "lower-case");
        one_fault("5d02", "5d01", "19:6: services[1].id", "`services[0]`");
        one_fault("5d02", "", "19:6: services[1].id", "UUID");
        one_fault("en = \"Counts.\", ", "", "20:15: services[1].description.en", "`en` too");
        one_fault("\"Counts.\"", "\" \"", "20:22: services[1].description.en", "must not be empty");
        one_fault("_ga*", "_*ga", "21:21: services[1].cookies[0].name", "`_ga*`");
        one_fault("*.google", "https://google", "22:12: services[1].domains[0]", "without scheme");
        one_fault("analytics_storage", "analytics", "23:17: services[1].consent-mode[0]", "ad_storage");
        one_fault("languages", "policy-url = \"/cookies\"\nlanguages", "6:14: policy-url", "https://");
        one_fault(
            "languages",
            "policy-url = { en = \"https://a.test\" }\nlanguages",
            "6:14: policy-url.fr",
            "`fr` too",
        );
    }

    #[test]
    fn the_cookie_is_checked() {
        let cookie = |settings: &str| faults("[[services]]", &format!("[cookie]\n{settings}\n[[services]]"));
        assert!(cookie("name = \"eu consent\"")[0].contains("widget.toml:9:8: cookie.name: "));
        assert!(cookie("days = 181")[0].contains("CNIL"));
        assert!(cookie("days = 0")[0].contains("1 to 180"));
        assert!(cookie("domain = \".example.com\"")[0].contains("leading dot"));
        assert!(cookie("domain = \"https://example.com\"")[0].contains("without scheme"));
        assert!(cookie("name = \"__Host-c\"\ndomain = \"example.com\"")[0].contains("__Host-"));
    }

    #[test]
    fn a_choice_has_to_fit_a_cookie() {
        let service = |number: u128| {
            let id = Uuid::from_u128(number);
            format!(
                "[[services]]\nslug = \"service-{number}\"\nname = \"S\"\npurpose = \"Other\"\nid = \"{id}\"\n\
                 description = {{ en = \"S\", fr = \"S\" }}\n"
            )
        };
        let (head, _) = GOOD.split_once("[[services]]").unwrap();
        let widget = |many: u128| head.to_owned() + &(1..=many).map(service).collect::<String>();
        assert!(check(&widget(200), &Claims::default()).is_ok());
        assert!(shown(&widget(220))[0].contains("browsers keep 4096"), "{:#?}", shown(&widget(220)));
    }

    #[test]
    fn a_necessary_service_cannot_be_off() {
        let faults = faults("purpose = \"Necessary\"", "purpose = \"Necessary\"\ndefault = false");
        assert!(faults[0].contains("12:11: services[0].default: "), "{faults:#?}");
    }

    #[test]
    fn a_language_that_placet_does_not_speak_needs_its_texts() {
        let text = GOOD
            .replace("[\"en\", \"fr\"]", "[\"en\", \"fr\", \"eo\"]")
            .replace("en = \"Keeps", "eo = \"Merkt.\", en = \"Keeps")
            .replace("en = \"Counts", "eo = \"Misst.\", en = \"Counts");
        let faults = shown(&text);
        assert!(faults.iter().any(|fault| fault.contains("6:13: texts.eo.accept-all: ")), "{faults:#?}");
        assert!(faults.iter().any(|fault| fault.contains("purposes.Marketing.eo.text: ")), "{faults:#?}");
    }

    #[test]
    fn names_of_other_workspaces_are_taken() {
        let keys = HashMap::from([("pk_test".to_owned(), 8)]);
        let faults = check(GOOD, &Claims { widget: Some(9), keys }).unwrap_err().faults;
        let paths: Vec<_> = faults.iter().map(|fault| fault.path.as_str()).collect();
        assert_eq!(paths, ["id", "keys[0]"]);
        let keys = HashMap::from([("pk_test".to_owned(), 7)]);
        assert!(check(GOOD, &Claims { widget: Some(7), keys }).is_ok());
    }

    #[test]
    fn no_fault_hides_another() {
        let text = GOOD
            .replace("workspace = 7", "workspace = true\nlangauges = 1")
            .replace("\"https://shop.example.com\"", "\"shop\", 5")
            .replace("slug = \"analytics\"", "slug = \"session\"")
            .replace("\"Analytical\"", "\"Stats\"");
        let paths: Vec<_> =
            check(&text, &Claims::default()).unwrap_err().faults.into_iter().map(|fault| fault.path).collect();
        assert_eq!(
            paths,
            ["workspace", "langauges", "origins[0]", "origins[1]", "services[1].slug", "services[1].purpose"]
        );
    }

    proptest! {
        #[test]
        fn a_line_gone_wrong_never_panics(line in 0_usize..23, other in ".{0,30}") {
            let mut lines: Vec<_> = GOOD.lines().collect();
            lines[line] = &other;
            let _ = check(&lines.join("\n"), &Claims::default());
        }
    }
}
