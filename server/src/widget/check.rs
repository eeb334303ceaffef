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
use placet_protocol::{MAX_CHOICE_DAYS, Purpose, names};
use serde_json::Value as Json;
use url::{Host, Url};
use uuid::Uuid;

use crate::{
    language::{Language, MAX_LENGTH},
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

/// The most bytes that a file may have.
const MAX_FILE_SIZE: usize = 1024 * 1024;
/// The most characters that any text in it may have; many may have fewer.
const MAX_TEXT_LENGTH: usize = 2000;
/// The most characters of a host's name (RFC 1035, 2.3.4).
const MAX_HOST_LENGTH: usize = 253;
/// The most characters of an origin: `https://`, a host, `:` and a port.
const MAX_ORIGIN_LENGTH: usize = 8 + MAX_HOST_LENGTH + 6;

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
    /// [`Faults`] where it is no TOML, or if it is too large.
    pub fn parse(name: &str, text: &str) -> Result<Self, Faults> {
        if text.len() > MAX_FILE_SIZE {
            let message = format!("this file has {} bytes; it may have at most {MAX_FILE_SIZE}", text.len());
            let fault = Fault { place: Place::of(text, 0), path: String::new(), message };
            return Err(Faults { file: name.to_owned(), faults: vec![fault] });
        }
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
        let origins = check_origins(&self.root, &mut found);
        check_cookie(&self.root, &origins, &mut found);
        check_appearance(&self.root, &mut found);
        check_size(&self.root, &mut found);
        check_services(&self.root, &languages, &mut found);
        check_texts(&self.root, &mut found);
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

/// Whether a text has the form of a public key.
pub fn is_public_key(key: &str) -> bool {
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

/// Checks every text: how long it is, and that it has nothing in it that a terminal, a log or a table would take for
/// something else than text.
fn check_texts(node: &Node, found: &mut Found) {
    match &node.value {
        Value::Text(text) => {
            if text.chars().count() > MAX_TEXT_LENGTH {
                found.add(node, format!("this is too long; it may have at most {MAX_TEXT_LENGTH} characters"));
            } else if let Some(control) = text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
                let code = u32::from(control);
                found.add(node, format!("this has a control character (U+{code:04X}) in it; take it out"));
            }
        }
        Value::Plain(_) => {}
        Value::List(items) => items.iter().for_each(|item| check_texts(item, found)),
        Value::Table(_) => nodes(node).for_each(|node| check_texts(node, found)),
    }
}

fn nodes(table: &Node) -> impl Iterator<Item = &Node> {
    table.entries().iter().map(|entry| &entry.node)
}

fn read_language(tag: &str) -> Result<Language, String> {
    if tag.len() > MAX_LENGTH {
        return Err(format!("a language tag has at most {MAX_LENGTH} characters; write it as `fr` or `fr-CA`"));
    }
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

/// Checks the origins, and answers those that can be read.
fn check_origins(root: &Node, found: &mut Found) -> Vec<AllowedOrigin> {
    let mut seen: Vec<(AllowedOrigin, &str)> = Vec::new();
    for node in root.list("origins") {
        let Some(text) = node.as_text() else { continue };
        if text.len() > MAX_ORIGIN_LENGTH {
            found.add(node, format!("an origin has at most {MAX_ORIGIN_LENGTH} characters"));
            continue;
        }
        match text.parse::<AllowedOrigin>() {
            Err(fault) => found.add(node, fault.to_string()),
            Ok(origin) => match seen.iter().find(|(known, _)| *known == origin) {
                Some((_, first)) => found.add(node, format!("this origin is in `{first}` already; list it once")),
                None => seen.push((origin, &node.path)),
            },
        }
    }
    seen.into_iter().map(|(origin, _)| origin).collect()
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

fn check_cookie(root: &Node, origins: &[AllowedOrigin], found: &mut Found) {
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
    if let Some((name, node)) = name {
        check_prefix(name, node, origins, found);
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
        if name.is_some_and(|(name, _)| has_prefix(name, "__Host-")) {
            found.add(node, "a cookie whose name starts with `__Host-` cannot have a domain; drop one of the two");
        } else if let Err(fault) = check_domain(domain, origins) {
            found.add(node, fault);
        }
    }
}

/// Checks a name whose prefix asks something of the cookie (RFC 6265bis, 4.1.3, "Cookie Name Prefixes").
fn check_prefix(name: &str, node: &Node, origins: &[AllowedOrigin], found: &mut Found) {
    if let Some(prefix) = ["__Http-", "__Host-Http-"].into_iter().find(|prefix| has_prefix(name, prefix)) {
        found.add(node, format!("no script can set a cookie whose name starts with `{prefix}`; choose another name"));
    } else if let Some(prefix) = ["__Secure-", "__Host-"].into_iter().find(|prefix| has_prefix(name, prefix))
        && let Some(origin) = origins.iter().find(|origin| !origin.is_https())
    {
        found.add(
            node,
            format!(
                "browsers keep a cookie whose name starts with `{prefix}` on https pages only, and `{origin}` is \
                 allowed; choose another name, or take the http origins away"
            ),
        );
    }
}

/// Browsers take no notice of case in these prefixes.
fn has_prefix(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// Checks the domain of a cookie (RFC 6265, 5.3, steps 5 and 6): browsers keep none for a public suffix, nor for a domain
/// that the page's host is not part of.
fn check_domain(domain: &str, origins: &[AllowedOrigin]) -> Result<(), String> {
    if let Ok(Host::Domain(ascii)) = Host::parse(domain)
        && !domain.is_ascii()
    {
        return Err(format!("write this domain as browsers do: `{ascii}`"));
    }
    if !is_domain(domain) || !domain.contains('.') {
        return Err(String::from(
            "a domain is written without scheme, port, path, trailing and leading dot, as `example.com`",
        ));
    }
    let domain = domain.to_ascii_lowercase();
    if psl::suffix_str(&domain) == Some(&domain) {
        return Err(format!(
            "`{domain}` is a public suffix (https://publicsuffix.org), under which sites of others are, and browsers keep \
             no cookie for it; write your own domain, as `shop.{domain}`"
        ));
    }
    if !origins.is_empty() && !origins.iter().any(|origin| origin.is_within(&domain)) {
        let origins: Vec<_> = origins.iter().map(|origin| format!("`{origin}`")).collect();
        return Err(format!(
            "browsers keep no cookie for `{domain}` on pages of {}; write a domain that your origins are part of, or \
             take this away",
            origins.join(", ")
        ));
    }
    Ok(())
}

/// Whether a text is a token (RFC 9110, 5.6.2), which is what a cookie's name is (RFC 6265, 4.1.1).
fn is_cookie_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

fn is_domain(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'));
    let is_short = text.len() <= MAX_HOST_LENGTH && text.split('.').all(|label| label.len() <= 63);
    plain
        && is_short
        && !text.split('.').any(str::is_empty)
        && Host::parse(text).is_ok_and(|host| matches!(host, Host::Domain(_)))
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
    let choice = root.get("cookie").and_then(|cookie| cookie.text("name")).map_or("euconsent", |(name, _)| name);
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
                if !is_cookie_name(name) || is_any(name) {
                    found.add(
                        node,
                        "this is no cookie's name; write it with `*` for what varies in it, as `_ga*` or `mp_*_mixpanel`",
                    );
                } else if !necessary && fits_pattern(name, choice) {
                    found.add(node, format!("`{choice}` keeps the visitor's choice, which no service may take away"));
                }
            }
        }
        for kept in service.list("storage") {
            let Some((key, node)) = kept.text("key") else { continue };
            // What is necessary is never taken back, and visitors may be told that Placet keeps it.
            let own = OWN_KEYS.into_iter().find(|own| !necessary && fits_pattern(key, own));
            if is_any(key) {
                found.add(
                    node,
                    "this is everything there is; write the key with `*` for what varies in it, as `amplitude_*`",
                );
            } else if let Some(own) = own {
                found.add(node, format!("`{own}` is Placet's own, which no service may take away"));
            } else if !necessary && key.starts_with("placet-") {
                found.add(node, "keys that start with `placet-` are Placet's own, which no service may take away");
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

/// What Placet keeps itself beside the cookie.
const OWN_KEYS: [&str; 4] = [names::RECEIPT, names::CONFIG, names::OUTBOX, names::SESSION];

/// Whether a pattern is for every name.
fn is_any(pattern: &str) -> bool {
    !pattern.is_empty() && pattern.bytes().all(|byte| byte == b'*')
}

/// Whether a name is one of a pattern's, in which `*` stands for any characters (`www/withdrawal/pattern.ts`).
fn fits_pattern(pattern: &str, name: &str) -> bool {
    let mut parts: Vec<_> = pattern.split('*').collect();
    let (Some(end), start) = (parts.pop(), parts.first()) else { return false };
    let Some(start) = start else { return name == end };
    let Some(mut rest) = name.strip_prefix(start) else { return false };
    for part in parts.iter().skip(1) {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(end)
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

/// Whether a text has the form of a service's short name.
pub fn is_slug(slug: &str) -> bool {
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

    /// [`GOOD`] with this cookie, on pages of these origins.
    fn with_cookie(cookie: &str, origins: &str) -> String {
        GOOD.replacen("\"https://shop.example.com\"", origins, 1).replacen(
            "[[services]]",
            &format!("[cookie]\n{cookie}\n\n[[services]]"),
            1,
        )
    }

    #[test]
    fn a_cookie_that_no_browser_would_keep_is_no_cookie() {
        for (cookie, origins, words) in [
            ("domain = \"co.uk\"", "\"https://shop.co.uk\"", "`co.uk` is a public suffix"),
            ("domain = \"CO.UK\"", "\"https://shop.co.uk\"", "write your own domain, as `shop.co.uk`"),
            ("domain = \"github.io\"", "\"https://shop.github.io\"", "`github.io` is a public suffix"),
            ("domain = \"foo.kawasaki.jp\"", "\"https://a.foo.kawasaki.jp\"", "is a public suffix"),
            ("domain = \"xn--p1ai\"", "\"https://shop.xn--p1ai\"", "without scheme"),
            ("domain = \"bücher.example\"", "\"https://xn--bcher-kva.example\"", "`xn--bcher-kva.example`"),
            ("domain = \"example.com.\"", "\"https://shop.example.com\"", "trailing and leading dot"),
            ("domain = \".example.com\"", "\"https://shop.example.com\"", "trailing and leading dot"),
            ("domain = \"example.com:443\"", "\"https://shop.example.com\"", "port"),
            ("domain = \"127.0.0.1\"", "\"http://127.0.0.1:8787\"", "as `example.com`"),
            ("domain = \"example.org\"", "\"https://shop.example.com\"", "on pages of `https://shop.example.com`"),
            ("domain = \"hop.example.com\"", "\"https://shop.example.com\"", "that your origins are part of"),
            ("domain = \"a.shop.example.com\"", "\"https://shop.example.com\"", "that your origins are part of"),
            ("name = \"__Secure-consent\"", "\"https://a.test\", \"http://localhost:*\"", "`http://localhost:*` is"),
            ("name = \"__host-consent\"", "\"http://127.0.0.1:8787\"", "https pages only"),
            ("name = \"__Host-consent\"\ndomain = \"a.test\"", "\"https://a.test\"", "cannot have a domain"),
            ("name = \"__Host-Http-consent\"", "\"https://a.test\"", "no script can set"),
        ] {
            let faults = shown(&with_cookie(cookie, origins));
            assert_eq!(faults.len(), 1, "{cookie}: {faults:#?}");
            assert!(faults[0].contains(words), "{faults:#?} with {words}");
        }
        for (cookie, origins) in [
            ("domain = \"example.com\"", "\"https://shop.example.com\", \"http://localhost:*\""),
            ("domain = \"Example.com\"", "\"https://EXAMPLE.com\""),
            ("domain = \"shop.github.io\"", "\"https://shop.github.io\""),
            ("domain = \"city.kawasaki.jp\"", "\"https://www.city.kawasaki.jp\""),
            ("domain = \"xn--bcher-kva.example\"", "\"https://bücher.example\""),
            ("domain = \"shop.internal\"", "\"https://www.shop.internal\""),
            ("name = \"__Secure-consent\"\ndomain = \"a.test\"", "\"https://a.test\""),
            ("name = \"__Host-consent\"", "\"https://a.test\""),
        ] {
            let text = with_cookie(cookie, origins);
            assert!(check(&text, &Claims::default()).is_ok(), "{cookie}: {:#?}", shown(&text));
        }
    }

    #[test]
    fn a_service_declares_what_it_keeps_by_patterns() {
        let kept = |cookies: &str, storage: &str| {
            let own = format!("cookies = [{{ name = \"{cookies}\", days = 1 }}]\nstorage = [{storage}]");
            GOOD.replacen("cookies = [{ name = \"_ga*\", days = 730 }]", &own, 1)
        };
        for (cookie, storage, words) in [
            ("*", "", "cookies[0].name: this is no cookie's name"),
            ("eu*", "", "`euconsent` keeps the visitor's choice"),
            ("*cons*", "", "`euconsent` keeps the visitor's choice"),
            ("euconsent", "", "`euconsent` keeps the visitor's choice"),
            ("_ga", "{ kind = \"localStorage\", key = \"**\" }", "storage[0].key: this is everything"),
            ("_ga", "{ kind = \"localStorage\", key = \"placet-config\" }", "`placet-config` is Placet's own"),
            ("_ga", "{ kind = \"localStorage\", key = \"p*-outbox\" }", "`placet-outbox` is Placet's own"),
            ("_ga", "{ kind = \"sessionStorage\", key = \"placet-\" }", "start with `placet-`"),
            (
                "_ga",
                "{ kind = \"localstorage\", key = \"a\" }",
                "one of: localStorage, sessionStorage, IndexedDB, CacheStorage",
            ),
            ("_ga", "{ kind = \"IndexedDB\", key = \"\" }", "must not be empty"),
            ("_ga", "{ kind = \"IndexedDB\" }", "storage[0].key: this is missing"),
            ("_ga", "{ kind = \"IndexedDB\", name = \"a\", key = \"a\" }", "there is no such setting here"),
        ] {
            let faults = shown(&kept(cookie, storage));
            assert_eq!(faults.len(), 1, "{cookie}, {storage}: {faults:#?}");
            assert!(faults[0].contains(words), "{faults:#?} with {words}");
        }
        let content =
            check(&kept("mp_*_mixpanel", "{ kind = \"CacheStorage\", key = \"*-tiles\" }"), &Claims::default());
        let storage = &content.unwrap().services[1].storage;
        assert_eq!((storage[0].kind.as_str(), storage[0].key.as_str()), ("CacheStorage", "*-tiles"));
    }

    #[test]
    fn a_pattern_has_stars_for_any_characters() {
        for (pattern, name, fits) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("a*", "a", true),
            ("*a", "ba", true),
            ("mp_*_mixpanel", "mp_1_mixpanel", true),
            ("mp_*_mixpanel", "mp_mixpanel", false),
            ("ab*ba", "aba", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
        ] {
            assert_eq!(fits_pattern(pattern, name), fits, "{pattern} of {name}");
        }
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
        one_fault("_ga*", "_ga *", "21:21: services[1].cookies[0].name", "`_ga*`");
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
    fn every_text_is_bounded() {
        let long = |many: usize| "x".repeat(many);
        one_fault("\"Test\"", &format!("\"{}\"", long(101)), "3:8: name", "at most 100");
        one_fault("\"Counts.\"", &format!("\"{}\"", long(2001)), "20:22: services[1].description.en", "at most 2000");
        let address = format!("policy-url = \"https://a.test/{}\"\nlanguages", long(2000));
        one_fault("languages", &address, "6:14: policy-url", "at most 2000");
        for key in ["privacy-policy", "logo"] {
            let address = format!("{key} = \"https://a.test/{}\"\ncookies", long(2000));
            assert!(faults("cookies", &address)[0].contains(&format!("services[1].{key}: this is too long")));
        }
        let host = format!("{}com", "a.".repeat(130));
        one_fault("shop.example.com", &host, "5:12: origins[0]", "at most 267");
        one_fault("*.google-analytics.com", &host, "22:12: services[1].domains[0]", "without scheme");
        one_fault(
            "*.google-analytics.com",
            &format!("{}.com", long(64)),
            "22:12: services[1].domains[0]",
            "without scheme",
        );
        one_fault("_ga*", &long(101), "21:21: services[1].cookies[0].name", "at most 100");
        one_fault("slug = \"analytics\"", &format!("slug = \"{}\"", long(41)), "16:8: services[1].slug", "at most 40");
        let modes = ["\"ad_storage\""; 8].join(", ");
        one_fault("\"analytics_storage\"", &modes, "23:16: services[1].consent-mode", "at most 7");
        let tag = format!("en-x-{}", ["abcdefgh"; 4].join("-"));
        assert!(faults("[\"en\", \"fr\"]", &format!("[\"en\", \"fr\", \"{tag}\"]"))[0].contains("at most 35"));
    }

    #[test]
    fn a_text_has_no_control_characters() {
        one_fault("\"Test\"", "\"a\\u001b[2J\"", "3:8: name", "U+001B");
        one_fault("\"Analytics\"", "\"a\\u0000\"", "17:8: services[1].name", "U+0000");
        one_fault("\"Counts.\"", "\"a\\u009b\"", "20:22: services[1].description.en", "U+009B");
        assert!(check(&GOOD.replace("\"Counts.\"", "\"One.\\nTwo.\""), &Claims::default()).is_ok());
    }

    #[test]
    fn a_file_is_bounded() {
        let faults = shown(&format!("{GOOD}# {}", "x".repeat(1024 * 1024)));
        assert!(faults.len() == 1 && faults[0].contains("it may have at most 1048576"), "{faults:?}");
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
