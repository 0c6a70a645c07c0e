//! What an application may ask about itself.

use serde_json::json;

use crate::{
    call::{Answer, Call, Outcome},
    method::{BASIC, Method, method},
};

pub(crate) const METHODS: &[Method] = &[method!("app.info", BASIC, info)];

/// `STATUS` `L`: registered in this shop itself. Nothing here is paid for by the month.
async fn info(call: Call) -> Outcome {
    let application = call.caller.application()?;
    let config = call.config().await?;
    let language = config.shop.locale.split(['-', '_']).next().unwrap_or_default().to_owned();
    Ok(Answer::of(json!({
        "ID": application.key.0,
        "CODE": application.code,
        "VERSION": 1,
        "STATUS": "L",
        "INSTALLED": true,
        "PAYMENT_EXPIRED": "N",
        "DAYS": null,
        "LANGUAGE_ID": language,
        "LICENSE": format!("{language}_selfhosted"),
        "LICENSE_TYPE": "selfhosted",
        "LICENSE_FAMILY": "selfhosted",
    })))
}
