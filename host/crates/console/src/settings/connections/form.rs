//! What of a provider the shop sets, drawn and read back: its own fields, and those of its plugin's schema.

use maud::{Markup, html};
use rulewright_domain::{Connection, OpenChannel, ShopConfig};
use rulewright_engine::{Refusal, same_servers};
use serde_json::{Map, Value};

use super::offer::Offer;
use crate::{
    door::Look,
    forms::{self, Posted, Problem},
    refusals,
    settings::{
        Pairs,
        field::{Field, choice, filled, lines, pair, said, tick},
    },
    trouble::Trouble,
};

/// Before the names of what the plugin's schema has.
const SETTINGS: &str = "/settings";

/// A form with what stands in it, and what is wrong with that.
pub struct Filled {
    pub connection: Connection,
    /// It is not there yet.
    is_new: bool,
    problems: Vec<Problem>,
}

impl Filled {
    pub fn stored(connection: &Connection) -> Filled {
        Filled { connection: connection.clone(), is_new: false, problems: Vec::new() }
    }

    /// As somebody begins with it: as the plugin's author would.
    pub fn new(config: &ShopConfig, plugin: &str) -> Result<Filled, Trouble> {
        let known = config.plugins.get(plugin).ok_or(Trouble::NotFound)?;
        let connection = Connection {
            id: String::new(),
            title: known.manifest.title.clone(),
            plugin: plugin.to_owned(),
            settings: Value::Object(Map::new()),
            lines: Vec::new(),
            default_for: Default::default(),
            open_channel: None,
            enabled: true,
            code: String::new(),
        };
        Ok(Filled { connection, is_new: true, problems: Vec::new() })
    }

    /// As somebody has sent it. Secrets that were left empty stay what they were.
    pub fn read(config: &ShopConfig, before: Option<&Connection>, sent: &Pairs) -> Result<Filled, Trouble> {
        let posted = Posted::of(sent);
        let plugin = before.map_or_else(|| said(&posted, "plugin"), |before| before.plugin.as_str());
        let mut filled = match before {
            Some(before) => Filled::stored(before),
            None => {
                let mut new = Filled::new(config, plugin)?;
                said(&posted, "id").clone_into(&mut new.connection.id);
                new
            }
        };
        let connection = &mut filled.connection;
        if let Some(known) = config.plugins.get(plugin) {
            let schema = &known.manifest.settings;
            let mut settings = forms::read_at(schema, sent, SETTINGS);
            let mut kept = settings.clone();
            forms::keep_secrets(schema, &connection.settings, &mut kept);
            // What was told to one server is not sent to another because somebody has changed its address.
            if same_servers(schema, &connection.settings, &kept) {
                settings = kept;
            }
            connection.settings = settings;
        }
        said(&posted, "title").clone_into(&mut connection.title);
        connection.lines = lines(&posted, "lines");
        connection.default_for =
            posted.all("default-for").iter().map(|channel| (*channel).to_owned()).collect();
        connection.open_channel = self::filled(&posted, "open-channel");
        connection.enabled = posted.ticked("enabled");
        Ok(filled)
    }

    /// Keeps what is wrong with single settings, so that it is told where they stand.
    pub fn refused(&mut self, look: &Look, refusal: Refusal) -> Trouble {
        if let Refusal::Invalid(issues) = &refusal {
            let below = |path: &str| Some(path.strip_prefix(SETTINGS)?.to_owned());
            let problems =
                issues.iter().filter_map(|issue| Some(refusals::problem(look, &below(&issue.path)?, issue)));
            self.problems = problems.collect();
        }
        Trouble::Refused(refusal)
    }

    fn pairs(&self) -> Pairs {
        let Connection { id, title, lines, open_channel, enabled, .. } = &self.connection;
        vec![
            pair("id", id),
            pair("title", title),
            pair("lines", lines.join("\n")),
            pair("open-channel", open_channel.as_deref().unwrap_or_default()),
            pair("enabled", enabled),
        ]
    }
}

