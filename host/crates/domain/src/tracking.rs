//! Whether a mail was opened and its links were followed: addresses that only we can have made, and mails with them
//! in it.
//!
//! Whoever builds a mail asks [`Tracker`]; whoever answers such an address asks [`Tracked`]. An address that was not
//! signed here leads nowhere, so that nobody borrows the shop's name for a link of their own.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::{MessageId, Shop, ShopId};

/// Bytes of an address. Longer ones are left as they are: mail programs break them.
const LONGEST: usize = 2_000;
/// Bytes of a signature: nobody guesses 128 bits, and the address stays short.
const SIGNATURE: usize = 16;

/// Makes the addresses of one shop.
pub struct Tracker<'a> {
    base: &'a str,
    shop: ShopId,
    seed: &'a str,
}

impl<'a> Tracker<'a> {
    /// `base` is where the world reaches us, e.g. `https://shop.example`. None: the shop has no seed to sign with.
    pub fn new(base: &'a str, shop: &'a Shop) -> Option<Tracker<'a>> {
        let base = base.trim_end_matches('/');
        (!shop.seed.is_empty()).then_some(Tracker { base, shop: shop.id, seed: &shop.seed })
    }

    /// Of a picture of one pixel: fetched when the mail is opened.
    pub fn pixel(&self, message: MessageId) -> String {
        format!("{}/t/o/{}", self.base, self.token(message, None))
    }

    /// Leads to `url`. None: only plain web addresses are followed.
    pub fn link(&self, message: MessageId, url: &str) -> Option<String> {
        let plain = url.len() <= LONGEST && url.bytes().all(|byte| byte.is_ascii_graphic());
        let web = ["http://", "https://"]
            .iter()
            .any(|scheme| url.get(..scheme.len()).is_some_and(|begins| begins.eq_ignore_ascii_case(scheme)))
            && !url.ends_with("://");
        let ours = url.strip_prefix(self.base).is_some_and(|path| path.starts_with("/t/"));
        (plain && web && !ours)
            .then(|| format!("{}/t/l/{}/{}", self.base, self.token(message, Some(url)), BASE64.encode(url)))
    }

    /// The mail with its links followed and a pixel at its end.
    pub fn html(&self, message: MessageId, html: &str) -> String {
        // Of the same length, so that places in one are places in the other.
        let lower = html.to_ascii_lowercase();
        let mut out = String::with_capacity(html.len() * 2);
        let mut done = 0;
        while let Some(found) = lower[done..].find("<a") {
            let begins = done + found + 2;
            out.push_str(&html[done..begins]);
            done = begins;
            if !lower[begins..].starts_with(|c: char| c.is_ascii_whitespace()) {
                continue;
            }
            let Some(value) = href(&lower, begins) else { continue };
            let url = html[value.clone()].trim().replace("&amp;", "&").replace("&#38;", "&");
            if let Some(link) = self.link(message, &url) {
                out.push_str(&html[done..value.start]);
                out.push_str(&link);
                done = value.end;
            }
        }
        out.push_str(&html[done..]);
        let pixel = format!(r#"<img src="{}" width="1" height="1" alt="" border="0">"#, self.pixel(message));
        let end = out.to_ascii_lowercase().rfind("</body").unwrap_or(out.len());
        out.insert_str(end, &pixel);
        out
    }

    /// The mail with its links followed. Whether it is opened, plain text does not tell.
    pub fn text(&self, message: MessageId, text: &str) -> String {
        let mut out = String::with_capacity(text.len() * 2);
        for (before, url) in addresses(text) {
            out.push_str(before);
            match self.link(message, url) {
                Some(link) => out.push_str(&link),
                None => out.push_str(url),
            }
        }
        out
    }

    fn token(&self, message: MessageId, url: Option<&str>) -> String {
        let signature = sign(self.seed, self.shop, message, url).finalize().into_bytes();
        let signature = BASE64.encode(&signature[..SIGNATURE]);
        format!("{}.{}.{signature}", self.shop.0, message.0)
    }
}

/// The addresses in a text, each with the text before it; the last is empty.
fn addresses(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(at) = [text.find("http://"), text.find("https://")].into_iter().flatten().min() else {
            rest = None;
            return Some((text, ""));
        };
        let (before, tail) = text.split_at(at);
        let stops = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"');
        let run = &tail[..tail.find(stops).unwrap_or(tail.len())];
        // The end of a sentence is not part of the address in it.
        let url = run.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '\'']);
        // At least the scheme, so this comes to an end.
        rest = Some(&tail[url.len()..]);
        Some((before, url))
    })
}

