//! The bodies of requests, which anybody may send: read as the server reads them (`server/src/http/body.rs`).

#![no_main]

use libfuzzer_sys::fuzz_target;
use placet_protocol::{AnswerRequest, ConsentRequest};
use serde::{Serialize, de::DeserializeOwned};

fuzz_target!(|body: &[u8]| {
    read::<ConsentRequest>(body);
    read::<AnswerRequest>(body);
});

/// Reads a body; what was read is written so that it is read alike, as its digest stands for it.
fn read<T: DeserializeOwned + Serialize + PartialEq + std::fmt::Debug>(body: &[u8]) {
    let mut json = serde_json::Deserializer::from_slice(body);
    match serde_path_to_error::deserialize::<_, T>(&mut json) {
        Ok(read) => {
            let written = serde_json::to_vec(&read).expect("what was read can be written");
            assert_eq!(serde_json::from_slice::<T>(&written).ok().as_ref(), Some(&read));
        }
        Err(error) => drop((error.path().to_string(), error.into_inner().to_string())),
    }
}
