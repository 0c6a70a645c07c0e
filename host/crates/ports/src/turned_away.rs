//! Why a request was turned away before anybody looked into it: said beside the answer, and counted.

/// One for each value of the label of `rulewright_http_refused_total`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TurnedAway {
    /// One address holds as many connections as it may.
    Connections,
    /// The head of a request did not come in time.
    HeadTimeout,
    /// The body did not.
    BodyTimeout,
    /// Nobody took what was answered.
    Unread,
    /// More requests than one token may send.
    Rate,
    /// More wrong secrets than one address may show.
    WrongSecrets,
}

impl TurnedAway {
    pub const ALL: [TurnedAway; 6] = [
        TurnedAway::Connections,
        TurnedAway::HeadTimeout,
        TurnedAway::BodyTimeout,
        TurnedAway::Unread,
        TurnedAway::Rate,
        TurnedAway::WrongSecrets,
    ];

    pub fn name(self) -> &'static str {
        match self {
            TurnedAway::Connections => "connections",
            TurnedAway::HeadTimeout => "head_timeout",
            TurnedAway::BodyTimeout => "body_timeout",
            TurnedAway::Unread => "unread",
            TurnedAway::Rate => "rate",
            TurnedAway::WrongSecrets => "wrong_secrets",
        }
    }
}

/// Put beside an answer that says that a secret is none of ours: whoever stands at the door counts those.
#[derive(Clone, Copy, Debug)]
pub struct WrongSecret;
