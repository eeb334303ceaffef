//! Cursors: where a list of proofs goes on, as a client sends it back.

#![no_main]

use libfuzzer_sys::fuzz_target;
use placet_server::search::Cursor;

fuzz_target!(|text: &str| {
    if let Some(cursor) = Cursor::parse(text) {
        assert_eq!(Cursor::parse(&cursor.write()), Some(cursor), "{text}");
    }
});
