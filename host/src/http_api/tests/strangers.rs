//! Wrong secrets, at whichever door: who shows one after another is told to stop, and a right one works all the same.

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use axum::response::Response;
use rulewright_domain::Timestamp;
use rulewright_engine::SimulatedClock;

use super::*;

/// From one address, at once.
const FREE: usize = 10;
/// Of them one is forgotten in so many milliseconds, and in one more for what a fraction loses.
const FORGOTTEN: i64 = 6_001;
const START: Timestamp = Timestamp(1_780_000_000_000);

struct House {
    router: Router,
    token: String,
    clock: Arc<SimulatedClock>,
    _dir: tempfile::TempDir,
}

impl House {
    async fn new() -> House {
        let dir = tempfile::tempdir().unwrap();
        let config = Config { compile_apart: false, ..Config::read(Flags::default()).unwrap() };
        let storage = compose::storage(dir.path(), Durability::Process).unwrap();
        let clock = Arc::new(SimulatedClock::new(START));
        let engine = compose::engine(&config, dir.path(), storage.clone(), clock.clone()).unwrap();
        let id = setup::first_shop(&engine, "Tea").await.unwrap();
        let admin = [Scope::Admin].into();
        let (_, token) = token::create(&storage, id, "test", admin, None, None).await.unwrap();
        setup::first_page(&engine).await.unwrap().unwrap();
        House { router: over(&engine), token, clock, _dir: dir }
    }

    async fn ask(&self, from: &str, path: &str, token: &str) -> Response {
        let mut request = Request::get(path);
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let mut request = request.body(Body::empty()).unwrap();
        let peer: SocketAddr = format!("{from}:4711").parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        self.router.clone().oneshot(request).await.unwrap()
    }

    async fn status(&self, from: &str, path: &str, token: &str) -> u16 {
        self.ask(from, path, token).await.status().as_u16()
    }
}

async fn text(answer: Response) -> String {
    let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

#[tokio::test]
async fn d09_after_ten_wrong_secrets_an_address_is_told_to_stop_and_a_right_one_works() {
    let house = House::new().await;
    let doors = [
        "/v1/shop",
        "/rest/1/wrong/profile",
        "/rest/profile?auth=wrong",
        "/v1/hooks/survey?order=ord_1",
        "/d/wrong",
        "/t/o/wrong",
        "/hooks/providers/shop_1/main/wrong",
        "/setup?code=wrong",
    ];
    for (number, door) in doors.into_iter().enumerate() {
        let from = format!("192.0.2.{number}");
        let usual = house.status(&from, door, "rw_1_wrong").await;
        assert!(usual < 500 && usual != 429, "{door}: {usual}");
        for _ in 1..FREE {
            assert_eq!(house.status(&from, door, "rw_1_wrong").await, usual, "{door}");
        }
        let refused = house.ask(&from, door, "rw_1_wrong").await;
        assert_eq!(refused.status().as_u16(), 429, "{door}");
        let wait: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((6..=7).contains(&wait), "{door}: {wait}");
        let said = text(refused).await.to_lowercase().replace('_', "-");
        assert!(said.contains("too-many-wrong-secrets"), "{door}: {said}");
        assert_eq!(house.status(&from, "/v1/shop", &house.token).await, 200, "{door}: a neighbour works on");
        assert_eq!(house.status("198.51.100.1", door, "rw_1_wrong").await, usual, "{door}: another address");
        house.clock.advance_to(Timestamp(START.0 + FORGOTTEN * (number as i64 + 1)));
        assert_eq!(house.status(&from, door, "rw_1_wrong").await, usual, "{door}: one is forgotten");
        assert_eq!(house.status(&from, door, "rw_1_wrong").await, 429, "{door}: and only one");
    }
    let metrics = text(house.ask("198.51.100.1", "/metrics", &house.token).await).await;
    let counted = format!("rulewright_http_refused_total{{reason=\"wrong_secrets\"}} {}", 2 * doors.len());
    assert!(metrics.contains(&counted), "{metrics}");
}

#[tokio::test]
async fn who_shows_no_secret_or_comes_from_within_is_not_counted() {
    let house = House::new().await;
    for _ in 0..3 * FREE {
        assert_eq!(house.status("192.0.2.1", "/setup", "").await, 200);
        assert_eq!(house.status("192.0.2.1", "/v1/shop", "").await, 401);
        assert_eq!(house.status("192.0.2.1", "/rest/profile", "").await, 401);
        let within = Request::get("/v1/shop").header("authorization", "Bearer rw_1_wrong");
        let within = within.body(Body::empty()).unwrap();
        assert_eq!(house.router.clone().oneshot(within).await.unwrap().status().as_u16(), 401);
    }
}
