use sha2::{Digest, Sha256};

/// The first 32 hex digits of a SHA-256 over the parts: short, and no two inputs meet by chance.
pub(crate) fn key_of(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// Of the message that a step of the run has queued as the effect at this place of its list: with it, its row in the
/// outbox is found again.
pub fn message_key(run: &rulewright_domain::Run, step: u32, place: usize) -> String {
    key_of(&[&run.seed_of(step), "message", &place.to_string()])
}

pub(crate) fn hash_of(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// For keys that sign.
pub(crate) fn secret_bytes() -> Result<[u8; 32], getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// 256 bits in hex: what a program proves itself with.
pub(crate) fn secret() -> Result<String, crate::Refusal> {
    let bytes = secret_bytes();
    let bytes =
        bytes.map_err(|error| rulewright_ports::Failure::new("unavailable", error.to_string(), true))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// For links that nobody may guess.
pub(crate) fn unguessable() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 20];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
