//! What every client may ask: the time, who it is, what there is.

use serde_json::{Value, json};

use crate::{
    batch,
    call::{Answer, Call, Outcome},
    fault::Fault,
    method::{self, BASIC, BATCH, Edition, Method, method},
    methods::user,
    wire::envelope,
};

pub(crate) const METHODS: &[Method] = &[
    Method { name: BATCH, scope: BASIC, run: |call| Box::pin(batch::run(call)) },
    method!("server.time", BASIC, server_time),
    method!("scope", BASIC, scope),
    method!("methods", BASIC, methods),
    method!("method.get", BASIC, method_get),
    method!("profile", BASIC, profile),
    method!("user.admin", BASIC, user_admin),
];

async fn server_time(call: Call) -> Outcome {
    let config = call.config().await?;
    Ok(Answer::of(envelope::date(call.now(), &config.shop.time_zone)))
}

/// Of this token; `full`: all there are.
async fn scope(call: Call) -> Outcome {
    if call.params.flag("full")?.unwrap_or(false) {
        return Ok(Answer::of(method::scopes()));
    }
    Ok(Answer::of(call.caller.scopes.iter().cloned().collect::<Vec<_>>()))
}

/// Those that this token opens; `full`: all; `scope`: those of one area.
async fn methods(call: Call) -> Outcome {
    let full = call.params.flag("full")?.unwrap_or(false);
    let wanted = call.params.text("scope");
    let shown = |method: &&&Method| match &wanted {
        Some(wanted) if wanted.is_empty() => method.scope == BASIC,
        Some(wanted) => method.scope.eq_ignore_ascii_case(wanted),
        None => full || call.caller.may(method.scope),
    };
    let all = method::all(Edition::Classic);
    Ok(Answer::of(all.iter().filter(shown).map(|method| method.name).collect::<Vec<_>>()))
}

async fn method_get(call: Call) -> Outcome {
    let name = call.params.text("name").ok_or_else(|| Fault::missing("name"))?;
    let found = method::find(Edition::Classic, &name);
    let available = found.is_some_and(|method| call.caller.may(method.scope));
    Ok(Answer::of(json!({ "isExisting": found.is_some(), "isAvailable": available })))
}

async fn profile(call: Call) -> Outcome {
    let config = call.config().await?;
    let (name, last_name) = user::names(&call.caller.name);
    let profile: Value = json!({
        "ID": call.caller.employee.0.to_string(),
        "ADMIN": call.caller.admin,
        "NAME": name,
        "LAST_NAME": last_name,
        "PERSONAL_GENDER": "",
        "PERSONAL_PHOTO": null,
        "TIME_ZONE": config.shop.time_zone,
        "TIME_ZONE_OFFSET": offset(call.now(), &config.shop.time_zone),
    });
    Ok(Answer::of(profile))
}

/// Seconds east of UTC.
fn offset(now: rulewright_domain::Timestamp, zone: &str) -> i64 {
    let text = now.written(zone, "%z").unwrap_or_default();
    let (sign, digits) = match text.split_at_checked(1) {
        Some(("-", digits)) => (-1, digits),
        Some((_, digits)) => (1, digits),
        None => return 0,
    };
    let part = |range: std::ops::Range<usize>| {
        digits.get(range).and_then(|part| part.parse::<i64>().ok()).unwrap_or(0)
    };
    sign * (part(0..2) * 3600 + part(2..4) * 60)
}

async fn user_admin(call: Call) -> Outcome {
    Ok(Answer::of(call.caller.admin))
}

#[cfg(test)]
mod tests {
    use rulewright_domain::Timestamp;

    use super::*;

    #[test]
    fn an_offset_is_in_seconds() {
        for (zone, seconds) in
            [("Europe/Berlin", 3600), ("America/St_Johns", -12600), ("UTC", 0), ("nowhere", 0)]
        {
            assert_eq!(offset(Timestamp(0), zone), seconds, "{zone}");
        }
    }
}
