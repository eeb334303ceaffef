//! `placet-server proof …`

use uuid::Uuid;

use super::{Failure, print};
use crate::store::Store;

/// Prints a proof as `GET /v1/consents/{consentId}` answers it, indented. Whoever can run this can read the database,
/// so no token is asked for.
pub async fn show(store: &dyn Store, consent_id: Uuid) -> Result<(), Failure> {
    let proof = store.proof(consent_id).await?.ok_or(Failure::UnknownProof(consent_id))?;
    let json = serde_json::to_string_pretty(&proof).map_err(|error| Failure::Write(error.to_string()))?;
    print(&format!("{json}\n"))
}
