//! A database of an older program is brought to what this one knows, however often that is cut off.

use std::path::Path;

use rulewright_ports::{StorageError, StorageExt};
use rulewright_storage::Sqlite;
use rusqlite::Connection;
use serde_json::json;

use crate::{output, rulewright, server::Server};

/// The first that there was.
const FIRST: &str = include_str!("../../host/crates/storage/migrations/sqlite/0001_init.sql");
/// "RWrt", as the program marks its files.
const APPLICATION: i64 = 0x5257_7274;
/// More than there are steps, dying twice at each.
const MOST: usize = 200;

fn version(file: &Path) -> i64 {
    // Of a copy: whoever opens the file itself takes up the log that was left, which is for the next start to do.
    let dir = tempfile::tempdir().unwrap();
    let copy = dir.path().join("copy.db");
    for end in ["", "-wal"] {
        let end = |path: &Path| format!("{}{end}", path.display());
        if Path::new(&end(file)).exists() {
            std::fs::copy(end(file), end(&copy)).unwrap();
        }
    }
    let conn = Connection::open(copy).unwrap();
    conn.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
}

#[test]
fn an_older_database_is_migrated_whenever_that_is_cut_off_and_keeps_what_it_holds() {
    if !cfg!(debug_assertions) {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let (new, old) = (home.path().join("new"), home.path().join("old"));
    assert!(Server::start(&new).stop().success());
    let newest = version(&new.join("rulewright.db"));
    // Sealed there, and open in what was written before anything was.
    let of_new = Sqlite::open(new.join("rulewright.db"), Default::default()).unwrap();
    let shops: Result<_, StorageError> = of_new.glance(|reads| reads.shops());
    let shop = json!(shops.unwrap()[0]).to_string();
    std::fs::create_dir(&old).unwrap();
    let file = old.join("rulewright.db");
    {
        let conn = Connection::open(&file).unwrap();
        conn.execute_batch(FIRST).unwrap();
        conn.pragma_update(None, "application_id", APPLICATION).unwrap();
        conn.pragma_update(None, "user_version", 1).unwrap();
        conn.execute("INSERT INTO shops (id, config_version, body) VALUES (1, 1, ?1)", [shop]).unwrap();
        conn.execute_batch(
            "INSERT INTO clients (id, shop, body) VALUES (1, 1, '{}');
             INSERT INTO client_addresses (shop, kind, address, client) VALUES (1, 'phone', '+12025550100', 1);
             INSERT INTO numerators_state (shop, numerator, last) VALUES (1, 'invoices', 46)",
        )
        .unwrap();
    }
    // Dies before a step is durable, which is then done again, and after it, which is then not done again.
    let mut at = ["migrate.before:1", "migrate.after:1", "migrate.before:2"].into_iter().cycle();
    let mut reached = vec![version(&file)];
    assert_eq!(reached, [1]);
    loop {
        assert!(reached.len() < MOST, "it never ends: {reached:?}");
        let mut command = rulewright();
        // Where a system that keeps cores may leave them.
        command.current_dir(home.path());
        command.args(["token", "list", "--data"]).arg(&old).env("RULEWRIGHT_CRASH_AT", at.next().unwrap());
        let ended = command.output().unwrap();
        reached.push(version(&file));
        if ended.status.success() {
            break;
        }
        assert_eq!(ended.status.code(), None, "it did not die: {}", String::from_utf8_lossy(&ended.stderr));
    }
    assert!(reached.is_sorted() && reached.last() == Some(&newest), "{reached:?} of {newest}");
    assert!(
        reached.windows(2).all(|two| two[1] - two[0] <= 1),
        "a step was done twice or left out: {reached:?}"
    );
    assert!(reached.windows(2).any(|two| two[0] == two[1]), "no step was cut off: {reached:?}");

    let server = Server::start(&old);
    assert!(server.stop().success());
    let conn = Connection::open(&file).unwrap();
    let number: i64 = conn
        .query_row("SELECT last FROM numerators_state WHERE numerator = 'invoices'", [], |row| row.get(0))
        .unwrap();
    let end: String = conn
        .query_row("SELECT address FROM client_addresses WHERE kind = 'phone-end'", [], |row| row.get(0))
        .unwrap();
    assert_eq!((number, end.as_str()), (46, "5550100"));
    drop(conn);
    output(rulewright().args(["doctor", "--data"]).arg(&old));
}
