//! Proof files, which anybody may have written: parsed as `placet-server proof verify FILE` does.

#![no_main]

use libfuzzer_sys::fuzz_target;
use placet_server::{proof_file, seal};
use serde_json::Value;

fuzz_target!(|text: &str| {
    match proof_file::read(text) {
        Ok(proof) => {
            // Nothing is passed over: what was read says what the file says.
            let said: Value = serde_json::from_str(text).expect("what was read is JSON");
            assert_eq!(serde_json::to_value(&proof).expect("a proof can be written"), said);
            // And nobody has signed it with this key.
            assert!(seal::check(&proof, &[7; 32]).is_err(), "{text}");
        }
        Err(fault) => assert!(!fault.to_string().is_empty(), "{text}"),
    }
});
