//! Time-stamps of a third party (RFC 3161): that something was there at a moment, said by somebody who has no part in it.
//!
//! What is checked here is that a time-stamp is of the statement beside which it lies. Whether the authority is one to
//! trust is for those who rely on it to say: `openssl ts -verify` checks its signature against its certificate
//! (`docs/proofs.md`).

use cms::{cert::x509::spki::AlgorithmIdentifier, content_info::ContentInfo, signed_data::SignedData};
use der::{
    Any, Decode, Encode,
    asn1::{Int, Null, OctetString},
    oid::ObjectIdentifier,
};
use jiff::Timestamp;
use reqwest::{Client, header};
use sha2::{Digest, Sha256};
use x509_tsp::{MessageImprint, TimeStampReq, TimeStampResp, TspVersion, TstInfo};

/// SHA-256 (RFC 5754, section 2.2).
const ID_SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
/// Signed data (RFC 5652, section 5.1).
const ID_SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
/// The type of what a time-stamp says (RFC 3161, section 2.4.2).
const ID_CT_TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");

/// Why there is no time-stamp, or not this one's.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The authority did not answer, or not with a time-stamp.
    #[error("the time-stamping authority did not answer ({0})")]
    Refused(String),
    /// Not in the form of RFC 3161.
    #[error("this is no answer of a time-stamping authority ({0})")]
    Unreadable(String),
    /// The authority answered that it gives none.
    #[error("the time-stamping authority has refused ({0})")]
    NotGranted(String),
    /// A time-stamp of something else.
    #[error("the time-stamp is of something else")]
    OfSomethingElse,
}

impl From<der::Error> for Error {
    fn from(error: der::Error) -> Self {
        Self::Unreadable(error.to_string())
    }
}

/// Asks an authority for a time-stamp, and answers what it answered, having checked that.
///
/// # Errors
///
/// [`Error`] if there is none.
pub async fn ask(client: &Client, authority: &str, content: &[u8]) -> Result<Vec<u8>, Error> {
    let mut nonce = [0; 8];
    getrandom::fill(&mut nonce).map_err(|error| Error::Refused(error.to_string()))?;
    // Positive, and in as few bytes as DER asks for.
    nonce[0] = nonce[0] & 0x7f | 0x40;
    let request = TimeStampReq {
        version: TspVersion::V1,
        message_imprint: MessageImprint {
            hash_algorithm: AlgorithmIdentifier { oid: ID_SHA_256, parameters: Some(Any::encode_from(&Null)?) },
            hashed_message: OctetString::new(Sha256::digest(content).to_vec())?,
        },
        req_policy: None,
        nonce: Some(Int::new(&nonce)?),
        cert_req: true,
        extensions: None,
    };
    let refused = |error: reqwest::Error| Error::Refused(error.without_url().to_string());
    let answer = client
        .post(authority)
        .header(header::CONTENT_TYPE, "application/timestamp-query")
        .body(request.to_der()?)
        .send()
        .await
        .and_then(reqwest::Response::error_for_status)
        .map_err(refused)?;
    let answer = answer.bytes().await.map_err(refused)?.to_vec();
    let said = read(&answer, content)?;
    if said.nonce.as_ref().map(Int::as_bytes) == Some(nonce.as_slice()) {
        Ok(answer)
    } else {
        Err(Error::OfSomethingElse)
    }
}

/// The moment that an authority's answer gives for a content.
///
/// # Errors
///
/// [`Error`] if it is not a time-stamp of that content.
pub fn moment(answer: &[u8], content: &[u8]) -> Result<Timestamp, Error> {
    let seconds = read(answer, content)?.gen_time.to_unix_duration().as_secs();
    let moment = i64::try_from(seconds).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    moment.ok_or_else(|| Error::Unreadable("its time".to_owned()))
}

fn read(answer: &[u8], content: &[u8]) -> Result<TstInfo, Error> {
    let answer = TimeStampResp::from_der(answer)?;
    let Some(ContentInfo { content_type, content: token }) = answer.time_stamp_token else {
        return Err(Error::NotGranted(format!("{:?}", answer.status.status)));
    };
    let unreadable = |what: &str| Error::Unreadable(what.to_owned());
    if content_type != ID_SIGNED_DATA {
        return Err(unreadable("it is not signed"));
    }
    let signed: SignedData = token.decode_as()?;
    let inner = signed.encap_content_info;
    if inner.econtent_type != ID_CT_TST_INFO {
        return Err(unreadable("what is signed is no time-stamp"));
    }
    let inner: OctetString = inner.econtent.ok_or_else(|| unreadable("it is empty"))?.decode_as()?;
    let said = TstInfo::from_der(inner.as_bytes())?;
    let imprint = &said.message_imprint;
    let is_of_content = imprint.hash_algorithm.oid == ID_SHA_256
        && imprint.hashed_message.as_bytes() == Sha256::digest(content).as_slice();
    if is_of_content { Ok(said) } else { Err(Error::OfSomethingElse) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_answer_makes_the_reader_panic(answer in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(moment(&answer, b"").is_err());
        }
    }
}
