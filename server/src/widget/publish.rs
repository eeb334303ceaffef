//! From a file to a version, and whether the version asks visitors for more than the one before it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use placet_protocol::{CookieSettings, DeclaredCookie, DeclaredStorage, Purpose};
use serde::Serialize;
use uuid::{Uuid, uuid};

use crate::{
    language::Language,
    seal,
    texts::{self, MissingWords, OwnWords},
    widget::{
        content::{Content, Edition, Service, Version},
        file::{ConsentMode, PerLanguage, ServiceFile, WidgetFile},
    },
};

/// What is to become of a content.
#[derive(Clone, Debug)]
pub enum Publication {
    /// The version in force says exactly this already.
    Unchanged(Version),
    /// A version to be published.
    New {
        /// The version.
        version: Version,
        /// Whether visitors who have decided are asked again.
        asks_again: bool,
    },
}

/// Decides what is to become of a content, given the version in force.
pub fn publication(content: Content, in_force: Option<Version>, now: Timestamp) -> Publication {
    // Version 7: sorts after every version that was published before.
    let version_key = Uuid::now_v7();
    match in_force {
        Some(in_force) if in_force.content == content => Publication::Unchanged(in_force),
        in_force => {
            let inherited = in_force.filter(|old| !asks_for_more(&old.content, &content)).map(|old| old.ask_key);
            let ask_key = inherited.unwrap_or(version_key);
            // What cannot be written down is not published.
            let sha256 = content.to_json().map(|json| seal::version(version_key, &json)).unwrap_or_default();
            let version = Version { version_key, ask_key, published_at: now, sha256, content };
            Publication::New { version, asks_again: inherited.is_none() }
        }
    }
}

/// A version that asks every visitor again, though it may ask for no more than the one before: the owner wants it so.
pub fn asking_again(content: Content, now: Timestamp) -> Publication {
    publication(content, None, now)
}

/// Whether a visitor who decided on the old version has something left to decide on the new one: a service that has to
/// be asked for and that the old one did not have, had under another short name (by which the choice is kept), had
/// for another purpose, or described differently.
///
/// What is taken away, what becomes necessary and what is said around the services needs no new decision.
pub fn asks_for_more(old: &Content, new: &Content) -> bool {
    new.services.iter().filter(|service| !service.purpose.is_necessary()).any(|service| {
        !old.services.iter().any(|known| {
            known.id == service.id
                && known.slug == service.slug
                && known.purpose == service.purpose
                && known.version == service.version
        })
    })
}

/// Looks up everything that a file leaves open, so that the content stands on its own.
///
/// # Errors
///
/// [`MissingWords`] if the file has a language that Placet does not speak and leaves something unsaid in it.
pub fn resolve(file: WidgetFile) -> Result<Content, MissingWords> {
    let mut missing = Vec::new();
    let editions = file.languages.clone().map(|lang| {
        let own = own_words(&file, &lang);
        let policy_url = match &file.policy_url {
            None => None,
            Some(PerLanguage::Same(url)) => Some(url.clone()),
            Some(PerLanguage::Each(urls)) => urls.get(&lang).cloned(),
        };
        match texts::resolve(&lang, &own) {
            Ok(words) => Some(Edition { lang, policy_url, words }),
            Err(MissingWords(names)) => {
                missing.extend(names);
                None
            }
        }
    });
    let (head, tail) = (editions.head, editions.tail);
    let (Some(head), Some(tail)) = (head, tail.into_iter().collect::<Option<Vec<_>>>()) else {
        return Err(MissingWords(missing));
    };
    Ok(Content {
        id: file.id,
        workspace: file.workspace,
        name: file.name,
        keys: file.keys,
        origins: file.origins,
        editions: nonempty::NonEmpty { head, tail },
        cookie: CookieSettings { name: file.cookie.name, days: file.cookie.days, domain: file.cookie.domain },
        signals: file.signals.into(),
        appearance: file.appearance,
        reload_on_withdrawal: file.reload_on_withdrawal,
        hand_over: file.hand_over,
        services: file.services.map(resolve_service),
    })
}

/// The file's own words in one language.
fn own_words(file: &WidgetFile, language: &Language) -> OwnWords {
    let purposes = file.purposes.iter().filter_map(|(purpose, words)| {
        let words = words.get(language)?;
        let named = [("name", &words.name), ("text", &words.text)];
        let named = named.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text.clone()?)));
        Some((*purpose, named.collect()))
    });
    OwnWords { texts: file.texts.get(language).cloned().unwrap_or_default(), purposes: purposes.collect() }
}

fn resolve_service(file: ServiceFile) -> Service {
    let cookies = file.cookies.into_iter().map(|cookie| DeclaredCookie { name: cookie.name, days: cookie.days });
    let storage =
        file.storage.into_iter().map(|kept| DeclaredStorage { kind: kept.kind.name().to_owned(), key: kept.key });
    let mut service = Service {
        id: file.id,
        version: Uuid::nil(),
        slug: file.slug,
        name: file.name,
        purpose: file.purpose,
        description: file.description,
        default_consent: file.purpose.is_necessary() || file.default.unwrap_or_default(),
        privacy_policy_url: file.privacy_policy,
        logo_url: file.logo,
        cookies: cookies.collect(),
        storage: storage.collect(),
        domains: file.domains,
        consent_mode: file.consent_mode,
    };
    service.version = file.version.unwrap_or_else(|| derived_version(&service));
    service
}

