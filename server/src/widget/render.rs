//! What a visitor is shown: a version in one language, as it travels.

use placet_protocol::{Purpose, PurposeConfig, PurposeTexts, ServiceConfig, WidgetConfig};

use crate::{
    language::Language,
    widget::content::{Edition, Service, Version},
};

/// A version in the language of one of its editions.
pub fn render(version: &Version, edition: &Edition) -> WidgetConfig {
    let content = &version.content;
    let purpose = |purpose: Purpose| {
        let services = content.services.iter().filter(|service| service.purpose == purpose);
        let services: Vec<_> = services.map(|service| render_service(service, &edition.lang)).collect();
        let PurposeTexts { name, text } = edition.words.purposes.of(purpose).clone();
        (!services.is_empty()).then_some(PurposeConfig { purpose, name, text, services })
    };
    WidgetConfig {
        id: content.id,
        work_space_id: content.workspace,
        version_key: version.version_key.to_string(),
        ask_key: version.ask_key.to_string(),
        lang: edition.lang.to_string(),
        rtl: edition.lang.is_right_to_left(),
        texts: edition.words.texts.clone(),
        policy_url: edition.policy_url.clone(),
        cookie: content.cookie.clone(),
        purposes: Purpose::ALL.into_iter().filter_map(purpose).collect(),
        signals: content.signals.clone(),
        reload_on_withdrawal: content.reload_on_withdrawal,
    }
}

fn render_service(service: &Service, language: &Language) -> ServiceConfig {
    ServiceConfig {
        id: service.id.to_string(),
        version: service.version.to_string(),
        slug: service.slug.clone(),
        name: service.name.clone(),
        // Checked when the file was applied: there is one for every language of the widget.
        description: service.description.get(language).cloned().unwrap_or_default(),
        default_consent: service.default_consent,
        privacy_policy_url: service.privacy_policy_url.clone(),
        logo_url: service.logo_url.clone(),
        cookies: service.cookies.clone(),
        domains: service.domains.clone(),
        consent_mode: service.consent_mode.iter().map(|mode| mode.name().to_owned()).collect(),
    }
}
