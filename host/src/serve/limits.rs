//! How much whoever comes may take of the server. Everything here is about strangers: of those who have shown a
//! token, only how fast they go on.

use std::time::Duration;

use rulewright_domain::bucket::Bucket;
use rulewright_engine::WRONG_SECRETS;
use serde::Deserialize;

/// `[door]` of the settings.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct DoorLimits {
    /// Connections at once. Each is a file to the system, which gives a process 1,024 where nobody has asked for
    /// more.
    pub connections: usize,
    /// Of them, those of one address; a quarter where it is not said. 0: all.
    pub connections_of_one: Option<usize>,
    /// For the head of a request, from its first byte to its last; for a handshake; and for saying anything at all.
    pub head_seconds: u64,
    /// For the body of a request, where that is less than what it is for gives it: 24 to `/v1`, 144 where it may be a
    /// plugin, 60 to `/rest`.
    pub body_seconds: Option<u64>,
    /// Between two requests. Longer than proxies keep a connection that they mean to use again: what they send on
    /// one that is just being closed is lost to them.
    pub idle_seconds: u64,
    /// Until something of an answer is taken.
    pub unread_seconds: u64,
    /// Wrong tokens, codes and signatures that one address may show in a minute. 0: any number.
    pub wrong_secrets: u32,
    /// Requests that may come at once with one token.
    pub burst: u32,
    /// And in each second from then on. 0: any number.
    pub per_second: f64,
}

impl Default for DoorLimits {
    fn default() -> DoorLimits {
        DoorLimits {
            connections: 1024,
            connections_of_one: None,
            head_seconds: 10,
            body_seconds: None,
            idle_seconds: 75,
            unread_seconds: 60,
            wrong_secrets: WRONG_SECRETS.burst,
            // More than shops send, and less than keeps a small machine from its automation.
            burst: 2000,
            per_second: 200.0,
        }
    }
}

impl DoorLimits {
    pub fn head(&self) -> Duration {
        Duration::from_secs(self.head_seconds.max(1))
    }

    pub fn body(&self) -> Option<Duration> {
        self.body_seconds.map(|seconds| Duration::from_secs(seconds.max(1)))
    }

    pub fn idle(&self) -> Duration {
        Duration::from_secs(self.idle_seconds.max(1))
    }

    pub fn unread(&self) -> Duration {
        Duration::from_secs(self.unread_seconds.max(1))
    }

    pub fn connections(&self) -> usize {
        self.connections.clamp(1, tokio::sync::Semaphore::MAX_PERMITS)
    }

    /// Behind a proxy all come from its address, which then is nobody's.
    pub fn connections_of_one(&self, behind_proxy: bool) -> usize {
        match self.connections_of_one {
            _ if behind_proxy => usize::MAX,
            Some(0) => usize::MAX,
            Some(most) => most,
            None => self.connections().div_ceil(4),
        }
    }

    /// Requests of one token.
    pub fn rate(&self) -> Option<Bucket> {
        (self.per_second > 0.0).then_some(Bucket { burst: self.burst, per_second: self.per_second })
    }

    /// Wrong secrets of one address.
    pub fn wrong_secrets(&self) -> Option<Bucket> {
        let burst = self.wrong_secrets;
        (burst > 0).then(|| Bucket { burst, per_second: f64::from(burst) / 60.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_the_usual_and_a_zero_is_no_limit() {
        let read = |text: &str| toml::from_str::<DoorLimits>(text).unwrap();
        assert_eq!(read(""), DoorLimits::default());
        let usual = read("connections = 100");
        assert_eq!((usual.connections(), usual.connections_of_one(false), usual.head_seconds), (100, 25, 10));
        assert_eq!(usual.connections_of_one(true), usize::MAX, "a proxy brings everybody");
        assert_eq!(usual.rate(), Some(Bucket { burst: 2000, per_second: 200.0 }));
        assert_eq!(usual.wrong_secrets(), Some(WRONG_SECRETS), "as where no settings are read");
        let none = read("connections-of-one = 0\nwrong-secrets = 0\nper-second = 0");
        assert_eq!(
            (none.connections_of_one(false), none.wrong_secrets(), none.rate()),
            (usize::MAX, None, None)
        );
        assert!(toml::from_str::<DoorLimits>("conections = 1").is_err(), "a misspelt one is told");
    }
}
