//! The core in a real browser: `wasm-pack test --headless --chrome`. A file for each step in `tests/browser/`.

#![cfg(target_arch = "wasm32")]
#![allow(missing_docs)]

use wasm_bindgen_test::wasm_bindgen_test_configure;

wasm_bindgen_test_configure!(run_in_browser);

mod browser {
    mod page;

    mod proof;
    mod read;
    mod receipt;
    mod view;
    mod visit;
    mod write;
}
