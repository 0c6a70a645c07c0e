/// How long most of them took, the slowest twentieth and the slowest hundredth: microseconds, never too low and at most one
/// part in 64 too high. None where there was none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Durations {
    pub p50: Option<u64>,
    pub p95: Option<u64>,
    pub p99: Option<u64>,
}

/// Counts of values in slots that are a 64th as wide as their values are large: the same few kilobytes for ten runs and for
/// ten million, where keeping every value to sort them would not be.
#[derive(Default)]
pub(super) struct Histogram {
    slots: Vec<u64>,
    count: u64,
}

/// Each doubling has 64 slots.
const BITS: u32 = 6;

impl Histogram {
    pub fn add(&mut self, value: u64) {
        let slot = slot(value);
        if self.slots.len() <= slot {
            self.slots.resize(slot + 1, 0);
        }
        if let Some(counted) = self.slots.get_mut(slot) {
            *counted += 1;
        }
        self.count += 1;
    }

    pub fn durations(&self) -> Durations {
        Durations { p50: self.percentile(50), p95: self.percentile(95), p99: self.percentile(99) }
    }

    /// The smallest value that so many of a hundred do not exceed.
    fn percentile(&self, percent: u64) -> Option<u64> {
        let rank = (self.count * percent).div_ceil(100).max(1);
        let mut seen = 0;
        let found = self.slots.iter().position(|counted| {
            seen += counted;
            seen >= rank
        });
        found.map(last_of)
    }
}

fn slot(value: u64) -> usize {
    let doublings = (u64::BITS - value.leading_zeros()).saturating_sub(BITS + 1);
    ((u64::from(doublings) << BITS) + (value >> doublings)) as usize
}

/// The largest value of a slot.
fn last_of(slot: usize) -> u64 {
    let slot = slot as u64;
    let doublings = (slot >> BITS).saturating_sub(1);
    let first = slot - (doublings << BITS);
    ((u128::from(first) + 1) << doublings).saturating_sub(1).try_into().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_ends_at_most_a_64th_above_its_values() {
        let mut before = 0;
        for value in (0..2_000).chain((11..64).flat_map(|bit| [(1_u64 << bit) - 1, 1 << bit, (1 << bit) + 7]))
        {
            let (slot, last) = (slot(value), last_of(slot(value)));
            assert!(last >= value && last - value <= value / 64, "{value} in a slot to {last}");
            assert!(slot >= before, "{value}");
            before = slot;
        }
        assert_eq!(last_of(slot(u64::MAX)), u64::MAX);
    }

    #[test]
    fn percentiles_are_those_of_the_sorted_values() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.durations(), Durations::default());
        for value in (1..=100).rev() {
            histogram.add(value);
        }
        assert_eq!(histogram.durations(), Durations { p50: Some(50), p95: Some(95), p99: Some(99) });
        let mut one = Histogram::default();
        one.add(1_000_000);
        let p99 = one.durations().p99.unwrap();
        assert!((1_000_000..=1_015_625).contains(&p99), "{p99}");
    }
}
