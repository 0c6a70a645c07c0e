//! Templates that are files, numerators and requisites over HTTP.

use super::*;

/// Made by LibreOffice, see beside it.
const INVOICE: &[u8] = include_bytes!("../../../../tests/it/documents/invoice.docx");
const DOCX: (&str, &str) =
    ("content-type", "application/vnd.openxmlformats-officedocument.wordprocessingml.document");
const FILE: &str = "/v1/templates/invoice/file?title=Invoice&numerator=invoices";

/// With what the template names.
async fn shop() -> Shop {
    let shop = Shop::new().await;
    let numerator = json!({"pattern": "{year}/{number}", "step": 5, "pad": 4, "reset": "year"});
    assert_eq!(shop.json(Method::PUT, "/v1/numerators/invoices", numerator).await.0, 204);
    let main = json!({"fields": {"name": "Tea Ltd", "vat-number": "GB 1"}, "bank": {"iban": "GB29"}});
    let changed = shop.json(Method::PATCH, "/v1/shop", json!({"requisites": {"main": main}})).await;
    assert_eq!((changed.0, &changed.1["requisites"]["main"]), (200, &main));
    shop
}

#[tokio::test]
async fn a_word_template_is_looked_over_listed_and_given_back() {
    let shop = shop().await;
    let (status, saved) = shop.send(Method::PUT, FILE, &[DOCX], INVOICE.to_vec()).await;
    assert_eq!(
        (status, &saved["kind"], &saved["media_type"]),
        (200, &json!("docx"), &json!(DOCX.1)),
        "{saved}"
    );
    let placeholders = saved["file"]["placeholders"].as_array().unwrap();
    assert!(placeholders.contains(&json!("line.total | money")), "{placeholders:?}");
    assert_eq!(shop.get("/v1/templates").await.1["items"], json!([saved]));
    let request =
        Request::get("/v1/templates/invoice/file").header("authorization", format!("Bearer {}", shop.token));
    let response = shop.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap(), INVOICE);
    assert_eq!(shop.get("/v1/templates/other/file").await.0, 404);
}

#[tokio::test]
async fn what_is_no_template_is_refused_with_its_place() {
    let shop = shop().await;
    let other = "/v1/templates/invoice/file?title=Invoice&numerator=other";
    for (path, headers, body, status, path_of_error) in [
        (FILE, &[DOCX][..], b"PK".to_vec(), 422, "/file"),
        (FILE, &[("content-type", "image/png")], INVOICE.to_vec(), 422, "/file"),
        (FILE, &[DOCX], vec![0; (2 << 20) + 1], 413, ""),
        (other, &[DOCX], INVOICE.to_vec(), 422, ""),
        ("/v1/templates/invoice/file", &[DOCX], INVOICE.to_vec(), 400, ""),
    ] {
        let (answered, problem) = shop.send(Method::PUT, path, headers, body).await;
        assert_eq!(answered, status, "{path}: {problem}");
        if !path_of_error.is_empty() {
            assert_eq!(problem["errors"][0]["path"], json!(path_of_error), "{problem}");
        }
    }
    shop.json(Method::PATCH, "/v1/shop", json!({"requisites": {}})).await;
    let (_, problem) = shop.send(Method::PUT, FILE, &[DOCX], INVOICE.to_vec()).await;
    assert!(
        problem["errors"][0]["message"].as_str().unwrap().contains("`requisites` has no `name`"),
        "{problem}"
    );
}

#[tokio::test]
async fn a_numerator_that_would_give_a_number_twice_is_refused() {
    let shop = shop().await;
    let listed = shop.get("/v1/numerators").await.1["items"][0].clone();
    assert_eq!(
        (&listed["step"], &listed["reset"], &listed["pad_with"]),
        (&json!(5), &json!("year"), &json!("0"))
    );
    for (numerator, path) in [
        (json!({"pattern": "{number}", "reset": "year"}), "/pattern"),
        (json!({"pattern": "{number}", "step": 0}), "/step"),
        (json!({"pattern": "{number}", "pad": 3, "pad_with": "7"}), "/pad_with"),
    ] {
        let (status, problem) = shop.json(Method::PUT, "/v1/numerators/invoices", numerator).await;
        assert_eq!((status, &problem["errors"][0]["path"]), (422, &json!(path)), "{problem}");
    }
}
