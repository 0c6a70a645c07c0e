//! Where a plugin was when it broke. Pure.

use maud::{Markup, html};
use rulewright_domain::Frame;

use crate::door::Look;

/// Innermost first. Nothing where there are none.
pub fn shown(look: &Look, frames: &[Frame]) -> Markup {
    html! {
        @if !frames.is_empty() {
            details.backtrace {
                summary { (look.with("backtrace-title", &[("count", frames.len().into())])) }
                ol lang="en" { @for frame in frames { li { code { (frame) } } } }
                @if frames.iter().all(|frame| frame.name.is_none()) { p.help { (look.text("backtrace-no-names")) } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::tests::look;

    #[test]
    fn a_backtrace_without_names_says_how_to_have_them() {
        let frame = |name: Option<&str>| Frame { function: 12, name: name.map(str::to_owned) };
        let bare = shown(&look("en"), &[frame(None)]).into_string();
        assert!(bare.contains("function 12") && bare.contains("strip"), "{bare}");
        let named = shown(&look("en"), &[frame(Some("acme::<send>")), frame(None)]).into_string();
        assert!(named.contains("acme::&lt;send&gt;") && !named.contains("strip"), "{named}");
        assert_eq!(shown(&look("en"), &[]).into_string(), "");
    }
}
