use async_trait::async_trait;

/// Keeps small documents across restarts. Nobody believes what comes back: it is verified as if it came from outside.
#[async_trait]
pub trait Kept: Send + Sync {
    /// None: there is none, or it cannot be read.
    async fn read(&self, name: &str) -> Option<Vec<u8>>;

    /// Whole or not at all. A copy that cannot be kept is no reason to fail.
    async fn write(&self, name: &str, bytes: Vec<u8>);
}
