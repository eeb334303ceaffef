//! Widget files: what a site owner, or somebody with their console, writes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use placet_server::widget::check::{Claims, Draft};

fuzz_target!(|text: &str| {
    let faults = match Draft::parse("widget.toml", text) {
        Ok(draft) => {
            let _ = draft.wanted();
            draft.check(&Claims::default()).err()
        }
        Err(faults) => Some(faults),
    };
    // Every fault has words.
    if let Some(faults) = faults {
        assert!(!faults.to_string().is_empty(), "{text}");
    }
});
