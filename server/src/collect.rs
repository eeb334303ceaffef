//! From what a browser sends to a proof that can be relied on.
//!
//! Whatever a proof says of services is what the widget's version says of them, so that nobody can put a service into a
//! proof that was never shown, or leave one out. Whatever else it says is bounded, and checked to be what it claims to be.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use placet_protocol::{
    ConsentRequest, Consents, CookieConsent, DeviceType, Proof, ProofType, problem::FieldError, proof::StoredConsent,
};
use uuid::Uuid;

use crate::{
    clock,
    language::{self, Language},
    widget::{Version, content::Service},
};

/// The most characters that a site's own name for a visitor may have.
pub const MAX_USER_ID_LENGTH: usize = 128;
/// The earliest moment that a visitor can have decided at: the year 2000.
const EARLIEST: Timestamp = Timestamp::constant(946_684_800, 0);
/// How far a browser's clock may be ahead of this server's. One that is further ahead opens no page over https, as it
/// takes the site's certificate for expired (CA/Browser Forum, Baseline Requirements, 6.3.2: at most 200 days from March
/// 2026 on).
const MAX_CLOCK_SKEW: SignedDuration = SignedDuration::from_hours(200 * 24);

/// Makes the proof of a request: checks everything in it against `version`, the one that it names or else the one in
/// force (`None`: it names one that does not exist).
///
/// A proof of a decision has an entry for every service of the version. A service that the request leaves out was
/// refused, as silence is no consent (GDPR, recital 32); a necessary one was granted, as nobody was asked. Such entries
/// have this server's date.
///
/// # Errors
///
/// Every field that does not fit, by its path.
pub fn proof(
    request: ConsentRequest,
    version: Option<&Version>,
    device: DeviceType,
    now: Timestamp,
) -> Result<Proof, Vec<FieldError>> {
    let mut faults = Faults(Vec::new());
    let session_id = faults.uuid("sessionId", &request.session_id);
    let previous_consent_id = request.consent_id.as_deref().map(|id| faults.uuid("consentId", id));
    if let Some(user_id) = &request.user_id {
        check_user_id(user_id, &mut faults);
    }
    let Consents { lang, version_key, cookie_consents } = request.consents;
    if !is_language_tag(&lang) {
        faults.add("consents.lang", "this is no language tag of at most 35 characters, as `fr` or `fr-FR` (BCP 47)");
    }
    let Some(version) = version else {
        faults.add(
            "consents.versionKey",
            "the widget has no such version; send `versionKey` as GET /v1/widgets/{id} answers it, or null",
        );
        return Err(faults.0);
    };
    if request.kind == ProofType::Consents && cookie_consents.is_empty() {
        faults.add("consents.cookieConsents", "a decision needs at least one service");
    }
    let cookie_consents = check_services(cookie_consents, version, now, &mut faults);
    if !faults.0.is_empty() {
        return Err(faults.0);
    }

    let content = &version.content;
    let cookie_consents = match request.kind {
        ProofType::Consents => complete(cookie_consents, version, now),
        ProofType::Visit | ProofType::Quit => cookie_consents,
    };
    Ok(Proof {
        id: Uuid::now_v7().to_string(),
        session_id,
        date: clock::iso(now),
        date_expiration: clock::iso(clock::days_later(now, content.cookie.days)),
        kind: request.kind,
        widget_id: content.id,
        type_device: device,
        work_space_id: content.workspace,
        consent_id: clock::identifier(now).to_string(),
        // The version's name as it was sent: `widget_version` has it in any case.
        consents: Consents { lang, version_key: version_key.map(|_| version.version_key.to_string()), cookie_consents },
        widget_version: version.version_key.to_string(),
        widget_version_sha256: Some(hex::encode(version.sha256)),
        previous_consent_id,
        user_id: request.user_id,
        seal: None,
    })
}

/// A site's name for a visitor must mean nothing to anybody else.
fn check_user_id(user_id: &str, faults: &mut Faults) {
    if !is_user_id(user_id) {
        faults.add("userId", "this must be 1 to 128 characters, without control characters; or leave it out");
    } else if looks_like_email(user_id) {
        faults.add("userId", "this looks like an e-mail address; send an identifier that says nothing to others");
    }
}