pub fn draw(
    look: &Look,
    config: &ShopConfig,
    open: &[OpenChannel],
    filled: &Filled,
    address: &str,
) -> Markup {
    let connection = &filled.connection;
    let pairs = filled.pairs();
    let posted = Posted::of(&pairs);
    let offer = Offer::of(look, config);
    let plugin = config.plugins.get(&connection.plugin);
    let channels = plugin.map(|plugin| plugin.grant.channels.clone()).unwrap_or_default();
    let none = std::iter::once((String::new(), look.text("settings-nothing")));
    let open: Vec<_> = none.chain(open.iter().map(|one| (one.name.clone(), one.title.clone()))).collect();
    html! {
        form.card method="post" action=(address) {
            h2 { (look.text("provider-settings")) }
            fieldset.plain {
                // Enter in a field presses the first button: it must be none that removes a line.
                button.form-first type="submit" tabindex="-1" aria-hidden="true" {}
                @if filled.is_new {
                    input type="hidden" name="plugin" value=(connection.plugin);
                    (Field::new(&posted, "id", look.text("settings-id")).required().hint("main").help(look.text("settings-id-help")))
                }
                (Field::new(&posted, "title", look.text("account-name")).required())
                (tick(&posted, "enabled", &look.text("provider-enabled"), None))
                @if let Some(plugin) = plugin {
                    (forms::Form { schema: &plugin.manifest.settings, value: &connection.settings, problems: &filled.problems, choices: &offer, names: SETTINGS }.draw(&look.words))
                }
                (Field::new(&posted, "lines", look.text("provider-lines")).kind("area").hint("+442079460000").help(look.text("provider-lines-help")))
                @if !channels.is_empty() {
                    fieldset.row {
                        legend { (look.text("provider-default-for")) }
                        @for channel in &channels {
                            label { input type="checkbox" name="default-for" value=(channel) checked[connection.default_for.contains(channel)]; " " (crate::effect::channel(look, channel)) }
                        }
                    }
                }
                @if channels.contains(rulewright_domain::CHAT) {
                    (choice(&posted, "open-channel", &look.text("provider-open-channel"), &open))
                }
                div.row { button type="submit" { (look.text("save")) } a href="/settings/providers" { (look.text("cancel")) } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rulewright_domain::ActivePlugin;
    use serde_json::json;

    use super::*;
    use crate::{forms::submitted::submitted, listing::tests::look, runs::sample};

    fn config() -> ShopConfig {
        let manifest = json!({
            "schema": 1, "id": "sms", "version": "1.0.0", "kind": "provider", "group": "provider",
            "publisher": "acme", "title": "Texts", "host-api": "0.1.0",
            "settings": {
                "type": "object",
                "required": ["account"],
                "properties": {
                    "account": { "type": "string", "title": "Account" },
                    "pin": { "type": "string", "title": "Pin", "x-widget": "secret" },
                },
            },
        });
        let plugin = ActivePlugin {
            digest: "0".repeat(64),
            manifest: serde_json::from_value(manifest).unwrap(),
            grant: rulewright_domain::Grant { channels: ["sms".to_owned()].into(), ..Default::default() },
        };
        let mut config = sample::config();
        config.plugins = [("sms".to_owned(), Arc::new(plugin))].into();
        config
    }

    #[test]
    fn a_form_that_is_sent_as_it_was_changes_nothing_and_shows_no_secret() {
        let config = config();
        let mut filled = Filled::new(&config, "sms").unwrap();
        filled.connection.id = "main".into();
        filled.connection.settings = json!({ "account": "AC1", "pin": "SG.4711.x" });
        filled.connection.lines = vec!["+442079460000".into(), "+442079460001".into()];
        filled.connection.default_for = ["sms".to_owned()].into();
        let before = filled.connection;
        let html = draw(&look("en"), &config, &[], &Filled::stored(&before), "/x").into_string();
        assert!(!html.contains("4711"), "{html}");
        let read = Filled::read(&config, Some(&before), &submitted(&html)).unwrap();
        assert_eq!(read.connection, before);
    }

    #[test]
    fn what_is_wrong_with_a_setting_is_told_at_its_field() {
        let config = config();
        let mut filled = Filled::new(&config, "sms").unwrap();
        let trouble = filled
            .refused(&look("en"), crate::settings::wrong("/settings/account", "no such account".into()));
        assert_eq!(filled.problems[0].pointer, "/account");
        assert_eq!(trouble.status(), 422);
        let html = draw(&look("en"), &config, &[], &filled, "/x").into_string();
        assert!(html.contains("no such account"), "{html}");
    }
}
