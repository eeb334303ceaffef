//! A proof in the one form that RFC 8785 (JCS) gives its JSON: what is hashed.
//!
//! The members of an object stand in the order of their names. serde writes them in the order of their fields, so these
//! types are the proof's once more, sorted: every proof is hashed while its visitor waits, and a serializer that sorts by
//! itself keeps each member aside and reads its name again to do so. The rest of the form is what `serde_json` writes for
//! texts, whole numbers and truth values.

use placet_protocol::{Consents, DeviceType, Proof, ProofType, Purpose, proof::StoredConsent};
use serde::Serialize;

/// About what a proof of twenty services takes, in bytes.
const USUAL: usize = 4096;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Sorted<'a> {
    consent_id: &'a str,
    consents: SortedConsents<'a>,
    date: &'a str,
    date_expiration: &'a str,
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_consent_id: Option<&'a str>,
    session_id: &'a str,
    r#type: ProofType,
    type_device: DeviceType,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<&'a str>,
    widget_id: u32,
    widget_version: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    widget_version_sha256: Option<&'a str>,
    work_space_id: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SortedConsents<'a> {
    cookie_consents: Vec<SortedConsent<'a>>,
    lang: &'a str,
    version_key: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SortedConsent<'a> {
    consent: bool,
    date: &'a str,
    id: &'a str,
    name: &'a str,
    purpose: Purpose,
    slug: &'a str,
    tenant_id: u32,
    version: &'a str,
}

/// A proof's JSON in that form, without its seal.
///
/// # Errors
///
/// None for what is a proof.
pub fn without_seal(proof: &Proof) -> serde_json::Result<Vec<u8>> {
    let mut json = Vec::with_capacity(USUAL);
    serde_json::to_writer(&mut json, &sorted(proof))?;
    Ok(json)
}

fn sorted(proof: &Proof) -> Sorted<'_> {
    // Every field by its name, so that none that is added later is forgotten here.
    let Proof {
        id,
        session_id,
        date,
        date_expiration,
        kind,
        widget_id,
        type_device,
        work_space_id,
        consent_id,
        consents: Consents { lang, version_key, cookie_consents },
        widget_version,
        widget_version_sha256,
        previous_consent_id,
        user_id,
        seal: _,
    } = proof;
    Sorted {
        consent_id,
        consents: SortedConsents {
            cookie_consents: cookie_consents.iter().map(sorted_consent).collect(),
            lang,
            version_key: version_key.as_deref(),
        },
        date,
        date_expiration,
        id,
        previous_consent_id: previous_consent_id.as_deref(),
        session_id,
        r#type: *kind,
        type_device: *type_device,
        user_id: user_id.as_deref(),
        widget_id: *widget_id,
        widget_version,
        widget_version_sha256: widget_version_sha256.as_deref(),
        work_space_id: *work_space_id,
    }
}

fn sorted_consent(consent: &StoredConsent) -> SortedConsent<'_> {
    let StoredConsent { id, tenant_id, name, slug, consent, version, date, purpose } = consent;
    SortedConsent { consent: *consent, date, id, name, purpose: *purpose, slug, tenant_id: *tenant_id, version }
}

#[cfg(test)]
mod tests {
    use proptest::{option, prelude::*};

    use super::*;

    fn consent() -> impl Strategy<Value = StoredConsent> {
        let texts = (any::<String>(), any::<String>(), any::<String>(), any::<String>(), any::<String>());
        (texts, any::<u32>(), any::<bool>(), 0..5_u8).prop_map(|(texts, tenant_id, consent, purpose)| {
            let (id, name, slug, version, date) = texts;
            let purpose = serde_json::from_value(purpose.into()).unwrap();
            StoredConsent { id, tenant_id, name, slug, consent, version, date, purpose }
        })
    }

    fn proof() -> impl Strategy<Value = Proof> {
        let texts = (any::<String>(), any::<String>(), any::<String>(), any::<String>(), any::<String>());
        let text = || option::of(any::<String>());
        let may_be = (text(), text(), text(), text());
        let consents = (any::<String>(), proptest::collection::vec(consent(), 0..4));
        (texts, may_be, consents, any::<(u32, u32)>(), (0..3_u8, 0..4_u8)).prop_map(
            |(texts, may_be, consents, numbers, small)| {
                let (id, session_id, date, date_expiration, consent_id) = texts;
                let (version_key, previous_consent_id, user_id, widget_version_sha256) = may_be;
                let (lang, cookie_consents) = consents;
                Proof {
                    widget_version: format!("{lang}\u{0}\u{7f}\u{2028}\"\\/\t"),
                    widget_version_sha256,
                    id,
                    session_id,
                    date,
                    date_expiration,
                    kind: small.0.try_into().unwrap(),
                    widget_id: numbers.0,
                    type_device: small.1.try_into().unwrap(),
                    work_space_id: numbers.1,
                    consent_id,
                    consents: Consents { lang, version_key, cookie_consents },
                    previous_consent_id,
                    user_id,
                    seal: None,
                }
            },
        )
    }

    proptest! {
        #[test]
        fn it_is_what_a_serializer_that_sorts_writes(proof in proof()) {
            let expected = serde_json_canonicalizer::to_string(&proof).unwrap();
            prop_assert_eq!(String::from_utf8(without_seal(&proof).unwrap()).unwrap(), expected);
        }
    }
}
