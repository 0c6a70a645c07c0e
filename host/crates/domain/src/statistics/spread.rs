//! How a few values spread: few enough to be sorted, so that every number is exact.

/// Bars of a picture.
const BINS: u64 = 24;

/// Values between two bounds, the upper one included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bin {
    pub from: u64,
    pub to: u64,
    pub count: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spread {
    pub count: u64,
    pub p50: u64,
    pub p95: u64,
    pub p99: u64,
    pub most: u64,
    /// From nothing to the most, all of the same width; empty ones too.
    pub bins: Vec<Bin>,
}

impl Spread {
    /// None of none.
    pub fn of(mut values: Vec<u64>) -> Option<Spread> {
        values.sort_unstable();
        let most = *values.last()?;
        let count = values.len();
        let percentile = |percent: usize| {
            let rank = (count * percent).div_ceil(100).max(1);
            values.get(rank - 1).copied().unwrap_or(most)
        };
        let width = most.div_ceil(BINS).max(1);
        let mut bins: Vec<Bin> = (0..most.div_ceil(width).max(1))
            .map(|place| Bin { from: width * place, to: width.saturating_mul(place + 1), count: 0 })
            .collect();
        for value in &values {
            // The first bin has what is nothing, too.
            let place = usize::try_from(value.saturating_sub(1) / width).unwrap_or(usize::MAX);
            if let Some(bin) = bins.get_mut(place) {
                bin.count += 1;
            }
        }
        Some(Spread {
            count: count as u64,
            p50: percentile(50),
            p95: percentile(95),
            p99: percentile(99),
            most,
            bins,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_there() {
        let spread = Spread::of((1..=200).rev().collect()).unwrap();
        assert_eq!((spread.p50, spread.p95, spread.p99, spread.most), (100, 190, 198, 200));
        assert_eq!(Spread::of(Vec::new()), None);
        let one = Spread::of(vec![7]).unwrap();
        assert_eq!((one.p50, one.p99, one.count), (7, 7, 1));
    }

    #[test]
    fn every_value_is_in_one_bin() {
        for values in [vec![0, 0, 0], vec![1, 24, 25, 1_000_003], vec![u64::MAX, 1, 5], (0..500).collect()] {
            let spread = Spread::of(values.clone()).unwrap();
            let counted: u64 = spread.bins.iter().map(|bin| bin.count).sum();
            assert_eq!(counted, values.len() as u64, "{spread:?}");
            assert!(spread.bins.len() <= BINS as usize, "{spread:?}");
            assert!(spread.bins.windows(2).all(|two| two[0].to == two[1].from), "{spread:?}");
            assert!(spread.bins.last().unwrap().to >= spread.most, "{spread:?}");
        }
    }
}
