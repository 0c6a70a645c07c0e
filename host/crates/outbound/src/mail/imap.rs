//! In: a folder is opened for reading alone, so no mail is marked as seen by us.

use std::fmt;
use std::time::Duration;

use async_imap::{Client, Session, extensions::idle::IdleResponse};
use async_trait::async_trait;
use futures::TryStreamExt;
use rulewright_domain::{MailCursor, MailTls, Timestamp};
use rulewright_ports::{Arrived, Fetched, Inbox, MailAccess, MailError};
use tokio::io::{AsyncRead, AsyncWrite};

use super::{MailOptions, connect, read, temporary};

/// For each answer; a large mail on a slow line is one.
const PATIENCE: Duration = Duration::from_secs(120);
/// Of waiting in one go. Shorter than what routers forget a silent connection after.
const IDLE: Duration = Duration::from_secs(5 * 60);
/// Between two looks where the server cannot tell us.
const POLL: Duration = Duration::from_secs(60);
/// Mails of one look.
const BATCH: usize = 20;
/// Milliseconds: a search knows only days, and not of which time zone.
const DAY: i64 = 24 * 3_600_000;
/// Bytes of a mail that are read; attachments beyond are counted no further.
const MAX_MAIL: u32 = 4 << 20;

trait Wire: AsyncRead + AsyncWrite + Unpin + Send + fmt::Debug {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + fmt::Debug> Wire for T {}

type Stream = Box<dyn Wire>;

pub struct Folder {
    /// None only after a wait that failed.
    session: Option<Session<Stream>>,
    /// For what is said about the server.
    authority: String,
    validity: u32,
    next: u32,
    idles: bool,
}

impl Folder {
    pub async fn open(options: &MailOptions, access: &MailAccess, folder: &str) -> Result<Folder, MailError> {
        let authority = connect::authority(&access.server);
        let mut session = in_time(&authority, login(options, access)).await?;
        let opening = async {
            let capabilities = session.capabilities().await.map_err(said(&authority))?;
            let opened = session.examine(folder).await;
            let opened = opened
                .map_err(|error| temporary(format!("{authority} does not open `{folder}`: {error}")))?;
            Ok((opened, capabilities.has_str("IDLE")))
        };
        let (opened, idles) = in_time(&authority, opening).await?;
        let Some(validity) = opened.uid_validity else {
            return Err(temporary(format!("{authority} gives the mails of `{folder}` no lasting ids")));
        };
        // Servers that do not say what comes next are asked for what there is.
        let next = match opened.uid_next {
            Some(next) => next,
            None => {
                let all =
                    in_time(&authority, async { session.uid_search("ALL").await.map_err(said(&authority)) });
                all.await?.into_iter().max().map_or(1, |last| last.saturating_add(1))
            }
        };
        Ok(Folder { session: Some(session), authority, validity, next, idles })
    }

    fn session(&mut self) -> Result<&mut Session<Stream>, MailError> {
        self.session
            .as_mut()
            .ok_or_else(|| temporary(format!("the connection to {} is gone", self.authority)))
    }

    /// Ids in the folder, lowest first.
    async fn search(&mut self, query: &str) -> Result<Vec<u32>, MailError> {
        let authority = self.authority.clone();
        let session = self.session()?;
        let searching = async {
            // What is told now is about to be looked at.
            while session.unsolicited_responses.try_recv().is_ok() {}
            session.noop().await.map_err(said(&authority))?;
            session.uid_search(query).await.map_err(said(&authority))
        };
        let mut found: Vec<u32> = in_time(&authority, searching).await?.into_iter().collect();
        found.sort_unstable();
        Ok(found)
    }

