//! What a visitor is shown: a version in one language, as it travels.

use placet_protocol::{Purpose, PurposeConfig, PurposeTexts, ServiceConfig, Texts, WidgetConfig};

use crate::{
    language::Language,
    texts,
    widget::content::{Content, Edition, Service, Version},
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
        texts: shown_texts(content, edition),
        policy_url: edition.policy_url.clone(),
        cookie: content.cookie.clone(),
        purposes: Purpose::ALL.into_iter().filter_map(purpose).collect(),
        signals: content.signals.clone(),
        appearance: content.appearance.shown(),
        trigger: None,
        reload_on_withdrawal: content.reload_on_withdrawal,
        hand_over: content.origins.iter().filter(|_| content.hand_over).map(ToString::to_string).collect(),
    }
}

/// The texts, with what is asked for in its place: the first layer has to say it, purpose by purpose (CNIL recommendation
/// of 17 September 2020, §23).
fn shown_texts(content: &Content, edition: &Edition) -> Texts {
    let mut texts = texts::complete(&edition.lang, edition.words.texts.clone());
    let is_asked = |purpose: &Purpose| {
        !purpose.is_necessary() && content.services.iter().any(|service| service.purpose == *purpose)
    };
    let asked = Purpose::ALL.into_iter().filter(is_asked);
    let names: Vec<_> = asked.map(|purpose| edition.words.purposes.of(purpose).name.as_str()).collect();
    let comma = match edition.lang.primary() {
        "ja" | "zh" => "、",
        "ar" => "، ",
        _ => ", ",
    };
    texts.text = texts.text.replace("{purposes}", &names.join(comma));
    texts
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
        storage: service.storage.clone(),
        domains: service.domains.clone(),
        consent_mode: service.consent_mode.iter().map(|mode| mode.name().to_owned()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        clock,
        widget::{
            check::{Claims, Draft, tests::GOOD},
            publish::{Publication, publication},
        },
    };

    #[test]
    fn the_banner_says_what_is_asked_for_purpose_by_purpose() {
        let file = GOOD.replacen("\"fr\"]", "\"fr\", \"ja\"]", 1).replace(", fr = ", ", ja = \"…\", fr = ");
        let more = "[[services]]\nslug = \"ads\"\nname = \"Ads\"\npurpose = \"Marketing\"\n\
                    id = \"0d7f9d1c-8f0e-4d1b-9d4e-1f2a3b4c5d03\"\ndescription = { en = \"A\", fr = \"B\", ja = \"C\" }\n";
        let content = Draft::parse("widget.toml", &(file + more)).unwrap().check(&Claims::default()).unwrap();
        let Publication::New { version, .. } = publication(content, None, clock::now()) else { panic!() };
        let text = |lang: &str| {
            let edition = version.content.editions.iter().find(|edition| edition.lang.to_string() == lang).unwrap();
            render(&version, edition).texts.text
        };
        assert!(text("en").contains(": Audience measurement, Marketing."), "{}", text("en"));
        assert!(text("ja").contains('、') && !text("ja").contains('{'), "{}", text("ja"));
    }
}