/// The version that follows from what a service says of itself, for files that do not name one: the same words make
/// the same version. Its logo and the position of its switch say nothing about what it does.
pub fn derived_version(service: &Service) -> Uuid {
    /// Names made here are Placet's and nobody else's (RFC 9562, 5.5).
    const NAMESPACE: Uuid = uuid!("b5b5ba0c-6f8b-4c40-9d5d-3f1f4d2a6c1e");

    #[derive(Serialize)]
    struct Said<'a> {
        id: Uuid,
        name: &'a str,
        purpose: Purpose,
        description: &'a BTreeMap<Language, String>,
        privacy_policy_url: &'a Option<String>,
        cookies: &'a [DeclaredCookie],
        #[serde(skip_serializing_if = "<[_]>::is_empty")]
        storage: &'a [DeclaredStorage],
        domains: &'a [String],
        consent_mode: &'a [ConsentMode],
    }
    let Service { id, version: _, slug: _, name, purpose, description, .. } = service;
    let said = Said {
        id: *id,
        name,
        purpose: *purpose,
        description,
        privacy_policy_url: &service.privacy_policy_url,
        cookies: &service.cookies,
        storage: &service.storage,
        domains: &service.domains,
        consent_mode: &service.consent_mode,
    };
    // Nothing in here can fail to be written as JSON: every map has texts for keys.
    Uuid::new_v5(&NAMESPACE, &serde_json::to_vec(&said).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{clock, widget::check::tests::GOOD};

    fn content(change: impl FnOnce(&mut WidgetFile)) -> Content {
        let mut file: WidgetFile = toml::from_str(GOOD).unwrap();
        change(&mut file);
        resolve(file).unwrap()
    }

    fn more(change: impl FnOnce(&mut WidgetFile)) -> bool {
        asks_for_more(&content(|_| ()), &content(change))
    }

    #[test]
    fn a_service_that_is_new_or_says_something_else_is_asked_for() {
        assert!(more(|file| {
            let another =
                ServiceFile { id: Uuid::new_v4(), slug: "another".to_owned(), ..file.services.last().clone() };
            file.services.push(another);
        }));
        assert!(more(|file| file.services[1].purpose = Purpose::Marketing));
        assert!(more(|file| file.services[1].version = Some(Uuid::new_v4())));
        assert!(more(|file| file.services[1].slug = "renamed".to_owned()));
        assert!(more(|file| file.services[1].description.values_mut().for_each(|text| text.push_str(" More."))));
    }

    #[test]
    fn a_necessary_service_that_becomes_optional_is_asked_for() {
        assert!(more(|file| file.services.head.purpose = Purpose::Other));
    }

    #[test]
    fn what_needs_no_decision_asks_for_nothing() {
        assert!(!more(|_| ()));
        assert!(!more(|file| drop(file.services.pop())));
        assert!(!more(|file| file.services[1].purpose = Purpose::Necessary));
        assert!(!more(|file| file.services[1].logo = Some("https://a.test/logo.svg".to_owned())));
        assert!(!more(|file| file.services.head.name = "Another name".to_owned()));
        assert!(!more(|file| file.name = "Another name".to_owned()));
        assert!(!more(|file| file.cookie.days = 30));
    }

    #[test]
    fn a_correction_under_the_same_version_asks_for_nothing() {
        let version = Some(Uuid::new_v4());
        let old = content(|file| file.services[1].version = version);
        let new = content(|file| {
            file.services[1].version = version;
            file.services[1].name = "Corrected".to_owned();
        });
        assert!(!asks_for_more(&old, &new));
    }

    #[test]
    fn versions_inherit_what_was_asked_until_more_is() {
        let publish = |content, in_force| match publication(content, in_force, clock::now()) {
            Publication::New { version, .. } => version,
            Publication::Unchanged(_) => panic!("it has changed"),
        };
        let first = publish(content(|_| ()), None);
        assert_eq!(first.ask_key, first.version_key);
        let renamed = publish(content(|file| file.name = "Another".to_owned()), Some(first.clone()));
        assert_eq!(renamed.ask_key, first.version_key);
        let more = publish(content(|file| file.services[1].purpose = Purpose::Marketing), Some(renamed));
        assert_eq!(more.ask_key, more.version_key);
        assert!(first.version_key < more.version_key);
        let Publication::New { version: again, asks_again: true } = asking_again(more.content.clone(), clock::now())
        else {
            panic!("everybody is asked")
        };
        assert_eq!(again.ask_key, again.version_key);
        assert_ne!(again.ask_key, more.ask_key);
        assert!(matches!(publication(more.content.clone(), Some(more), clock::now()), Publication::Unchanged(_)));
    }
}
