//! What stands around a result: `time`, and the page of a list.

use std::time::{Duration, Instant};

use rulewright_domain::Timestamp;
use serde_json::{Map, Value, json};

use crate::{call::Answer, fault::Fault, limits::Operating};

/// When a call began. How long it takes is measured beside the shop's clock, which may be a simulated one.
#[derive(Clone, Copy)]
pub struct Began {
    at: Timestamp,
    since: Instant,
}

impl Began {
    pub fn new(at: Timestamp) -> Began {
        Began { at, since: Instant::now() }
    }

    pub fn elapsed(&self) -> Duration {
        self.since.elapsed()
    }

    pub fn at(&self) -> Timestamp {
        self.at
    }
}

/// All eight fields: clients parse the first six and refuse an answer without them.
pub fn time(began: Began, processing: Duration, operating: Operating, zone: &str) -> Value {
    let duration = began.elapsed();
    let start = began.at.0 as f64 / 1000.0;
    let finish = began.at.plus(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX));
    json!({
        "start": start,
        "finish": start + duration.as_secs_f64(),
        "duration": duration.as_secs_f64(),
        "processing": processing.as_secs_f64(),
        "date_start": date(began.at, zone),
        "date_finish": date(finish, zone),
        "operating_reset_at": operating.reset_at,
        "operating": operating.seconds,
    })
}

const WITH_SECONDS: usize = "1815-12-10T00:00:00+00:53:28".len();

/// As every date of the facade: to the second, with the offset of the shop's zone.
pub fn date(at: Timestamp, zone: &str) -> String {
    let pattern = "%Y-%m-%dT%H:%M:%S%:z";
    let mut text = at.written(zone, pattern).or_else(|| at.written("UTC", pattern)).unwrap_or_default();
    // Before there were time zones, places were seconds apart; no client can read that.
    if text.len() == WITH_SECONDS {
        text.truncate(WITH_SECONDS - ":00".len());
    }
    text
}

pub fn success(answer: Answer, time: Value) -> Value {
    let mut envelope = Map::from_iter([("result".to_owned(), answer.result), ("time".to_owned(), time)]);
    envelope.extend(answer.total.map(|total| ("total".to_owned(), total.into())));
    envelope.extend(answer.warning.map(|warning| ("warning".to_owned(), warning.into())));
    envelope.extend(answer.next.map(|next| ("next".to_owned(), next.into())));
    Value::Object(envelope)
}

pub fn error(fault: &Fault) -> Value {
    json!({ "error": fault.code, "error_description": fault.description })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_has_all_eight_fields_and_dates_have_an_offset() {
        let began = Began::new(Timestamp(1_722_848_533_500));
        let operating = Operating { seconds: 0.5, reset_at: 1_722_849_133 };
        let time = time(began, Duration::from_millis(2), operating, "Europe/Berlin");
        assert_eq!(time["start"], 1_722_848_533.5);
        assert_eq!(time["date_start"], "2024-08-05T11:02:13+02:00");
        assert_eq!(time["operating_reset_at"], 1_722_849_133);
        assert!(time["finish"].as_f64() >= time["start"].as_f64());
        assert!(time["processing"].is_f64() && time["operating"].is_f64() && time["duration"].is_f64());
        assert_eq!(time.as_object().unwrap().len(), 8);
    }

    #[test]
    fn an_offset_has_no_seconds_even_where_the_zone_had_some() {
        let at = Timestamp::parse("1815-12-09T23:06:32Z").unwrap();
        assert_eq!(date(at, "Europe/Berlin"), "1815-12-10T00:00:00+00:53");
    }

    #[test]
    fn an_error_has_no_result_and_a_success_no_error() {
        let answer = Answer::page(json!([]), 0, 51);
        let envelope = success(answer, json!({}));
        assert_eq!(envelope, json!({"result": [], "time": {}, "total": 51, "next": 50}));
        assert_eq!(
            error(&Fault::classic("Not found.")),
            json!({"error": "", "error_description": "Not found."})
        );
    }
}
