//! The picture that came with a plugin, as its publisher made it, and nothing else than a picture.

use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};

use crate::{
    Console,
    door::{At, See},
    trouble::Trouble,
};

pub async fn icon(
    State(console): State<Console>,
    See(visitor): See,
    At(id): At<String>,
) -> Result<Response, Trouble> {
    let config = console.config(visitor.shop).await?;
    let digest = config.plugins.get(&id).ok_or(Trouble::NotFound)?.digest.clone();
    let shop = visitor.shop;
    let icon = console.read(move |reads| reads.icon(shop, &digest)).await?.ok_or(Trouble::NotFound)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("image/png")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=3600")),
    ];
    Ok((headers, icon).into_response())
}
