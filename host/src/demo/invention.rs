//! What the real file does not say: who the customers are, when they paid, when parcels left and arrived, who
//! called and who wrote.
//!
//! **Invariant:** pure, and decided by the seed alone: the same seed gives the same facts on every machine.
//! Nobody real can be reached: phone numbers are of the ranges that Ofcom keeps for drama (+44 7700 900000 to
//! 900999 and +44 20 7946 0000 to 0999), mail addresses are `@example.com` and `@example.org` (RFC 2606).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rulewright_domain::{Money, Timestamp};

use super::fact::{Fact, What};
use crate::order_file::{Invoice, OrderFile};

pub const SEED: u64 = 20_101_201;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub name: String,
    /// None for some; no number at all for some others.
    pub phone: Option<String>,
    pub email: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Employee {
    pub name: &'static str,
    pub position: &'static str,
    pub phone: &'static str,
    pub email: &'static str,
}

/// The shop's people. The first is the head of the others.
pub const EMPLOYEES: [Employee; 4] = [
    Employee {
        name: "Ada Thornbury",
        position: "Head of sales",
        phone: "+442079460101",
        email: "ada@shop.example",
    },
    Employee { name: "Ben Okafor", position: "Sales", phone: "+442079460102", email: "ben@shop.example" },
    Employee { name: "Cleo Marsh", position: "Sales", phone: "+442079460103", email: "cleo@shop.example" },
    Employee { name: "Dev Patel", position: "Warehouse", phone: "+442079460104", email: "dev@shop.example" },
];

const FIRST: [&str; 24] = [
    "Amber", "Brook", "Cecil", "Delia", "Edmund", "Flora", "Gareth", "Hetty", "Idris", "Joan", "Kit",
    "Lorna", "Miles", "Nell", "Owen", "Piers", "Quentin", "Rhona", "Silas", "Tess", "Una", "Vera", "Wilf",
    "Yvonne",
];
const LAST: [&str; 24] = [
    "Ashdown",
    "Birch",
    "Carrow",
    "Dunmore",
    "Eastlake",
    "Fairfold",
    "Gorsebrook",
    "Hollin",
    "Inglewood",
    "Jessop",
    "Kestrel",
    "Larkfield",
    "Merrow",
    "Nettleship",
    "Oakhurst",
    "Pellow",
    "Quarrie",
    "Rushmere",
    "Sedgwick",
    "Thistle",
    "Underhill",
    "Venning",
    "Whitlow",
    "Yarrow",
];
/// What people type into a phone field when they do not want to be called.
const NO_PHONE: [&str; 4] = ["0770", "n/a", "+44 7700 90", "ask my wife"];
const NO_EMAIL: [&str; 4] = ["nobody", "me(at)example.com", "@example.com", "first last@example.com"];
const QUESTIONS: [&str; 3] =
    ["Can you deliver on a Saturday?", "Please wrap everything as a gift.", "Is the red one still in stock?"];

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

#[derive(Clone, Debug, PartialEq)]
pub struct Invention {
    /// By CustomerID.
    pub people: BTreeMap<String, Person>,
    pub facts: Vec<Fact>,
}

/// `real` are the facts of the file: nothing is invented for an order after it was cancelled.
pub fn invent(file: &OrderFile, real: &[Fact], seed: u64) -> Invention {
    let customers: BTreeSet<&String> = file.invoices.iter().filter_map(|one| one.customer.as_ref()).collect();
    let people = customers
        .into_iter()
        .enumerate()
        .map(|(place, customer)| {
            (customer.clone(), person(place, customer, Dice::new(seed, "person", customer)))
        })
        .collect();
    let canceled: HashMap<&str, Timestamp> = real
        .iter()
        .filter_map(|fact| match &fact.what {
            What::Cancel { order, .. } => Some((order.as_str(), fact.at)),
            _ => None,
        })
        .collect();
    let mut facts = Vec::new();
    for invoice in file.invoices.iter().filter(|invoice| !invoice.is_credit()) {
        let Some(total) = invoice.total().filter(|total| total.is_positive()) else { continue };
        let end = canceled.get(invoice.number.as_str()).copied();
        let before = facts.len();
        life(invoice, total, Dice::new(seed, "life", &invoice.number), &mut facts);
        let kept: Vec<Fact> =
            facts.drain(before..).filter(|fact| end.is_none_or(|end| fact.at < end)).collect();
        facts.extend(kept);
    }
    Invention { people, facts }
}

