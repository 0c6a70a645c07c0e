//! The body of an answer, checked while it comes: how much, how fast, and whether it is what was asked for.

use std::time::Instant;

use reqwest::Response;
use reqwest::header::CONTENT_ENCODING;
use rulewright_domain::plugin::Digest;
use rulewright_ports::{FetchProgress, FetchRefusal};
use sha2::{Digest as _, Sha256};

use crate::packages::FetchLimits;
use crate::packages::refused::{self, Way};

pub struct Expected {
    pub digest: Option<Digest>,
    pub size: Option<u64>,
    pub most: u64,
    pub begins: &'static [u8],
}

impl Expected {
    pub fn at_most(most: u64) -> Expected {
        Expected { digest: None, size: None, most, begins: b"" }
    }
}

pub fn digest(bytes: &[u8]) -> Digest {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

pub async fn read(
    mut response: Response,
    limits: &FetchLimits,
    expected: Expected,
    what: &str,
    told: FetchProgress<'_>,
) -> Result<Vec<u8>, FetchRefusal> {
    let encoding = response.headers().get(CONTENT_ENCODING);
    if let Some(encoding) = encoding.filter(|encoding| encoding.as_bytes() != b"identity") {
        let encoding = String::from_utf8_lossy(encoding.as_bytes()).into_owned();
        return Err(FetchRefusal::new(
            "compressed",
            format!(
                "{what} comes compressed ({encoding}), and nothing is unpacked here: ask who runs the server to send it as it is"
            ),
        ));
    }
    if let Some(declared) = response.content_length() {
        fits(declared, &expected, what)?;
        if let Some(size) = expected.size.filter(|size| *size != declared) {
            return Err(mismatch(what, size, &format!("{declared} bytes")));
        }
    }
    let total = expected.size.or(response.content_length());
    let mut bytes: Vec<u8> = Vec::new();
    let mut begun = Instant::now();
    let mut before = 0;
    loop {
        let left = limits.window.saturating_sub(begun.elapsed());
        let chunk = match tokio::time::timeout(left, response.chunk()).await {
            Ok(chunk) => chunk.map_err(|error| refused::failed(error, Way::Asked, what))?,
            Err(_) => {
                let came = bytes.len() as u64 - before;
                if came < limits.floor {
                    return Err(slow(what, came, limits));
                }
                (begun, before) = (Instant::now(), bytes.len() as u64);
                continue;
            }
        };
        let Some(chunk) = chunk else { break };
        let length = bytes.len() as u64 + chunk.len() as u64;
        // Whatever was declared: what counts is what comes.
        if let Some(size) = expected.size.filter(|size| length > *size) {
            return Err(mismatch(what, size, "more"));
        }
        fits(length, &expected, what)?;
        bytes.extend_from_slice(&chunk);
        let known = bytes.len().min(expected.begins.len());
        if bytes.get(..known) != expected.begins.get(..known) {
            return Err(refused::media_type(&format!(
                "{what} is not what it is said to be: its first bytes are of another kind of file"
            )));
        }
        told(length, total);
    }
    let length = bytes.len() as u64;
    if let Some(size) = expected.size.filter(|size| length != *size) {
        return Err(mismatch(what, size, &format!("{length} bytes")));
    }
    if bytes.len() < expected.begins.len() {
        return Err(refused::media_type(&format!("{what} is not what it is said to be: it is too short")));
    }
    let found = digest(&bytes);
    match expected.digest {
        Some(digest) if digest != found => Err(FetchRefusal::new(
            "digest-mismatch",
            format!(
                "{what} is not what was asked for: sha256 {digest} was expected and {found} came; it was changed on the way or in the registry, so do not use it, and tell its publisher"
            ),
        )),
        _ => Ok(bytes),
    }
}

fn fits(length: u64, expected: &Expected, what: &str) -> Result<(), FetchRefusal> {
    if expected.size.is_some() || length <= expected.most {
        return Ok(());
    }
    let most = expected.most;
    Err(FetchRefusal::new(
        "too-large",
        format!("{what} has {length} bytes or more, and may have {most}: it has to be made smaller"),
    ))
}

fn mismatch(what: &str, size: u64, found: &str) -> FetchRefusal {
    FetchRefusal::new(
        "size-mismatch",
        format!("{what} is said to have {size} bytes, and {found} came: it has to be published again"),
    )
}

fn slow(what: &str, came: u64, limits: &FetchLimits) -> FetchRefusal {
    let seconds = limits.window.as_secs_f32();
    FetchRefusal::new(
        "too-slow",
        format!(
            "{what} comes too slowly: {came} bytes in {seconds} s, at least {} are expected; try again later",
            limits.floor
        ),
    )
}
