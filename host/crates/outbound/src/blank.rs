//! Secrets that a server sends back, e.g. an echo of the request's headers: neither the plugin nor the journal
//! gets to see them.

use rulewright_ports::HttpResponse;

const BLANK: &[u8] = b"***";
/// Bytes. Shorter ones are found everywhere, and are no secrets.
const SHORTEST: usize = 4;

pub fn blanked(response: HttpResponse, secrets: &[String]) -> HttpResponse {
    let mut response = response;
    // The longer first: one may be a part of another.
    let mut secrets: Vec<&[u8]> = secrets.iter().map(|secret| secret.as_bytes()).collect();
    secrets.retain(|secret| secret.len() >= SHORTEST);
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    for secret in secrets {
        if response.truncated {
            cut_beginning(&mut response.body, secret);
        }
        if let Some(clean) = without(&response.body, secret) {
            response.body = clean;
        }
        for (name, value) in &mut response.headers {
            for text in [name, value] {
                if let Some(clean) = without(text.as_bytes(), secret) {
                    *text = String::from_utf8_lossy(&clean).into_owned();
                }
            }
        }
    }
    response
}

/// None: it is not there.
fn without(bytes: &[u8], secret: &[u8]) -> Option<Vec<u8>> {
    let first = position(bytes, secret)?;
    let mut clean = Vec::with_capacity(bytes.len());
    let (mut rest, mut next) = (bytes, Some(first));
    while let Some(at) = next {
        clean.extend_from_slice(&rest[..at]);
        clean.extend_from_slice(BLANK);
        rest = &rest[at + secret.len()..];
        next = position(rest, secret);
    }
    clean.extend_from_slice(rest);
    Some(clean)
}

fn position(bytes: &[u8], secret: &[u8]) -> Option<usize> {
    bytes.windows(secret.len()).position(|part| part == secret)
}

/// Of a body that was cut, the end may be the beginning of a secret.
fn cut_beginning(body: &mut Vec<u8>, secret: &[u8]) {
    let longest = secret.len().min(body.len());
    if let Some(length) = (SHORTEST..longest).rev().find(|length| body.ends_with(&secret[..*length])) {
        body.truncate(body.len() - length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(body: &str, truncated: bool, secrets: &[&str]) -> String {
        let headers = vec![("x".to_owned(), body.to_owned())];
        let body = body.as_bytes().to_vec();
        let response = HttpResponse { status: 200, headers, body, truncated, replayed: false };
        let secrets: Vec<String> = secrets.iter().map(|&secret| secret.into()).collect();
        let response = blanked(response, &secrets);
        assert!(truncated || response.headers[0].1.as_bytes() == response.body);
        String::from_utf8(response.body).unwrap()
    }

    #[test]
    fn every_occurrence_goes_and_the_rest_stays() {
        assert_eq!(seen("a token b token", false, &["token"]), "a *** b ***");
        assert_eq!(seen("tokentoken2", false, &["token", "token2"]), "******");
        assert_eq!(seen("nothing here", false, &["token"]), "nothing here");
        assert_eq!(seen("a b c", false, &["a", ""]), "a b c");
    }

    #[test]
    fn what_was_cut_does_not_end_with_a_part_of_it() {
        assert_eq!(seen("you sent s3cret-to", true, &["s3cret-token"]), "you sent ");
        assert_eq!(seen("you sent s3", true, &["s3cret-token"]), "you sent s3");
    }
}
