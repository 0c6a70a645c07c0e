//! What a form with a file has sent.

use axum::{
    body::Bytes,
    extract::rejection::BytesRejection,
    http::{HeaderMap, header},
};
use rulewright_engine::{MAX_TEMPLATE_FILE, Refusal};

use crate::{
    door::Look,
    settings::{Pairs, wrong},
};

#[derive(Debug, Default, PartialEq)]
pub struct Sent {
    pub pairs: Pairs,
    /// None where none was chosen.
    pub file: Option<File>,
}

#[derive(Debug, PartialEq)]
pub struct File {
    /// As it is called where it came from.
    pub name: String,
    pub bytes: Vec<u8>,
}

pub async fn read(
    look: &Look,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Sent, Refusal> {
    let body = body.map_err(|_| {
        let most = look.bytes(MAX_TEMPLATE_FILE as u64);
        wrong("/file", look.with("template-too-large", &[("most", most.into())]))
    })?;
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let unreadable = |_: multer::Error| wrong("/file", look.text("template-unreadable"));
    let boundary = multer::parse_boundary(media).map_err(unreadable)?;
    let whole = futures::stream::iter([Ok::<_, std::convert::Infallible>(body)]);
    let mut parts = multer::Multipart::new(whole, boundary);
    let mut sent = Sent::default();
    while let Some(part) = parts.next_field().await.map_err(unreadable)? {
        let name = part.name().unwrap_or_default().to_owned();
        let file = part.file_name().map(str::to_owned);
        let bytes = part.bytes().await.map_err(unreadable)?;
        match file {
            Some(name) if !name.is_empty() => sent.file = Some(File { name, bytes: bytes.to_vec() }),
            // The field is there, and nothing was chosen in it.
            Some(_) => {}
            None => sent.pairs.push((name, String::from_utf8_lossy(&bytes).into_owned())),
        }
    }
    Ok(sent)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;
    use crate::{listing::tests::look, settings::field::pair};

    async fn sent(media: &'static str, body: &str) -> Result<Sent, Refusal> {
        let headers = [(header::CONTENT_TYPE, HeaderValue::from_static(media))].into_iter().collect();
        read(&look("en"), &headers, Ok(Bytes::copy_from_slice(body.as_bytes()))).await
    }

    fn part(head: &str, content: &str) -> String {
        format!("--x\r\nContent-Disposition: form-data; {head}\r\n\r\n{content}\r\n")
    }

    #[tokio::test]
    async fn fields_and_the_file_are_told_apart() {
        let body =
            part("name=\"title\"", "Offer") + &part("name=\"file\"; filename=\"offer.typ\"", "= Offer\n");
        let read = sent("multipart/form-data; boundary=x", &(body + "--x--\r\n")).await.unwrap();
        let file = File { name: "offer.typ".into(), bytes: b"= Offer\n".to_vec() };
        assert_eq!(read, Sent { pairs: vec![pair("title", "Offer")], file: Some(file) });
        let none = part("name=\"file\"; filename=\"\"", "") + "--x--\r\n";
        assert_eq!(sent("multipart/form-data; boundary=x", &none).await.unwrap(), Sent::default());
    }

    #[tokio::test]
    async fn what_is_no_such_form_is_refused() {
        for (media, body) in
            [("text/plain", "x"), ("multipart/form-data", "x"), ("multipart/form-data; boundary=x", "x")]
        {
            let refused = sent(media, body).await.unwrap_err();
            assert!(matches!(refused, Refusal::Invalid(_)), "{media}: {refused}");
        }
    }
}
