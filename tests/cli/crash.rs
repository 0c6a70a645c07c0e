//! `kill -9` at random during the demo's replay, and a restart, again and again: the same shop in the end as if nothing
//! had happened.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::Stdio,
    time::Duration,
};

use rulewright_domain::{OrderId, ShopId, Timestamp};
use rulewright_ports::{
    Reads, StorageError, StorageExt,
    storage::{EntryQuery, EventQuery, MessageQuery, OrderQuery, Page, RunQuery},
};
use rulewright_storage::Sqlite;
use serde_json::{Value, json};

use crate::{output, rulewright, server::warm};

/// Kills; `RULEWRIGHT_CRASHES` asks for more or fewer.
const CRASHES: u32 = 200;
/// Of the demo's orders: enough for several days of timers, and quick without optimisation.
const ORDERS: &str = "150";

#[test]
fn kill_9_at_random_during_the_replay_changes_nothing_in_the_end() {
    let calm = tempfile::tempdir().unwrap();
    warm(calm.path());
    let begun = std::time::Instant::now();
    let summary = replay(calm.path());
    let whole = begun.elapsed();
    let orders = &summary["orders"];
    let count = |name: &str| orders[name].as_u64().unwrap();
    assert_eq!(count("imported") + count("refused"), count("real"), "an order is not accounted for");

    let crashes = std::env::var("RULEWRIGHT_CRASHES").ok().and_then(|text| text.parse().ok());
    let crashes: u32 = crashes.unwrap_or(CRASHES);
    let expected = state(calm.path());
    let share = (events(calm.path()) / u64::from(crashes)).max(1);
    let mut random = Random(0x5eed);
    let (mut killed, mut amid, mut ends) = (0, 0, 0);
    // How long a life lasts at most. Adapted, so that there are many deaths in each replay, whatever a start takes here.
    let mut longest = whole / 10;
    while killed < crashes || ends == 0 {
        let wild = tempfile::tempdir().unwrap();
        warm(wild.path());
        let mut before = 0;
        while killed < crashes {
            let mut child = rulewright()
                .args(["demo", "--exit-after-replay", "--json", "--first", ORDERS, "--data"])
                .arg(wild.path())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            // The moment itself is the test; more often late than early, because every life begins with a start.
            std::thread::sleep(longest.mul_f64(random.fraction().sqrt()) + Duration::from_millis(1));
            if let Some(status) = child.try_wait().unwrap() {
                assert!(status.success(), "{status}");
                longest = longest.mul_f64(0.8);
                break;
            }
            child.kill().unwrap();
            child.wait().unwrap();
            killed += 1;
            // Whoever looks tidies up the log, so every other life finds it as it was left.
            if killed % 2 == 0 {
                let now = events(wild.path());
                let gone_on = now.saturating_sub(before);
                amid += u32::from(gone_on > 0 && before > 0);
                longest = longest.mul_f64(match gone_on {
                    // The shop is still being opened.
                    _ if now == 0 => 1.02,
                    few if few < share => 1.15,
                    many if many > 8 * share => 0.8,
                    _ => 1.0,
                });
                before = now;
            }
        }
        replay(wild.path());
        ends += 1;
        let found = state(wild.path());
        for (part, expected) in &expected {
            let found = &found[part];
            assert_eq!(expected.len(), found.len(), "{part} after {killed} kills");
            if let Some(missing) = expected.difference(found).next() {
                let other = found.difference(expected).next();
                panic!("{part} differ after {killed} kills:\n  calm: {missing}\n  wild: {other:?}");
            }
        }
    }
    println!(
        "{killed} kills in {ends} replays, after {amid} looks another part was done; whole replay {whole:?}"
    );
    assert!(
        amid >= crashes / 10,
        "of {killed} kills too few were amid a replay: after {amid} looks another part was done"
    );
}

fn replay(data: &Path) -> Value {
    let out = output(
        rulewright().args(["demo", "--exit-after-replay", "--json", "--first", ORDERS, "--data"]).arg(data),
    );
    serde_json::from_str(out.lines().last().unwrap()).unwrap()
}

/// None before there is a shop.
fn events(data: &Path) -> u64 {
    let Ok(storage) = Sqlite::open(data.join("rulewright.db"), Default::default()) else { return 0 };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let read = storage.read(|reads| {
        let Some(shop) = reads.shops()?.first().map(|shop| shop.id) else { return Ok(0) };
        let all = pages(|page| reads.events(shop, &EventQuery::default(), page), |event| event.id.0)?;
        Ok::<_, StorageError>(all.len() as u64)
    });
    runtime.block_on(read).unwrap()
}

