//! What is kept beside the cookie. A browser may forbid storage, or it may be full: then nothing is kept and nothing
//! is thrown.

use web_sys::Storage;

/// localStorage, where the browser allows it.
pub fn local() -> Option<Storage> {
    web_sys::window()?.local_storage().ok()?
}

/// sessionStorage, where the browser allows it.
pub fn session() -> Option<Storage> {
    web_sys::window()?.session_storage().ok()?
}

/// The text kept under a name.
pub fn read(storage: Option<Storage>, name: &str) -> Option<String> {
    storage?.get_item(name).ok()?
}

/// Keeps a text under a name; says whether it is kept.
pub fn write(storage: Option<Storage>, name: &str, text: &str) -> bool {
    storage.is_some_and(|storage| storage.set_item(name, text).is_ok())
}

/// Forgets what is kept under a name.
pub fn remove(storage: Option<Storage>, name: &str) {
    if let Some(storage) = storage {
        let _ = storage.remove_item(name);
    }
}
