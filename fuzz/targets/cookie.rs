//! The cookies of a page, which anything on its site may have written: read whole, and the choice in them.

#![no_main]

use libfuzzer_sys::fuzz_target;
use placet_choice::{Kept, cookie};

fuzz_target!(|cookies: &str| {
    for value in cookie::values(cookies, "euconsent").chain([cookies]) {
        if let Some(kept) = Kept::decode(value) {
            // What was read is written so that it is read alike.
            assert_eq!(Kept::decode(&kept.encode("euconsent")).as_ref(), Some(&kept), "{value}");
        }
    }
    let _ = cookie::newest(cookies, "euconsent");
});
