//! Texts put together in the browser, where what the standard library brings along for it weighs a kilobyte.

/// The parts, one after another.
#[inline(never)]
pub fn glue(parts: &[&str]) -> String {
    let mut whole = String::new();
    for part in parts {
        whole.push_str(part);
    }
    whole
}