/// Each of the thousand drama numbers has at most one owner, so that a caller is one person.
fn person(place: usize, customer: &str, mut dice: Dice) -> Person {
    let (first, last) = (dice.one_of(&FIRST), dice.one_of(&LAST));
    let phone = match dice.below(100) {
        0..8 => None,
        8..14 => Some(dice.one_of(&NO_PHONE).to_owned()),
        _ => Some(format!("+447700900{:03}", place % 1000)),
    };
    let email = match dice.below(100) {
        0..7 => None,
        7..12 => Some(dice.one_of(&NO_EMAIL).to_owned()),
        _ => {
            let domain = dice.one_of(&["example.com", "example.org"]);
            Some(format!("{}.{}.{customer}@{domain}", first.to_lowercase(), last.to_lowercase()))
        }
    };
    Person { name: format!("{first} {last}"), phone, email }
}

/// What becomes of one order that costs something.
fn life(invoice: &Invoice, total: Money, mut dice: Dice, facts: &mut Vec<Fact>) {
    let order = invoice.number.clone();
    let mut push = |at: Timestamp, kind: &str, what: What| {
        facts.push(Fact { at, id: format!("{kind}/{}", invoice.number), what });
    };
    ask(invoice, &mut dice, &mut push);
    let pay = |amount: Money, system: &'static str| What::Pay { order: order.clone(), amount, system };
    let paid = match dice.below(100) {
        // By card at once; the payment provider reports every quarter of an hour.
        0..62 => {
            let at = quarter(invoice.at.plus(2 * MINUTE));
            push(at, "pay", pay(total, "card"));
            // And sometimes it reports twice.
            if dice.below(25) == 0 {
                push(at.plus(15 * MINUTE), "pay", pay(total, "card"));
            }
            at
        }
        // By bank transfer; the statement is booked twice a day.
        62..90 => {
            let at = at_hour(invoice.at.plus(dice.between(1, 4) * DAY), dice.one_of(&[10, 15]));
            push(at, "pay", pay(total, "bank transfer"));
            at
        }
        // Late, after the shop had to remind.
        90..95 => {
            let at = at_hour(invoice.at.plus(dice.between(7, 14) * DAY), 15);
            push(at, "pay", pay(total, "bank transfer"));
            at
        }
        // In two parts; the order is paid with the second.
        95..97 => {
            let half = Money { amount: total.amount / 2, ..total };
            let rest = Money { amount: total.amount - half.amount, ..total };
            let at = at_hour(invoice.at.plus(DAY), 10);
            push(at, "pay-half", pay(half, "bank transfer"));
            let at = at_hour(at.plus(dice.between(2, 6) * DAY), 10);
            push(at, "pay-rest", pay(rest, "bank transfer"));
            at
        }
        // Never.
        _ => return,
    };
    // The courier comes at noon and at five, on the same day or the next.
    let pick_up = dice.one_of(&[12, 17]);
    let shipped = at_hour(paid.plus(dice.below(2) as i64 * DAY + 4 * HOUR), pick_up);
    let service =
        if invoice.country == "United Kingdom" { "Drama Parcels" } else { "Drama Parcels International" };
    let tracking = format!("DP{:08}GB", dice.below(100_000_000));
    push(shipped, "ship", What::Ship { order: order.clone(), service, tracking });
    // Reported the next day, now and then days late, and for some parcels never.
    let days = match dice.below(100) {
        0..85 => dice.between(1, 2),
        85..95 => dice.between(4, 9),
        _ => return,
    };
    push(at_hour(shipped.plus(days * DAY), dice.one_of(&[11, 16])), "deliver", What::Deliver { order });
}

/// Some customers call or write before they pay.
fn ask(invoice: &Invoice, dice: &mut Dice, push: &mut impl FnMut(Timestamp, &str, What)) {
    // Drawn in any case, so that one order's customer does not change what follows.
    let (chance, line, question) =
        (dice.below(100), dice.one_of(&["sales", "support"]), dice.one_of(&QUESTIONS));
    let Some(customer) = invoice.customer.clone() else { return };
    let at = quarter(invoice.at.plus(20 * MINUTE));
    match chance {
        0..4 => push(at, "call", What::Call { customer, line }),
        4..9 => push(at, "form", What::Form { customer, form: "question", question }),
        _ => {}
    }
}

