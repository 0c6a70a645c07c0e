//! Numbers about numbers.

use std::time::Duration;

/// What this part of all is at most; of nothing, nothing.
pub fn part(sorted: &[Duration], part: f64) -> Duration {
    let last = sorted.len().saturating_sub(1);
    sorted.get((last as f64 * part).ceil() as usize).copied().unwrap_or_default()
}

/// By how much the second number grows for each of the first: the straight line that is nearest to all the points.
pub fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|one| one.0), mean(|one| one.1));
    let across: f64 = points.iter().map(|one| (one.0 - x).powi(2)).sum();
    let along: f64 = points.iter().map(|one| (one.0 - x) * (one.1 - y)).sum();
    if across > 0.0 { along / across } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_the_waits_is_the_wait_that_so_many_stay_below() {
        let waits: Vec<Duration> = (1..=100).map(Duration::from_millis).collect();
        let millis = |of: f64| part(&waits, of).as_millis();
        assert_eq!((millis(0.0), millis(0.5), millis(0.99), millis(1.0)), (1, 51, 100, 100));
        assert_eq!(part(&[], 0.99), Duration::ZERO);
    }

    #[test]
    fn a_slope_is_told_from_noise_around_it() {
        let noisy = |growth: f64| -> Vec<(f64, f64)> {
            (0..120).map(|at| (f64::from(at), 50.0 + growth * f64::from(at) + f64::from(at % 3))).collect()
        };
        assert!(slope(&noisy(0.0)).abs() < 0.01);
        assert!((slope(&noisy(2.0)) - 2.0).abs() < 0.01);
        assert!(slope(&[(1.0, 5.0)]).abs() < f64::EPSILON, "one point leads nowhere");
    }
}