/// All that anybody can see of the shop, and when it came to be, as sets of lines, and the numbers of its documents without gaps.
fn state(data: &Path) -> BTreeMap<&'static str, BTreeSet<String>> {
    let storage = Sqlite::open(data.join("rulewright.db"), Default::default()).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let read = storage.read(|reads| {
        let shop = reads.shops()?[0].id;
        Ok::<_, StorageError>(BTreeMap::from([
            ("orders", orders(reads, shop)?),
            ("timeline", entries(reads, shop)?),
            ("documents", documents(reads, shop)?),
            ("deliveries", deliveries(reads, shop)?),
            ("runs", runs(reads, shop)?),
        ]))
    });
    runtime.block_on(read).unwrap()
}

fn pages<T>(
    mut page: impl FnMut(Page) -> Result<Vec<T>, StorageError>,
    id: impl Fn(&T) -> i64,
) -> Result<Vec<T>, StorageError> {
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let next = page(Page { after, limit: Page::MAX, newest_first: false })?;
        let Some(last) = next.last() else { return Ok(all) };
        after = Some(id(last));
        all.extend(next);
    }
}

fn orders(reads: &mut dyn Reads, shop: ShopId) -> Result<BTreeSet<String>, StorageError> {
    let all = pages(|page| reads.orders(shop, &OrderQuery::default(), page), |order| order.id.0)?;
    Ok(all.iter().map(|order| json!(order).to_string()).collect())
}

fn entries(reads: &mut dyn Reads, shop: ShopId) -> Result<BTreeSet<String>, StorageError> {
    let all = pages(|page| reads.entries(shop, &EntryQuery::default(), page), |entry| entry.id.0)?;
    let line = |(order, at, kind, text): (Option<OrderId>, Timestamp, &str, String), count: usize| {
        format!("{order:?} {at} {kind} {} x{count}", unnumbered(&text))
    };
    let mut counted = BTreeMap::new();
    for entry in all {
        *counted.entry((entry.order, entry.at, entry.kind.name(), entry.text)).or_insert(0) += 1;
    }
    Ok(counted.into_iter().map(|(key, count)| line(key, count)).collect())
}

fn documents(reads: &mut dyn Reads, shop: ShopId) -> Result<BTreeSet<String>, StorageError> {
    let all = pages(|page| reads.documents(shop, None, page), |document| document.id.0)?;
    let mut taken: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for document in &all {
        if let Some((numerator, number)) = document.numerator.as_deref().zip(document.number.as_deref()) {
            let digits = number.rsplit('-').next().and_then(|digits| digits.parse::<u64>().ok());
            taken.entry(numerator).or_default().extend(digits);
        }
    }
    for (numerator, mut numbers) in taken {
        numbers.sort_unstable();
        let expected: Vec<u64> = (numbers[0]..numbers[0] + numbers.len() as u64).collect();
        assert_eq!(numbers, expected, "the numbers of `{numerator}` have gaps or doubles");
    }
    Ok(all.iter().map(|document| format!("{} {:?}", document.order, document.template)).collect())
}

fn deliveries(reads: &mut dyn Reads, shop: ShopId) -> Result<BTreeSet<String>, StorageError> {
    let all = pages(|page| reads.messages(shop, &MessageQuery::default(), page), |message| message.id.0)?;
    let keys: BTreeSet<&str> = all.iter().map(|message| message.key.as_str()).collect();
    assert_eq!(keys.len(), all.len(), "two messages share a key");
    let line = |message: &rulewright_domain::Message| {
        let draft = &message.draft;
        format!(
            "{} {} {:?} {:?} {} {} {}",
            message.key,
            message.created,
            message.settled,
            message.state,
            draft.channel,
            draft.address,
            unnumbered(&draft.text)
        )
    };
    Ok(all.iter().map(line).collect())
}

fn runs(reads: &mut dyn Reads, shop: ShopId) -> Result<BTreeSet<String>, StorageError> {
    let all = pages(|page| reads.runs(shop, &RunQuery::default(), page), |run| run.id.0)?;
    let line = |run: &rulewright_domain::Run| {
        let (order, visit, rule, state, step) = (run.order, run.visit, &run.rule, run.state.name(), run.step);
        format!("{order} visit {visit} {rule} {state} steps {step} {} to {:?}", run.created, run.ended)
    };
    Ok(all.iter().map(line).collect())
}

/// Orders of the same hour may take document numbers, such as `INV-0012`, in either order.
fn unnumbered(text: &str) -> String {
    let mut parts = text.split('-');
    let first = parts.next().unwrap_or_default().to_owned();
    let rest = parts.map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit()));
    rest.fold(first, |shown, part| shown + "-" + part)
}

/// The same kills in every run of the test.
struct Random(u64);

impl Random {
    fn fraction(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % 1000) as f64 / 1000.0
    }
}