    /// None: it is gone, or no mail, or came before that time.
    async fn mail(&mut self, uid: u32, since: Option<Timestamp>) -> Result<Option<Arrived>, MailError> {
        let authority = self.authority.clone();
        let session = self.session()?;
        let fetching = async {
            let query = format!("(UID INTERNALDATE BODY.PEEK[]<0.{MAX_MAIL}>)");
            let fetched = session.uid_fetch(uid.to_string(), query).await.map_err(said(&authority))?;
            fetched.try_collect::<Vec<_>>().await.map_err(said(&authority))
        };
        let fetched = in_time(&authority, fetching).await?;
        let Some(found) = fetched.iter().find(|one| one.uid == Some(uid) && one.body().is_some()) else {
            return Ok(None);
        };
        let came = found.internal_date().map(|date| date.timestamp_millis());
        if since.zip(came).is_some_and(|(since, came)| came < since.0) {
            return Ok(None);
        }
        let mail = found.body().and_then(read::mail);
        if mail.is_none() {
            tracing::warn!(server = %self.authority, uid, "a mail cannot be read, and is left out");
        }
        Ok(mail.map(|mail| Arrived { uid, ..mail }))
    }
}

#[async_trait]
impl Inbox for Folder {
    async fn fetch(&mut self, after: Option<MailCursor>, since: Timestamp) -> Result<Fetched, MailError> {
        let validity = self.validity;
        let known = after.filter(|after| after.validity == validity).map(|after| after.uid);
        let mut uids = match (after, known) {
            (None, _) => Vec::new(),
            (Some(_), Some(known)) => {
                let mut new = self.search(&format!("UID {}:*", known.saturating_add(1))).await?;
                // The last mail matches `*` whatever stands before it.
                new.retain(|uid| *uid > known);
                new
            }
            (Some(_), None) => {
                let day = since.plus(-DAY).written("UTC", "%d-%b-%Y");
                self.search(&day.map_or_else(|| "ALL".to_owned(), |day| format!("SINCE {day}"))).await?
            }
        };
        let more = uids.len() > BATCH;
        uids.truncate(BATCH);
        let end = uids.last().copied().or(known).unwrap_or(self.next.saturating_sub(1));
        // Among ids that follow on those we know, none is old.
        let since = Some(since).filter(|_| known.is_none());
        let mut mails = Vec::new();
        for uid in uids {
            mails.extend(self.mail(uid, since).await?);
        }
        Ok(Fetched { mails, cursor: MailCursor { validity, uid: end }, more })
    }

    async fn wait(&mut self) -> Result<(), MailError> {
        if !self.idles {
            tokio::time::sleep(POLL).await;
            return Ok(());
        }
        let authority = self.authority.clone();
        let Some(session) = self.session.take() else { return self.session().map(drop) };
        let told = session.unsolicited_responses.clone();
        let mut idle = session.idle();
        in_time(&authority, async { idle.init().await.map_err(said(&authority)) }).await?;
        // What came while we were busy is not told again.
        if told.is_empty() {
            let (waiting, _interrupt) = idle.wait_with_timeout(IDLE);
            match waiting.await.map_err(said(&authority))? {
                IdleResponse::ManualInterrupt => {
                    return Err(temporary(format!("{authority} has closed the connection")));
                }
                IdleResponse::Timeout | IdleResponse::NewData(_) => {}
            }
        }
        let session = in_time(&authority, async { idle.done().await.map_err(said(&authority)) }).await?;
        self.session = Some(session);
        Ok(())
    }
}

async fn login(options: &MailOptions, access: &MailAccess) -> Result<Session<Stream>, MailError> {
    let server = &access.server;
    let authority = connect::authority(server);
    let tcp = connect::tcp(options, server).await?;
    let client = match server.tls {
        MailTls::None => greeted(Client::new(Box::new(tcp) as Stream), &authority).await?,
        MailTls::Implicit => {
            let tls = connect::tls(options, server, tcp).await?;
            greeted(Client::new(Box::new(tls) as Stream), &authority).await?
        }
        MailTls::Starttls => {
            let mut open = greeted(Client::new(tcp), &authority).await?;
            let upgraded = open.run_command_and_check_ok("STARTTLS", None).await;
            upgraded.map_err(|error| temporary(format!("STARTTLS at {authority}: {error}")))?;
            let tls = connect::tls(options, server, open.into_inner()).await?;
            Client::new(Box::new(tls) as Stream)
        }
    };
    let user = server.user.as_deref().unwrap_or_default();
    let password = access.password.as_deref().unwrap_or_default();
    let known = client.login(user, password).await;
    known.map_err(|(error, _)| temporary(format!("`{user}` is not let in by {authority}: {error}")))
}

async fn greeted<T: Wire>(mut client: Client<T>, authority: &str) -> Result<Client<T>, MailError> {
    match client.read_response().await {
        Ok(Some(_)) => Ok(client),
        Ok(None) => Err(temporary(format!("{authority} closes the connection without a word"))),
        Err(error) => Err(temporary(format!("{authority}: {error}"))),
    }
}

fn said(authority: &str) -> impl Fn(async_imap::error::Error) -> MailError {
    move |error| temporary(format!("{authority}: {error}"))
}

async fn in_time<T>(
    authority: &str,
    work: impl Future<Output = Result<T, MailError>>,
) -> Result<T, MailError> {
    let timed_out = || temporary(format!("{authority} takes too long"));
    tokio::time::timeout(PATIENCE, work).await.unwrap_or_else(|_| Err(timed_out()))
}
