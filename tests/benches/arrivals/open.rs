//! An open model: orders arrive when they are due, whether or not the server has answered those before, and how long each
//! waited is counted from then. A closed loop would ask less the slower it is answered, and so measure its own patience.

use std::{
    cell::RefCell,
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};

use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    sync::Semaphore,
    task::LocalSet,
};

/// At once; what arrives beyond waits for one here, and that counts. Below the files that a process usually may open.
const CONNECTIONS: usize = 800;

/// Orders of one shop.
pub struct Stream {
    pub name: &'static str,
    pub token: String,
    /// A second.
    pub rate: f64,
}

#[derive(Clone, Debug)]
pub struct Answer {
    /// Which of the streams.
    pub stream: usize,
    /// Of the order, and its idempotency key.
    pub number: String,
    /// 0: none came.
    pub status: u16,
    pub retry_after: bool,
    /// Since it was due.
    pub took: Duration,
}

impl Answer {
    pub fn is_accepted(&self) -> bool {
        self.status / 100 == 2
    }
}

type Idle = Rc<RefCell<Vec<BufReader<TcpStream>>>>;

/// The answers to all that arrives in this time, in the order in which they came; `told` hears of each.
pub async fn arrive(
    to: SocketAddr,
    phase: &str,
    streams: &[Stream],
    lasts: Duration,
    told: impl Fn(&Answer) + 'static,
) -> Vec<Answer> {
    let mut due: Vec<(Duration, usize, usize)> = Vec::new();
    for (stream, Stream { rate, .. }) in streams.iter().enumerate() {
        let count = (lasts.as_secs_f64() * rate) as usize;
        due.extend((0..count).map(|number| (Duration::from_secs_f64(number as f64 / rate), stream, number)));
    }
    due.sort_unstable();
    let (idle, places): (Idle, _) = (Rc::default(), Rc::new(Semaphore::new(CONNECTIONS)));
    let (told, answers) = (Rc::new(told), Rc::new(RefCell::new(Vec::with_capacity(due.len()))));
    let local = LocalSet::new();
    let begun = Instant::now();
    let arriving = async {
        for (at, stream, number) in due {
            tokio::time::sleep_until((begun + at).into()).await;
            let Stream { name, token, .. } = &streams[stream];
            let number = format!("{phase}-{name}-{number}");
            let request = request(token, &number);
            let (idle, places) = (idle.clone(), places.clone());
            let (told, answers) = (told.clone(), answers.clone());
            tokio::task::spawn_local(async move {
                let place = places.acquire().await;
                let (status, retry_after) = ask(to, &idle, &request).await.unwrap_or_default();
                drop(place);
                let took = begun.elapsed().saturating_sub(at);
                let answer = Answer { stream, number, status, retry_after, took };
                told(&answer);
                answers.borrow_mut().push(answer);
            });
        }
    };
    local.run_until(arriving).await;
    local.await;
    answers.take()
}

/// Status, and whether it says when to come again.
async fn ask(to: SocketAddr, idle: &Idle, request: &str) -> std::io::Result<(u16, bool)> {
    let kept = idle.borrow_mut().pop();
    if let Some(kept) = kept
        && let Ok(answer) = exchange(kept, idle, request).await
    {
        return Ok(answer);
    }
    // The server may have closed one that was kept; under its key the order is still done once.
    let stream = TcpStream::connect(to).await?;
    stream.set_nodelay(true)?;
    exchange(BufReader::new(stream), idle, request).await
}

async fn exchange(
    mut stream: BufReader<TcpStream>,
    idle: &Idle,
    request: &str,
) -> std::io::Result<(u16, bool)> {
    stream.write_all(request.as_bytes()).await?;
    let (mut line, mut status, mut length, mut retry_after, mut ends) = (String::new(), 0, 0, false, false);
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let text = line.trim_end();
        match text.split_once(':').map(|(name, value)| (name.to_ascii_lowercase(), value.trim())) {
            _ if status == 0 => {
                status = text.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or_default();
            }
            Some((name, value)) if name == "content-length" => length = value.parse().unwrap_or(0),
            Some((name, _)) if name == "retry-after" => retry_after = true,
            Some((name, value)) if name == "connection" => ends = value.eq_ignore_ascii_case("close"),
            _ if text.is_empty() => break,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    if !ends {
        idle.borrow_mut().push(stream);
    }
    Ok((status, retry_after))
}

fn request(token: &str, number: &str) -> String {
    let line = |sku: u32| {
        json!({ "sku": format!("8512{sku}A"), "title": "WHITE HANGING HEART T-LIGHT HOLDER", "quantity": "6",
            "unit_price": { "amount": "2.55", "currency": "EUR" } })
    };
    let body = json!({ "pipeline": "orders", "number": number, "title": "Order of a gift shop",
        "currency": "EUR", "lines": (1..=3).map(line).collect::<Vec<_>>() })
    .to_string();
    format!(
        "POST /v1/orders HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\
         idempotency-key: {number}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}