/// The next full quarter of an hour.
fn quarter(at: Timestamp) -> Timestamp {
    Timestamp(at.0 + (15 * MINUTE - at.0.rem_euclid(15 * MINUTE)))
}

/// This hour (UTC, which is London's winter time) of the day, or of the next if it has passed.
fn at_hour(at: Timestamp, hour: i64) -> Timestamp {
    let today = Timestamp(at.0 - at.0.rem_euclid(DAY) + hour * HOUR);
    if today >= at { today } else { today.plus(DAY) }
}

/// SplitMix64 with a seed of its own for every purpose and thing, so that leaving one out changes no other.
struct Dice(u64);

impl Dice {
    fn new(seed: u64, purpose: &str, thing: &str) -> Dice {
        // FNV-1a.
        let bytes = seed.to_le_bytes().into_iter().chain(purpose.bytes()).chain([0]).chain(thing.bytes());
        Dice(
            bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
            }),
        )
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// The tiny bias of a remainder does not matter here.
    fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// Both included.
    fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1) as u64) as i64
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::dataset;

    fn invented(seed: u64) -> Invention {
        let file = dataset::load().unwrap();
        invent(&file, &dataset::facts(&file), seed)
    }

    #[test]
    fn the_same_seed_invents_the_same_and_another_does_not() {
        assert_eq!(invented(SEED), invented(SEED));
        assert_ne!(invented(SEED), invented(SEED + 1));
    }

    #[test]
    fn nobody_real_can_be_reached() {
        let invention = invented(SEED);
        let reachable = |number: &str| number.starts_with("+44") && number.len() == 13;
        let phones = invention.people.values().filter_map(|person| person.phone.as_deref());
        let phones = phones.chain(EMPLOYEES.iter().map(|one| one.phone)).filter(|number| reachable(number));
        let mut known = BTreeSet::new();
        for phone in phones {
            assert!(phone.starts_with("+447700900") || phone.starts_with("+442079460"), "{phone}");
            assert!(known.insert(phone.to_owned()), "{phone} has two owners");
        }
        assert!(known.len() > 700, "{}", known.len());
        let emails = invention.people.values().filter_map(|person| person.email.as_deref());
        for email in emails.chain(EMPLOYEES.iter().map(|one| one.email)) {
            let domain = email.rsplit('@').next().unwrap_or_default();
            let reserved = domain.ends_with("example.com")
                || domain.ends_with("example.org")
                || domain.ends_with(".example");
            assert!(reserved || !email.contains('@'), "{email}");
        }
    }

    #[test]
    fn some_addresses_are_missing_some_invalid_and_some_payments_late() {
        let invention = invented(SEED);
        let count =
            |is: &dyn Fn(&Person) -> bool| invention.people.values().filter(|person| is(person)).count();
        assert!(count(&|person| person.phone.is_none()) > 30);
        assert!(count(&|person| person.phone.as_deref().is_some_and(|phone| NO_PHONE.contains(&phone))) > 20);
        assert!(count(&|person| person.email.is_none()) > 30);
        let file = dataset::load().unwrap();
        let created: HashMap<&str, Timestamp> =
            file.invoices.iter().map(|one| (one.number.as_str(), one.at)).collect();
        let late = invention.facts.iter().filter(|fact| match &fact.what {
            What::Pay { order, .. } => fact.at > created[order.as_str()].plus(7 * DAY),
            _ => false,
        });
        assert!(late.count() > 30);
    }

    #[test]
    fn nothing_is_invented_before_its_order_or_after_its_cancellation() {
        let file = dataset::load().unwrap();
        let real = dataset::facts(&file);
        let created: HashMap<&str, Timestamp> =
            file.invoices.iter().map(|one| (one.number.as_str(), one.at)).collect();
        let canceled: HashMap<&str, Timestamp> = real
            .iter()
            .filter_map(|fact| match &fact.what {
                What::Cancel { order, .. } => Some((order.as_str(), fact.at)),
                _ => None,
            })
            .collect();
        for fact in invent(&file, &real, SEED).facts {
            if let What::Pay { order, .. } | What::Ship { order, .. } | What::Deliver { order } = &fact.what {
                assert!(fact.at > created[order.as_str()]);
                assert!(canceled.get(order.as_str()).is_none_or(|at| fact.at < *at));
            }
        }
    }
}
