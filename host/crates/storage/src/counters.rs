//! The next id of each sequence, in memory: only the writer hands any out.

use rulewright_ports::storage::{Result, Sequence};
use rusqlite::Connection;

use crate::session::refused;

const SEQUENCES: &[(Sequence, &str, &str)] = &[
    (Sequence::Shop, "shop", "shops"),
    (Sequence::Order, "order", "orders"),
    (Sequence::Client, "client", "clients"),
    (Sequence::Employee, "employee", "employees"),
    (Sequence::Event, "event", "events"),
    (Sequence::Run, "run", "runs"),
    (Sequence::Match, "match", "matches"),
    (Sequence::Message, "message", "outbox"),
    (Sequence::Document, "document", "documents"),
    (Sequence::Entry, "entry", "entries"),
    (Sequence::Token, "token", "tokens"),
    (Sequence::Item, "item", "items"),
    (Sequence::ChatSession, "chat-session", "chat_sessions"),
    (Sequence::ChatMessage, "chat-message", "chat_messages"),
    (Sequence::Record, "record", "records"),
    (Sequence::Account, "account", "accounts"),
];

/// More than any shop gives between two backups: at a thousand a second, those of a day.
const AHEAD: i64 = 100_000_000;

/// The highest id of each sequence so far, and the highest version of any configuration.
pub(crate) struct Counters([i64; SEQUENCES.len()], i64);

impl Counters {
    pub(crate) fn load(conn: &Connection) -> Result<Counters> {
        let mut last = [0; SEQUENCES.len()];
        for (sequence, name, table) in SEQUENCES {
            let sql = format!(
                "SELECT max(ifnull((SELECT max(id) FROM {table}), 0),
                            ifnull((SELECT id FROM departed WHERE sequence = ?1), 0))"
            );
            last[*sequence as usize] = conn.query_row(&sql, [name], |row| row.get(0)).map_err(refused)?;
        }
        let sql = "SELECT ifnull(max(config_version), 0) FROM shops";
        Ok(Counters(last, conn.query_row(sql, [], |row| row.get(0)).map_err(refused)?))
    }

    pub(crate) fn next(&mut self, sequence: Sequence) -> i64 {
        let last = &mut self.0[sequence as usize];
        *last += 1;
        *last
    }

    pub(crate) fn last(&self, sequence: Sequence) -> i64 {
        self.0[sequence as usize]
    }

    /// Of a configuration: one that was rolled back never comes back with other content, because whoever has seen it
    /// remembers what it held.
    pub(crate) fn next_version(&mut self) -> i64 {
        self.1 += 1;
        self.1
    }

    /// A row with this id is being stored, whoever chose it.
    pub(crate) fn taken(&mut self, sequence: Sequence, id: i64) {
        let last = &mut self.0[sequence as usize];
        *last = id.max(*last);
    }
}

/// What was given after a backup was made is not in it, and others know of it: keys of what leaves are made of ids, and
/// a receiver would take the first new ones for what it has had.
pub(crate) fn set_ahead(conn: &mut Connection) -> Result<()> {
    let counters = Counters::load(conn)?;
    let mut set = || -> rusqlite::Result<()> {
        let tx = conn.transaction()?;
        for (sequence, name, _) in SEQUENCES {
            let sql = "INSERT INTO departed (sequence, id) VALUES (?1, ?2)
                       ON CONFLICT (sequence) DO UPDATE SET id = max(id, excluded.id)";
            tx.execute(sql, (name, counters.last(*sequence) + AHEAD))?;
        }
        tx.commit()
    };
    set().map_err(refused)
}

/// The name under which `departed` knows a sequence.
pub(crate) fn name(sequence: Sequence) -> &'static str {
    SEQUENCES.iter().find(|(one, ..)| *one == sequence).map_or("", |(_, name, _)| name)
}
