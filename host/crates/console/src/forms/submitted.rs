//! What a browser would send of a page if its form were saved untouched: what is drawn and what is read must be the same.
//! Tests of forms and of pages ask it. It knows the HTML that this crate writes, and no other.

/// The pairs of every input, in their order, buttons left out.
pub fn submitted(html: &str) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    let mut rest = html;
    // Of the list that is open: its name, its first value, the one that is selected.
    let mut select: Option<(String, Option<String>, Option<String>)> = None;
    while let Some(open) = rest.find('<') {
        rest = &rest[open + 1..];
        let Some(close) = end_of_tag(rest) else { break };
        let (tag, after) = (&rest[..close], &rest[close + 1..]);
        rest = after;
        let attribute = |name: &str| attribute(tag, name);
        let named = attribute("name").filter(|_| attribute("disabled").is_none());
        match tag.split([' ', '/']).next().unwrap_or_default() {
            "input" => {
                let kind = attribute("type").unwrap_or_default();
                let ticked = !matches!(&*kind, "checkbox" | "radio") || attribute("checked").is_some();
                if let Some(name) = named.filter(|_| ticked) {
                    // Where nothing is said, a box that is ticked says `on`.
                    let value = attribute("value")
                        .unwrap_or_else(|| if kind == "checkbox" { "on".into() } else { String::new() });
                    pairs.push((name, value));
                }
            }
            "textarea" => {
                let end = after.find("</textarea>").unwrap_or(after.len());
                let text = &after[..end];
                if let Some(name) = named {
                    let text = unescape(text.strip_prefix('\n').unwrap_or(text));
                    pairs.push((name, text.replace('\n', "\r\n")));
                }
            }
            "select" => select = named.map(|name| (name, None, None)),
            "option" => {
                if let Some((_, first, selected)) = &mut select {
                    let value = attribute("value").unwrap_or_default();
                    if attribute("selected").is_some() {
                        *selected = Some(value.clone());
                    }
                    first.get_or_insert(value);
                }
            }
            "" if tag == "/select" => {
                if let Some((name, first, selected)) = select.take() {
                    pairs.extend(selected.or(first).map(|value| (name, value)));
                }
            }
            _ => {}
        }
    }
    pairs
}

/// A bracket within quotes closes nothing.
fn end_of_tag(text: &str) -> Option<usize> {
    let mut quoted = false;
    text.char_indices().find_map(|(at, c)| {
        quoted ^= c == '"';
        (c == '>' && !quoted).then_some(at)
    })
}

/// Its value; empty where it has none.
pub fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, mut rest) = tag.split_once(char::is_whitespace)?;
    loop {
        rest = rest.trim_start();
        let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        let (found, after) = rest.split_at(end);
        let (value, after) = match after.strip_prefix("=\"") {
            Some(quoted) => quoted.split_once('"')?,
            None => ("", after),
        };
        if found == name {
            return Some(unescape(value));
        }
        if after.is_empty() {
            return None;
        }
        rest = after;
    }
}

pub fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_sends_what_a_browser_sends() {
        let page = r#"<form><input type="hidden" name="a" value="false"><input type="checkbox" name="a" value="true" checked>
            <input type="radio" name="b" value="1"><input type="radio" name="b" value="2" checked><input name="c" value="&quot;x>y&quot;">
            <select name="d"><option value="1">One</option><option value="2" selected>Two</option></select>
            <select name="e"><option value="">None</option></select><textarea name="f">
x
&lt;y</textarea><button name="g" value="1">Go</button><input name="h" value="1" disabled></form>"#;
        let pairs = submitted(page);
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (&**name, &**value)).collect();
        let expected = [
            ("a", "false"),
            ("a", "true"),
            ("b", "2"),
            ("c", "\"x>y\""),
            ("d", "2"),
            ("e", ""),
            ("f", "x\r\n<y"),
        ];
        assert_eq!(pairs, expected);
    }
}
