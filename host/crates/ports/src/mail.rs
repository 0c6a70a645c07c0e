//! Servers that carry a shop's own mails.

use async_trait::async_trait;
use rulewright_domain::{MailCursor, MailServer, Timestamp};

/// Where to connect to, and how to get in.
#[derive(Clone, PartialEq, Eq)]
pub struct MailAccess {
    pub server: MailServer,
    pub password: Option<String>,
}

/// A mail as people write it; how it looks on the wire is the adapter's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Without brackets.
    pub message_id: String,
    pub from_name: String,
    pub from: String,
    pub to: String,
    pub subject: String,
    /// None: what is left of `html` without its tags.
    pub text: Option<String>,
    pub html: Option<String>,
    pub attachments: Vec<Attachment>,
    pub date: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    pub name: String,
    pub media_type: String,
    pub content: Vec<u8>,
}

/// A mail that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// 0 where it came from no folder.
    pub uid: u32,
    /// Without brackets. Of a mail that has none, made of its bytes.
    pub message_id: String,
    pub from: String,
    pub to: String,
    pub subject: String,
    pub text: String,
    pub in_reply_to: Option<String>,
    /// A machine wrote it, e.g. that somebody is on holiday.
    pub automatic: bool,
    pub attachments: Vec<(String, u64)>,
}

/// One look into a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Oldest first.
    pub mails: Vec<Arrived>,
    /// After the last of them, or where the folder ends.
    pub cursor: MailCursor,
    /// There are others behind it.
    pub more: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct MailError {
    pub message: String,
    /// The same will be said next time.
    pub permanent: bool,
}

#[async_trait]
pub trait MailServers: Send + Sync {
    /// Called at least once for each letter, always with the same id.
    async fn send(&self, access: &MailAccess, letter: &Letter) -> Result<(), MailError>;

    /// Gets in as for sending, and sends nothing.
    async fn try_sending(&self, access: &MailAccess) -> Result<(), MailError>;

    async fn open(&self, access: &MailAccess, folder: &str) -> Result<Box<dyn Inbox>, MailError>;

    /// What came as it is on the wire. None: it is no mail.
    fn read(&self, raw: &[u8]) -> Option<Arrived>;
}

/// A folder that is looked into; nothing in it is changed.
#[async_trait]
pub trait Inbox: Send {
    /// Some of the mails after the cursor. Without one, none: what was there before is the shop's past. Where the
    /// folder's ids are no longer those of the cursor, those that came at this time or later, known or not.
    async fn fetch(&mut self, after: Option<MailCursor>, since: Timestamp) -> Result<Fetched, MailError>;

    /// Returns when there may be something new.
    async fn wait(&mut self) -> Result<(), MailError>;
}