/// Whether a text may be a site's own name for a visitor, as far as its length and its characters go.
pub fn is_user_id(text: &str) -> bool {
    (1..=MAX_USER_ID_LENGTH).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

/// Whether a text has an at sign in it, however it is written: full-width, small, or escaped for an address or a page.
fn looks_like_email(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    text.contains(['@', '\u{ff20}', '\u{fe6b}'])
        || ["%40", "&#64;", "&#x40;", "&commat;"].iter().any(|at| lower.contains(at))
}

/// Whether a text is a language tag (BCP 47), which has hyphens where others write underscores.
fn is_language_tag(text: &str) -> bool {
    text.len() <= language::MAX_LENGTH && !text.contains('_') && text.parse::<Language>().is_ok()
}

/// A UUID as it is written (RFC 9562, 4): 36 characters, in capitals or not.
pub fn parse_uuid(text: &str) -> Option<Uuid> {
    (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten()
}

/// Checks each entry against the version, and rewrites identifiers and dates in the form in which they are kept.
fn check_services(
    entries: Vec<CookieConsent>,
    version: &Version,
    now: Timestamp,
    faults: &mut Faults,
) -> Vec<StoredConsent> {
    let mut seen = HashMap::new();
    let mut checked = Vec::with_capacity(entries.len());
    for (index, mut entry) in entries.into_iter().enumerate() {
        let path = |field: &str| format!("consents.cookieConsents[{index}].{field}");
        if let Some(first) = seen.insert(entry.slug.clone(), index) {
            faults.add(path("slug"), format!("consents.cookieConsents[{first}] is on this service already"));
        }
        entry.id = faults.uuid(path("id"), &entry.id);
        entry.version = faults.uuid(path("version"), &entry.version);
        match clock::parse(&entry.date) {
            Some(date) if date < EARLIEST || date.duration_since(now) > MAX_CLOCK_SKEW => {
                let message = format!("nobody can have decided then; it is {} now", clock::iso(now));
                faults.add(path("date"), message);
            }
            Some(date) => entry.date = clock::iso(date),
            None => faults.add(path("date"), "this is no ISO 8601 date, as `2020-05-19T16:54:03.272Z`"),
        }
        match version.content.services.iter().find(|service| service.slug == entry.slug) {
            Some(service) => check_entry(&entry, service, path, faults),
            None => {
                faults.add(path("slug"), format!("the widget has no such service in version {}", version.version_key));
            }
        }
        checked.push(entry.into());
    }
    checked
}

fn check_entry(entry: &CookieConsent, service: &Service, path: impl Fn(&str) -> String, faults: &mut Faults) {
    let mut same = |field, sent: &str, ours: &str| {
        // What is no UUID has been named already.
        if sent != ours && !sent.is_empty() {
            faults.add(path(field), format!("`{}` has `{ours}` here in this version", service.slug));
        }
    };
    same("id", &entry.id, &service.id.to_string());
    same("version", &entry.version, &service.version.to_string());
    if entry.name != service.name {
        faults.add(path("name"), format!("`{}` has `{}` here in this version", service.slug, service.name));
    }
    if entry.purpose != service.purpose {
        let (number, label) = (service.purpose.number(), service.purpose.label());
        faults.add(path("purpose"), format!("`{}` has {number} ({label}) here in this version", service.slug));
    }
    if entry.tenant_id != 0 {
        faults.add(path("tenantId"), "a server holds one tenant, which is 0; leave this out");
    }
    if service.purpose.is_necessary() && !entry.consent {
        faults.add(path("consent"), "a necessary service cannot be refused");
    }
}

/// Adds an entry for each service that has none.
fn complete(mut entries: Vec<StoredConsent>, version: &Version, now: Timestamp) -> Vec<StoredConsent> {
    for service in &version.content.services {
        if entries.iter().all(|entry| entry.slug != service.slug) {
            entries.push(StoredConsent {
                id: service.id.to_string(),
                tenant_id: 0,
                name: service.name.clone(),
                slug: service.slug.clone(),
                consent: service.purpose.is_necessary(),
                version: service.version.to_string(),
                date: clock::iso(now),
                purpose: service.purpose,
            });
        }
    }
    entries
}

struct Faults(Vec<FieldError>);

impl Faults {
    fn add(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.0.push(FieldError { path: path.into(), message: message.into() });
    }

    /// A UUID in the form in which it is kept; empty, and a fault, if it is none.
    fn uuid(&mut self, path: impl Into<String>, text: &str) -> String {
        if let Some(uuid) = parse_uuid(text) {
            uuid.to_string()
        } else {
            self.add(path, "this is no UUID, as `0b93b823-ff36-4d61-8959-e9e8deee5ef8`");
            String::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use placet_protocol::Purpose;
    use proptest::prelude::*;

    use super::*;
    use crate::widget::{
        check::{Claims, Draft, tests::GOOD},
        publish::{Publication, publication},
    };

    fn version() -> Version {
        let content = Draft::parse("widget.toml", GOOD).unwrap().check(&Claims::default()).unwrap();
        match publication(content, None, clock::now()) {
            Publication::New { version, .. } => version,
            Publication::Unchanged(_) => panic!(),
        }
    }

    fn entry(service: &Service, consent: bool) -> CookieConsent {
        CookieConsent {
            id: service.id.to_string(),
            name: service.name.clone(),
            slug: service.slug.clone(),
            consent,
            version: service.version.to_string(),
            date: "2020-05-19T16:53:59.511Z".to_owned(),
            purpose: service.purpose,
            tenant_id: 0,
        }
    }

    fn request(version: &Version) -> ConsentRequest {
        let cookie_consents = version.content.services.iter().map(|service| entry(service, true)).collect();
        ConsentRequest {
            session_id: Uuid::new_v4().to_string(),
            kind: ProofType::Consents,
            consent_id: None,
            user_id: None,
            idempotency_key: None,
            consents: Consents { lang: "fr-FR".to_owned(), version_key: None, cookie_consents },
        }
    }

    fn faults(change: impl FnOnce(&mut ConsentRequest)) -> Vec<String> {
        let version = version();
        let mut request = request(&version);
        change(&mut request);
        let faults = proof(request, Some(&version), DeviceType::Desktop, clock::now()).unwrap_err();
        faults.into_iter().map(|fault| fault.path).collect()
    }

    #[test]
    fn every_fault_is_named_by_its_path() {
        let entry = |field| vec![format!("consents.cookieConsents[1].{field}")];
        let other = Uuid::new_v4().to_string();
        assert_eq!(faults(|request| request.session_id = "x".to_owned()), ["sessionId"]);
        assert_eq!(faults(|request| request.consent_id = Some(String::new())), ["consentId"]);
        assert_eq!(faults(|request| request.user_id = Some("ada@example.com".to_owned())), ["userId"]);
        assert_eq!(faults(|request| request.user_id = Some("a".repeat(129))), ["userId"]);
        assert_eq!(faults(|request| request.user_id = Some("a\0".to_owned())), ["userId"]);
        assert_eq!(faults(|request| request.consents.lang = "français".to_owned()), ["consents.lang"]);
        assert_eq!(faults(|request| request.consents.cookie_consents.clear()), ["consents.cookieConsents"]);
        assert_eq!(faults(|request| request.consents.cookie_consents[1].id = other.clone()), entry("id"));
        assert_eq!(faults(|request| request.consents.cookie_consents[1].id = "x".to_owned()), entry("id"));
        assert_eq!(faults(|request| request.consents.cookie_consents[1].version = other), entry("version"));
        assert_eq!(faults(|request| request.consents.cookie_consents[1].name.push('!')), entry("name"));
        assert_eq!(faults(|request| request.consents.cookie_consents[1].slug.push('!')), entry("slug"));
        assert_eq!(
            faults(|request| request.consents.cookie_consents[1].purpose = Purpose::Marketing),
            entry("purpose")
        );
        assert_eq!(faults(|request| request.consents.cookie_consents[1].date = "today".to_owned()), entry("date"));
        assert_eq!(faults(|request| request.consents.cookie_consents[1].tenant_id = 1), entry("tenantId"));
        assert_eq!(
            faults(|request| request.consents.cookie_consents[0].consent = false),
            ["consents.cookieConsents[0].consent"]
        );
        assert_eq!(
            faults(|request| {
                let twice = request.consents.cookie_consents[0].clone();
                request.consents.cookie_consents.push(twice);
            }),
            ["consents.cookieConsents[2].slug"]
        );
    }

    #[test]
    fn a_text_is_bounded_and_what_it_claims_to_be() {
        let long = format!("en-x-{}", "abcdefgh-".repeat(6_800));
        for lang in [
            "",
            "-",
            "fr_FR",
            "f",
            "français",
            "fr-",
            "fr\0",
            "fr FR",
            "=cmd",
            "en-x-aaaaaaaa-bbbbbbbb-cccccccc-dddd",
            &long,
        ] {
            assert_eq!(faults(|request| request.consents.lang = lang.to_owned()), ["consents.lang"], "{lang:.40}");
        }
        let uuid = "0b93b823-ff36-4d61-8959-e9e8deee5ef8";
        for none in [
            "",
            "0b93b823ff364d618959e9e8deee5ef8",
            &format!("{{{uuid}}}"),
            &format!("urn:uuid:{uuid}"),
            &format!("{uuid} "),
        ] {
            assert_eq!(faults(|request| request.session_id = none.to_owned()), ["sessionId"], "{none}");
            assert_eq!(faults(|request| request.consent_id = Some(none.to_owned())), ["consentId"], "{none}");
        }
        let line = "a\u{85}b";
        for none in [
            "",
            "ada@example.com",
            "ada＠example.com",
            "ada﹫example.com",
            "ada%40example.com",
            "ada&#X40;example.com",
            line,
            "\u{7f}",
        ] {
            assert_eq!(faults(|request| request.user_id = Some(none.to_owned())), ["userId"], "{none:?}");
        }
        let far = clock::iso(clock::now() + MAX_CLOCK_SKEW + SignedDuration::from_hours(1));
        let long = format!("2020-05-19T16:54:03.{}Z", "0".repeat(60_000));
        for none in [
            "",
            "2020-05-19",
            "1999-12-31T23:59:59Z",
            "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59Z",
            "-009999-01-01T00:00:00Z",
            &far,
            &long,
        ] {
            let path = "consents.cookieConsents[1].date";
            assert_eq!(
                faults(|request| request.consents.cookie_consents[1].date = none.to_owned()),
                [path],
                "{none:.40}"
            );
        }
    }

    #[test]
    fn what_is_usual_in_life_passes() {
        let version = version();
        for (lang, user_id, ahead) in [
            ("fr", "1", 0),
            ("zh-Hant-TW", "u/1815:a=b+c", 24),
            ("de-CH-1996", "Ωμέγα", -24),
            ("en-US-u-hc-h12", &"x".repeat(128), 199 * 24),
        ] {
            let mut request = request(&version);
            request.consents.lang = lang.to_owned();
            request.user_id = Some(user_id.to_owned());
            request.session_id.make_ascii_uppercase();
            request.consents.cookie_consents[1].date = clock::iso(clock::now() + SignedDuration::from_hours(ahead));
            let proof = proof(request, Some(&version), DeviceType::Desktop, clock::now()).unwrap();
            assert_eq!((proof.consents.lang.as_str(), proof.user_id.as_deref()), (lang, Some(user_id)));
            assert_eq!(proof.session_id, proof.session_id.to_ascii_lowercase());
        }
    }

    #[test]
    fn all_faults_are_named_together() {
        let paths = faults(|request| {
            request.session_id.clear();
            request.consents.cookie_consents[0].name.clear();
            request.consents.cookie_consents[1].slug.clear();
        });
        assert_eq!(paths, ["sessionId", "consents.cookieConsents[0].name", "consents.cookieConsents[1].slug"]);
    }

    #[test]
    fn a_version_that_does_not_exist_is_a_fault() {
        let faults = proof(request(&version()), None, DeviceType::Desktop, clock::now()).unwrap_err();
        assert_eq!(faults[0].path, "consents.versionKey");
    }

    #[test]
    fn dates_and_identifiers_are_kept_in_one_form() {
        let version = version();
        let mut request = request(&version);
        request.consents.cookie_consents[1].date = "2020-05-19T18:53:59.511+02:00".to_owned();
        request.consents.cookie_consents[1].id.make_ascii_uppercase();
        let proof = proof(request, Some(&version), DeviceType::Desktop, clock::now()).unwrap();
        assert_eq!(proof.consents.cookie_consents[1].date, "2020-05-19T16:53:59.511Z");
        assert_eq!(proof.consents.cookie_consents[1].id, version.content.services[1].id.to_string());
        assert_ne!(proof.id, proof.consent_id);
    }

    #[test]
    fn a_visit_keeps_what_it_says() {
        let version = version();
        let mut request = request(&version);
        request.kind = ProofType::Visit;
        request.consents.cookie_consents.clear();
        let proof = proof(request, Some(&version), DeviceType::Desktop, clock::now()).unwrap();
        assert!(proof.consents.cookie_consents.is_empty());
    }

    proptest! {
        #[test]
        fn every_service_has_one_entry_whatever_was_sent(sent in proptest::sample::subsequence(vec![0_usize, 1], 1..=2)) {
            let version = version();
            let mut request = request(&version);
            let mut index = 0;
            request.consents.cookie_consents.retain(|_| { index += 1; sent.contains(&(index - 1)) });
            let proof = proof(request, Some(&version), DeviceType::Desktop, clock::now()).unwrap();
            let entries = proof.consents.cookie_consents;
            prop_assert_eq!(entries.len(), 2);
            for (index, service) in version.content.services.iter().enumerate() {
                let entry = entries.iter().find(|entry| entry.slug == service.slug).unwrap();
                prop_assert_eq!(entry.consent, sent.contains(&index) || service.purpose.is_necessary());
            }
        }
    }
}
