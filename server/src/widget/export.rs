//! From a version back to a file that can be applied again and says the same.

use std::collections::BTreeMap;

use placet_protocol::DeclaredStorage;

use crate::{
    language::Language,
    texts::{self, OwnWords},
    widget::{
        content::{Content, Service},
        file::{
            CookieFile, CookieOfService, PerLanguage, PurposeFile, ServiceFile, StorageKind, StorageOfService,
            WidgetFile,
        },
        publish,
    },
};

/// The file that makes this content. What follows from Placet's own words or from the service itself is left out, so
/// that it goes on following when the file is changed.
pub fn to_file(content: &Content) -> WidgetFile {
    let mut texts = BTreeMap::new();
    let mut purposes: BTreeMap<_, BTreeMap<Language, PurposeFile>> = BTreeMap::new();
    for edition in &content.editions {
        let own: OwnWords = texts::own_words(&edition.lang, &edition.words);
        if !own.texts.is_empty() {
            texts.insert(edition.lang.clone(), own.texts);
        }
        for (purpose, mut words) in own.purposes {
            let words = PurposeFile { name: words.remove("name"), text: words.remove("text") };
            purposes.entry(purpose).or_default().insert(edition.lang.clone(), words);
        }
    }
    let services = content.services.clone().map(|service| to_service(&service));
    WidgetFile {
        id: content.id,
        workspace: content.workspace,
        name: content.name.clone(),
        keys: content.keys.clone(),
        origins: content.origins.clone(),
        languages: content.editions.clone().map(|edition| edition.lang),
        policy_url: policy_url(content),
        cookie: CookieFile {
            name: content.cookie.name.clone(),
            days: content.cookie.days,
            domain: content.cookie.domain.clone(),
        },
        signals: content.signals.clone().into(),
        appearance: content.appearance.clone(),
        reload_on_withdrawal: content.reload_on_withdrawal,
        hand_over: content.hand_over,
        texts,
        purposes,
        services,
    }
}

/// The file as text.
///
/// # Errors
///
/// If it cannot be written as TOML, which no widget has brought about yet.
pub fn to_toml(content: &Content) -> Result<String, toml::ser::Error> {
    let file = toml::to_string_pretty(&to_file(content))?;
    Ok(format!("#:schema ./widget.schema.json\n\n{file}"))
}

fn policy_url(content: &Content) -> Option<PerLanguage> {
    let first = content.editions.head.policy_url.as_ref()?;
    if content.editions.iter().all(|edition| edition.policy_url.as_ref() == Some(first)) {
        return Some(PerLanguage::Same(first.clone()));
    }
    let each = content.editions.iter().filter_map(|edition| Some((edition.lang.clone(), edition.policy_url.clone()?)));
    Some(PerLanguage::Each(each.collect()))
}

fn to_service(service: &Service) -> ServiceFile {
    let cookies = service.cookies.iter();
    ServiceFile {
        slug: service.slug.clone(),
        name: service.name.clone(),
        purpose: service.purpose,
        id: service.id,
        version: (service.version != publish::derived_version(service)).then_some(service.version),
        description: service.description.clone(),
        default: (service.default_consent && !service.purpose.is_necessary()).then_some(true),
        privacy_policy: service.privacy_policy_url.clone(),
        logo: service.logo_url.clone(),
        cookies: cookies.map(|cookie| CookieOfService { name: cookie.name.clone(), days: cookie.days }).collect(),
        storage: service.storage.iter().filter_map(to_storage).collect(),
        domains: service.domains.clone(),
        consent_mode: service.consent_mode.clone(),
    }
}

fn to_storage(kept: &DeclaredStorage) -> Option<StorageOfService> {
    Some(StorageOfService { kind: StorageKind::of(&kept.kind)?, key: kept.key.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::widget::check::{Claims, Draft, tests::GOOD};

    fn read(text: &str) -> Content {
        Draft::parse("widget.toml", text)
            .unwrap()
            .check(&Claims::default())
            .map_err(|faults| faults.to_string())
            .unwrap()
    }

    #[test]
    fn an_exported_file_says_the_same() {
        let own = "policy-url = { en = \"https://a.test/en\", fr = \"https://a.test/fr\" }\n[texts.fr]\ntitle = \"À vous\"\n\
                   [purposes.Analytical.en]\nname = \"Counting\"\n[signals]\nconsent-mode = true\n[[services]]";
        let pinned = "purpose = \"Analytical\"\ndefault = true\n\
                      storage = [{ kind = \"localStorage\", key = \"mp_*_mixpanel\" }, { kind = \"IndexedDB\", key = \"mp\" }]\nversion = \"6f65cb1d-85eb-4a64-976d-519679189f8d\"";
        for text in [GOOD.to_owned(), GOOD.replacen("[[services]]", own, 1).replace("purpose = \"Analytical\"", pinned)]
        {
            let content = read(&text);
            let exported = to_toml(&content).unwrap();
            assert_eq!(read(&exported), content, "{exported}");
        }
    }

    #[test]
    fn what_follows_by_itself_is_left_out() {
        let exported = to_toml(&read(GOOD)).unwrap();
        assert!(!exported.contains("Accept all") && !exported.contains("version ="), "{exported}");
    }
}