/// A plain text for whoever reads mails as HTML: only so it can be seen whether it is opened.
pub fn html_of(text: &str) -> String {
    let escaped = |text: &str| {
        let text =
            text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
        text.replace("\r\n", "\n").replace('\n', "<br>\n")
    };
    let mut out = String::from("<html><body>");
    for (before, url) in addresses(text) {
        out.push_str(&escaped(before));
        if !url.is_empty() {
            let url = escaped(url);
            out.push_str(&format!(r#"<a href="{url}">{url}</a>"#));
        }
    }
    out.push_str("</body></html>");
    out
}

/// Place of the value of `href` in the tag whose name has just been read.
fn href(lower: &str, from: usize) -> Option<std::ops::Range<usize>> {
    let bytes = lower.as_bytes();
    let skip = |mut at: usize, over: fn(u8) -> bool| {
        while bytes.get(at).is_some_and(|byte| over(*byte)) {
            at += 1;
        }
        at
    };
    let space = |byte: u8| byte.is_ascii_whitespace() || byte == b'/';
    let name = |byte: u8| !byte.is_ascii_whitespace() && !matches!(byte, b'=' | b'>' | b'/');
    let mut at = from;
    loop {
        at = skip(at, space);
        let begins = at;
        at = skip(at, name);
        if at == begins {
            return None;
        }
        let named = &lower[begins..at];
        let equals = skip(at, |byte| byte.is_ascii_whitespace());
        if bytes.get(equals) != Some(&b'=') {
            continue;
        }
        at = skip(equals + 1, |byte| byte.is_ascii_whitespace());
        let value = match bytes.get(at)? {
            quote @ (b'"' | b'\'') => {
                let begins = at + 1;
                let ends = begins + lower[begins..].find(char::from(*quote))?;
                at = ends + 1;
                begins..ends
            }
            _ => {
                let begins = at;
                at = skip(at, |byte| !byte.is_ascii_whitespace() && byte != b'>');
                begins..at
            }
        };
        if named == "href" {
            return Some(value);
        }
    }
}

/// What an address says, not yet believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tracked {
    pub shop: ShopId,
    pub message: MessageId,
    pub url: Option<String>,
    signature: Vec<u8>,
}

impl Tracked {
    /// `url` as it stands in the address of a link, None for a pixel.
    pub fn parse(token: &str, url: Option<&str>) -> Option<Tracked> {
        let mut parts = token.splitn(3, '.');
        let mut number = || parts.next()?.parse::<i64>().ok();
        let (shop, message) = (ShopId(number()?), MessageId(number()?));
        let signature = BASE64.decode(parts.next()?).ok().filter(|bytes| bytes.len() == SIGNATURE)?;
        let url = match url {
            Some(text) => Some(String::from_utf8(BASE64.decode(text).ok()?).ok()?),
            None => None,
        };
        Some(Tracked { shop, message, url, signature })
    }

    /// Whether the shop with this seed has made the address.
    pub fn is_of(&self, shop: &Shop) -> bool {
        let signed = || sign(&shop.seed, shop.id, self.message, self.url.as_deref());
        let same = || signed().verify_truncated_left(&self.signature).is_ok();
        !shop.seed.is_empty() && shop.id == self.shop && same()
    }
}

/// A key of its own, so that nothing else that is made of the seed can pass for a signature.
fn sign(seed: &str, shop: ShopId, message: MessageId, url: Option<&str>) -> Hmac<Sha256> {
    let mac =
        |key: &[u8]| Hmac::<Sha256>::new_from_slice(key).unwrap_or_else(|_| Hmac::new(&Default::default()));
    let mut key = mac(seed.as_bytes());
    key.update(b"rulewright mail tracking 1");
    let mut mac = mac(&key.finalize().into_bytes());
    let what = if url.is_some() { "link" } else { "pixel" };
    mac.update(format!("{what}\n{}\n{}\n", shop.0, message.0).as_bytes());
    mac.update(url.unwrap_or_default().as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Currency;

    const MESSAGE: MessageId = MessageId(52);

    fn shop(id: i64, seed: &str) -> Shop {
        Shop {
            id: ShopId(id),
            name: String::new(),
            currency: Currency::new(b"GBP"),
            locale: "en".into(),
            time_zone: "UTC".into(),
            hours: Default::default(),
            automate_orders: true,
            seed: seed.into(),
            not_in_plan: Default::default(),
            requisites: Default::default(),
            sandbox: true,
            shipment_statuses: Vec::new(),
            hook_keys: Default::default(),
            spending: Default::default(),
        }
    }

    fn read(address: &str) -> Option<Tracked> {
        let path = address.strip_prefix("https://tea.example/t/")?;
        match path.strip_prefix("l/") {
            Some(link) => link.split_once('/').and_then(|(token, url)| Tracked::parse(token, Some(url))),
            None => Tracked::parse(path.strip_prefix("o/")?, None),
        }
    }

    #[test]
    fn an_address_is_believed_where_it_was_made_and_nowhere_else() {
        let ours = shop(3, "secret");
        let tracker = Tracker::new("https://tea.example/", &ours).unwrap();
        let url = "https://offers.example/?a=1&b=%C3%BC";
        let link = read(&tracker.link(MESSAGE, url).unwrap()).unwrap();
        assert_eq!((link.shop, link.message, link.url.as_deref()), (ours.id, MESSAGE, Some(url)));
        let pixel = read(&tracker.pixel(MESSAGE)).unwrap();
        assert!(link.is_of(&ours) && pixel.is_of(&ours));
        for other in [shop(3, "other"), shop(4, "secret"), shop(3, "")] {
            assert!(!link.is_of(&other) && !pixel.is_of(&other));
        }
        let elsewhere = Tracked { url: Some("https://evil.example/".into()), ..link.clone() };
        let message = Tracked { message: MessageId(53), ..link.clone() };
        let no_link = Tracked { url: None, ..link.clone() };
        let no_pixel = Tracked { url: Some(String::new()), ..pixel };
        let cut = Tracked { signature: Vec::new(), ..link };
        for forged in [elsewhere, message, no_link, no_pixel, cut] {
            assert!(!forged.is_of(&ours), "{forged:?}");
        }
        assert!(Tracker::new("https://tea.example", &shop(3, "")).is_none());
        for token in [
            "",
            "3",
            "3.52",
            "3.52.",
            "3.52.AAAA",
            "x.52.AAAAAAAAAAAAAAAAAAAAAA",
            "3.52.AAAAAAAAAAAAAAAAAAAAAA.1",
        ] {
            assert_eq!(Tracked::parse(token, None), None, "{token}");
        }
    }

    #[test]
    fn links_of_a_mail_are_followed_and_everything_else_stays() {
        let ours = shop(3, "secret");
        let tracker = Tracker::new("https://tea.example", &ours).unwrap();
        let link = |url| tracker.link(MESSAGE, url).unwrap();
        let html = "<html><body><p title='<a href=no>'>Hi <A class=x HREF = 'https://a.example/?x=1&amp;y=2'>a</A> \
                    <a href=http://b.example>b</a> <a name=\"top\"><a href=\"mailto:x@y.z\">m</a> <abbr href=\"http://c.example\">\
                    <a data-x=\"a > b\" href=\"https://ä.example/\"></BODY></html>";
        let mail = tracker.html(MESSAGE, html);
        assert!(mail.contains(&format!("HREF = '{}'>", link("https://a.example/?x=1&y=2"))), "{mail}");
        assert!(mail.contains(&format!("<a href={}>b", link("http://b.example"))), "{mail}");
        for same in ["mailto:x@y.z", "\"http://c.example\"", "https://ä.example/", "<a name=\"top\">"] {
            assert!(mail.contains(same), "{same}: {mail}");
        }
        let pixel = format!("<img src=\"{}\" width=", tracker.pixel(MESSAGE));
        assert!(mail.contains(&pixel) && mail.ends_with("border=\"0\"></BODY></html>"), "{mail}");
        assert!(tracker.html(MESSAGE, "Hi").starts_with("Hi<img"));
        let again = tracker.html(MESSAGE, &mail);
        assert!(again.contains(&format!("'{}'", link("https://a.example/?x=1&y=2"))), "no link of a link");
        for broken in
            ["<a", "<a ", "<a href", "<a href=", "<a href=\"http://b.example", "<a =", "<a  href='>"]
        {
            assert!(tracker.html(MESSAGE, broken).starts_with(broken), "{broken}");
        }
    }

    #[test]
    fn addresses_in_plain_text_are_followed_without_the_sentence_around_them() {
        let ours = shop(3, "secret");
        let tracker = Tracker::new("https://tea.example", &ours).unwrap();
        let link = |url| tracker.link(MESSAGE, url).unwrap();
        let text = "Zoë, see https://a.example/x. (Or <http://b.example>!) https:// and ftp://c.example";
        let expected = format!(
            "Zoë, see {}. (Or <{}>!) {} and ftp://c.example",
            link("https://a.example/x"),
            link("http://b.example"),
            "https://"
        );
        assert_eq!(tracker.text(MESSAGE, text), expected);
    }

    #[test]
    fn a_plain_text_becomes_html_in_which_it_is_still_text() {
        let text = "Dear <b>Zoë</b> & Co,\r\nsee https://a.example/?x=1&y=\"2.";
        let html = html_of(text);
        let expected = "<html><body>Dear &lt;b&gt;Zoë&lt;/b&gt; &amp; Co,<br>\nsee \
                        <a href=\"https://a.example/?x=1&amp;y=\">https://a.example/?x=1&amp;y=</a>&quot;2.</body></html>";
        assert_eq!(html, expected);
        let ours = shop(3, "secret");
        let tracker = Tracker::new("https://tea.example", &ours).unwrap();
        let followed = tracker.html(MESSAGE, &html);
        let link = tracker.link(MESSAGE, "https://a.example/?x=1&y=").unwrap();
        assert!(
            followed.contains(&format!("<a href=\"{link}\">https://a.example/?x=1&amp;y=</a>")),
            "{followed}"
        );
    }
}
