//! Bringing an artifact to a registry.

use reqwest::header::LOCATION;
use reqwest::{Method, StatusCode, Url};
use rulewright_domain::reference::{Pinned, Reference};
use rulewright_ports::{FetchProgress, FetchRefusal, Upload, UploadBlob};

use crate::packages::MANIFEST;
use crate::packages::refused;
use crate::packages::session::{Asked, Session};

pub async fn push(
    session: &mut Session<'_>,
    reference: &Reference,
    upload: &Upload,
    told: FetchProgress<'_>,
) -> Result<(), FetchRefusal> {
    let total: u64 = upload.blobs.iter().map(|blob| blob.bytes.len() as u64).sum();
    let mut sent = 0;
    told(sent, Some(total));
    for blob in &upload.blobs {
        if !is_there(session, reference, blob).await? {
            send(session, reference, blob).await?;
        }
        sent += blob.bytes.len() as u64;
        told(sent, Some(total));
    }
    let name = match &reference.version {
        Pinned::Tag(tag) => tag.clone(),
        Pinned::Digest(_) => format!("sha256:{}", upload.digest),
    };
    let url = session.at(&format!("v2/{}/manifests/{name}", reference.repository))?;
    let body = Some((MANIFEST.to_owned(), upload.manifest.clone()));
    let stored = put(session, url, body, &format!("the manifest of {reference}")).await?;
    let stored = stored.and_then(|text| rulewright_domain::reference::sha256(&text).ok());
    if stored.is_some_and(|stored| stored != upload.digest) {
        return Err(refused::odd("the registry stored another manifest than it was sent"));
    }
    Ok(())
}

async fn is_there(
    session: &mut Session<'_>,
    reference: &Reference,
    blob: &UploadBlob,
) -> Result<bool, FetchRefusal> {
    let url = session.at(&format!("v2/{}/blobs/sha256:{}", reference.repository, blob.digest))?;
    let asked = Asked { method: Method::HEAD, url, accept: None, body: None };
    let response = session.ask(&asked).await?;
    match response.status() {
        StatusCode::OK => Ok(true),
        StatusCode::NOT_FOUND => Ok(false),
        status => Err(refused::status(status, &reference.to_string(), "")),
    }
}

async fn send(
    session: &mut Session<'_>,
    reference: &Reference,
    blob: &UploadBlob,
) -> Result<(), FetchRefusal> {
    let begin = session.at(&format!("v2/{}/blobs/uploads/", reference.repository))?;
    let asked = Asked {
        method: Method::POST,
        url: begin.clone(),
        accept: None,
        body: Some(("application/octet-stream".to_owned(), Vec::new())),
    };
    let response = session.ask(&asked).await?;
    if response.status() != StatusCode::ACCEPTED {
        let status = response.status();
        return Err(refused::status(
            status,
            &format!("an upload to {reference}"),
            &session.said(response).await,
        ));
    }
    let mut place = session.within(&begin, response.headers().get(LOCATION))?;
    place.query_pairs_mut().append_pair("digest", &format!("sha256:{}", blob.digest));
    let body = Some(("application/octet-stream".to_owned(), blob.bytes.clone()));
    put(session, place, body, &format!("an upload to {reference}")).await?;
    Ok(())
}

/// The digest under which it was stored, as the registry tells.
async fn put(
    session: &mut Session<'_>,
    url: Url,
    body: Option<(String, Vec<u8>)>,
    what: &str,
) -> Result<Option<String>, FetchRefusal> {
    let response = session.ask(&Asked { method: Method::PUT, url, accept: None, body }).await?;
    if response.status() != StatusCode::CREATED {
        let status = response.status();
        return Err(refused::status(status, what, &session.said(response).await));
    }
    let digest = response.headers().get("docker-content-digest").and_then(|value| value.to_str().ok());
    Ok(digest.map(str::to_owned))
}
