//! What a path below `/rest/` names.

use crate::method::Edition;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Json,
    Xml,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Target<'a> {
    pub edition: Edition,
    /// User and code.
    pub webhook: Option<(&'a str, &'a str)>,
    /// Empty where the path names none.
    pub method: &'a str,
    pub format: Format,
}

impl Target<'_> {
    /// Without `/rest/`, decoded. What names nothing is a method that does not exist.
    pub fn read(path: &str) -> Target<'_> {
        let path = path.trim_matches('/');
        let (edition, path) = match path.strip_prefix("api/") {
            Some(rest) => (Edition::Three, rest.trim_start_matches('/')),
            None => (Edition::Classic, path),
        };
        let segments: Vec<&str> = path.split('/').collect();
        let (webhook, method) = match segments.as_slice() {
            [method] => (None, *method),
            // The address of a webhook itself.
            [user, code] => (Some((*user, *code)), ""),
            [user, code, method] => (Some((*user, *code)), *method),
            _ => (None, path),
        };
        let (method, format) = format(method);
        Target { edition, webhook, method, format }
    }
}

fn format(method: &str) -> (&str, Format) {
    match method.rsplit_once('.') {
        Some((name, end)) if end.eq_ignore_ascii_case("json") => (name, Format::Json),
        Some((name, end)) if end.eq_ignore_ascii_case("xml") => (name, Format::Xml),
        _ => (method, Format::Json),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_of_the_contract_is_understood() {
        use Edition::*;
        use Format::*;
        let webhook = Some(("1", "abc"));
        for (path, edition, hook, method, format) in [
            ("1/abc/crm.deal.add", Classic, webhook, "crm.deal.add", Json),
            ("1/abc/crm.deal.Add.json", Classic, webhook, "crm.deal.Add", Json),
            ("1/abc/crm.deal.add.XML", Classic, webhook, "crm.deal.add", Xml),
            ("1/abc/crm.automation.trigger/", Classic, webhook, "crm.automation.trigger", Json),
            ("crm.deal.add", Classic, None, "crm.deal.add", Json),
            ("crm.deal.add.json/", Classic, None, "crm.deal.add", Json),
            ("api/1/abc/batch", Three, webhook, "batch", Json),
            ("api/documentation", Three, None, "documentation", Json),
            ("1/abc/", Classic, webhook, "", Json),
            ("", Classic, None, "", Json),
            ("a/b/c/d", Classic, None, "a/b/c/d", Json),
        ] {
            assert_eq!(Target::read(path), Target { edition, webhook: hook, method, format }, "{path}");
        }
    }
}
