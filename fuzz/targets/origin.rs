//! Origins: what a page's browser says in a header, and what a widget file allows.

#![no_main]

use libfuzzer_sys::fuzz_target;
use placet_server::origin::{AllowedOrigin, Origin};

fuzz_target!(|text: &str| {
    let page = Origin::from_header(text);
    if let Ok(allowed) = text.parse::<AllowedOrigin>() {
        // What was read is written so that it is read alike, and allows what it says.
        assert_eq!(allowed.to_string().parse::<AllowedOrigin>().as_ref(), Ok(&allowed), "{text}");
        if let Some(page) = Origin::from_header(&allowed.to_string()) {
            assert!(allowed.allows(&page), "{text}");
        }
    }
    if let Some(page) = page {
        assert_eq!(Origin::from_header(&page.to_string()), Some(page), "{text}");
    }
});
