//! Proofs in files, as they were handed over: read so strictly that nothing is passed over that nobody has signed.
//!
//! A file that says more than the signature covers could mislead those who read it with their own eyes. So the JSON must
//! say what the proof says and nothing else: no further member at any depth, no member twice (RFC 8259, section 4 leaves
//! open what that would mean), no `null` in the place of a member that is left out, and numbers and texts as the server
//! writes them. The order of members and white space mean nothing and may be any.

use placet_protocol::Proof;
use serde_json::Value;

/// Why a text is no proof.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// It cannot be read as one.
    #[error("{0}")]
    Unreadable(#[from] serde_json::Error),
    /// It says something that no signature covers, or in another form.
    #[error("`{0}` is not what a server writes in a proof: nobody has signed it")]
    NotCovered(String),
}

/// Reads a proof.
///
/// # Errors
///
/// [`Fault`] if the text is not a proof and nothing else.
pub fn read(text: &str) -> Result<Proof, Fault> {
    // This refuses a member that is there twice, but not one that it does not know; the comparison does.
    let proof: Proof = serde_json::from_str(text)?;
    let (said, known): (Value, Value) = (serde_json::from_str(text)?, serde_json::to_value(&proof)?);
    match difference("", &said, &known) {
        None => Ok(proof),
        Some(path) => Err(Fault::NotCovered(path)),
    }
}

/// Where two values differ.
fn difference(path: &str, said: &Value, known: &Value) -> Option<String> {
    match (said, known) {
        (Value::Object(said), Value::Object(known)) => {
            let names = said.keys().chain(known.keys());
            names.into_iter().find_map(|name| {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                match (said.get(name), known.get(name)) {
                    (Some(said), Some(known)) => difference(&path, said, known),
                    _ => Some(path),
                }
            })
        }
        (Value::Array(said), Value::Array(known)) if said.len() == known.len() => {
            let mut pairs = said.iter().zip(known).enumerate();
            pairs.find_map(|(index, (said, known))| difference(&format!("{path}[{index}]"), said, known))
        }
        (said, known) => (said != known).then(|| path.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn proof() -> Value {
        json!({
            "id": "6185fe65-0924-410d-9132-3cde838c4627", "sessionId": "0b93b823-ff36-4d61-8959-e9e8deee5ef8",
            "date": "2020-05-19T16:54:03.272Z", "dateExpiration": "2020-11-15T16:54:03.272Z", "type": 2,
            "widgetId": 43, "typeDevice": 2, "workSpaceId": 19, "consentId": "8a5e89c4-2243-4598-97c5-ba3cfb35a138",
            "consents": { "lang": "fr-FR", "versionKey": null, "cookieConsents": [{
                "id": "584ffef3-251c-4e9a-efb8-08d7fbfbee92", "tenantId": 0, "name": "Drift", "slug": "drift",
                "consent": true, "version": "6f65cb1d-85eb-4a64-976d-519679189f8d",
                "date": "2020-05-19T16:53:59.511Z", "purpose": 3
            }]},
            "widgetVersion": "0197a201-3d9f-7459-b49e-de151c09a5e2",
            "seal": { "chain": "c", "number": 1, "statement": "s", "previous": "p", "salt": "s", "signature": "s",
                      "publicKey": "k" }
        })
    }

    fn fault(text: &str) -> String {
        read(text).unwrap_err().to_string()
    }

    #[test]
    fn a_proof_is_read_whatever_the_order_of_its_members() {
        assert!(read(&proof().to_string()).is_ok());
        let sorted: std::collections::BTreeMap<String, Value> = serde_json::from_value(proof()).unwrap();
        assert!(read(&serde_json::to_string_pretty(&sorted).unwrap()).is_ok());
    }

    #[test]
    fn what_is_not_of_a_proof_is_refused_at_every_depth() {
        for pointer in ["", "/consents", "/consents/cookieConsents/0", "/seal"] {
            for value in [json!(true), json!(null), json!({}), json!([]), json!("")] {
                let mut more = proof();
                more.pointer_mut(pointer).unwrap()["withdrawnAt"] = value;
                let fault = fault(&more.to_string());
                assert!(fault.contains("withdrawnAt`"), "{fault}");
            }
        }
        for absent in ["userId", "previousConsentId", "widgetVersionSha256"] {
            let mut empty = proof();
            empty[absent] = Value::Null;
            assert!(fault(&empty.to_string()).contains(absent));
        }
    }

    #[test]
    fn another_form_of_the_same_is_refused() {
        let text = proof().to_string();
        for (written, other) in [
            (r#""widgetId":43"#, r#""widgetId":43.0"#),
            (r#""widgetId":43"#, r#""widgetId":4.3e1"#),
            (r#""widgetId":43"#, r#""widgetId":"43""#),
            (r#""tenantId":0"#, r#""tenantId":-0"#),
            (r#""type":2"#, r#""type":02"#),
            (r#""type":2"#, r#""type":3"#),
            (r#""consent":true"#, r#""consent":1"#),
            (r#""versionKey":null,"#, ""),
            (r#""widgetId":43"#, r#""widgetId":43,"widgetId":43"#),
            (r#""lang":"fr-FR""#, r#""lang":"fr-FR","lang":"en""#),
            (r#""number":1"#, r#""number":1,"number":2"#),
            (r#""slug":"drift""#, r#""slug":"drift","slug":"other""#),
            (r#""slug":"drift""#, r#""slug":"drift","note":1,"note":2"#),
        ] {
            let changed = text.replacen(written, other, 1);
            assert_ne!(changed, text);
            assert!(read(&changed).is_err(), "{other}");
        }
        assert!(read(&format!("{text} {{}}")).is_err());
        assert!(read(&format!("\u{feff}{text}")).is_err());
        assert!(read(&format!("[{text}]")).is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in ".*") {
            let _ = read(&text);
        }
    }
}
