//! What this process does TLS with when it asks other servers.

/// Makes ring the cryptography of TLS. A process that has chosen already keeps its choice. A caller that makes a client of
/// `reqwest` calls this first.
pub fn use_ring() {
    // An error says that the choice was made before.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
