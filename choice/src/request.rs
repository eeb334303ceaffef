//! The proof's request: what was decided, by whom, and what they were shown.

use placet_protocol::{ConsentRequest, Consents, CookieConsent, ProofType, PurposeConfig, ServiceConfig, WidgetConfig};

use crate::Choice;

/// Who decided, and in which visit.
pub struct Visitor {
    /// The visit (UUID).
    pub session_id: String,
    /// The proof before this one (UUID).
    pub previous: Option<String>,
    /// The site's own name for the visitor.
    pub user_id: Option<String>,
}

/// Makes the request of a choice: one entry for each service, granted or not. `date` (ISO 8601) is when it was made,
/// `key` names the request, if it is to be sent.
pub fn request(
    config: &WidgetConfig,
    choice: &Choice,
    visitor: Visitor,
    date: &str,
    key: Option<String>,
) -> ConsentRequest {
    let entry = |group: &PurposeConfig| {
        let purpose = group.purpose;
        let of = |service: &ServiceConfig| CookieConsent {
            id: service.id.clone(),
            name: service.name.clone(),
            slug: service.slug.clone(),
            consent: choice.grants(&service.slug),
            version: service.version.clone(),
            date: date.to_owned(),
            purpose,
            tenant_id: 0,
        };
        group.services.iter().map(of).collect::<Vec<_>>()
    };
    ConsentRequest {
        session_id: visitor.session_id,
        kind: ProofType::Consents,
        consent_id: visitor.previous,
        user_id: visitor.user_id,
        idempotency_key: key,
        consents: Consents {
            lang: config.lang.clone(),
            version_key: Some(config.version_key.clone()),
            cookie_consents: config.purposes.iter().flat_map(entry).collect(),
        },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::choice::tests::any_widget;

    proptest! {
        #[test]
        fn a_proof_has_one_entry_for_every_service_with_the_choice_made(config in any_widget(), mask in any::<u64>()) {
            let choice = Choice::of(&config, |slug| mask & (1 << (slug.len() % 64)) != 0);
            let visitor = Visitor { session_id: String::from("s"), previous: None, user_id: None };
            let request = request(&config, &choice, visitor, "2026-01-01T00:00:00.000Z", Some(String::from("key")));
            let told: Vec<_> = request.consents.cookie_consents.iter().map(|c| (c.slug.as_str(), c.consent)).collect();
            prop_assert_eq!(told, choice.answers().collect::<Vec<_>>());
            for entry in &request.consents.cookie_consents {
                let purpose = config.purposes.iter().find(|p| p.services.iter().any(|s| s.slug == entry.slug));
                prop_assert_eq!(purpose.map(|p| p.purpose), Some(entry.purpose));
            }
        }
    }
}
