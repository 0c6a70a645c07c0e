use std::sync::Arc;

use rulewright_domain::{
    ActivePlugin, ApplicationRule, ApplicationTrigger, Automation, Employee, EmployeeId, Installation, List,
    Mailbox, Manifest, Package, Segment, Shop, ShopConfig, ShopId, Subscription, Token, TokenId, Workflow,
};
use rulewright_ports::{
    StorageError,
    storage::{ReadShops, Records, Result, Sequence, WriteShops},
};
use rusqlite::Row;

use crate::{
    known::Number,
    sealed::{CONNECTIONS, RECIPES, REVISIONS, SHOPS, WORKFLOWS},
    session::{Session, Writing, body, encode, refused, unsigned},
};

impl<M> ReadShops for Session<'_, M> {
    fn shops(&mut self) -> Result<Vec<Shop>> {
        self.opened("shop", "SELECT body, id FROM shops ORDER BY id", [], |row| {
            Ok(SHOPS.at([&row.get::<_, i64>(1)?]))
        })
    }

    fn shop(&mut self, id: ShopId) -> Result<Option<Shop>> {
        let sql = "SELECT body FROM shops WHERE id = ?1";
        Ok(self.opened("shop", sql, [id.0], |_| Ok(SHOPS.at([&id.0])))?.pop())
    }

    fn config_version(&mut self, shop: ShopId) -> Result<u64> {
        Ok(unsigned(self.number(Number::Config, shop.0, shop.0)?.unwrap_or_default()))
    }

    fn config(&mut self, shop: ShopId) -> Result<Option<ShopConfig>> {
        let version = self.config_version(shop)?;
        let Some(value) = self.shop(shop)? else {
            return Ok(None);
        };
        let pipelines = self.pipelines(shop, false)?;
        let automations: Vec<Automation> = self.opened(
            "automation",
            "SELECT body, pipeline, revision FROM automation_current CROSS JOIN automation_revisions
             USING (shop, pipeline, revision) WHERE shop = ?1",
            [shop.0],
            |row| Ok(REVISIONS.at([&shop.0, &row.get::<_, String>(1)?, &row.get::<_, i64>(2)?])),
        )?;
        let employees: Vec<Employee> =
            self.many("employee", "SELECT body FROM employees WHERE shop = ?1", [shop.0])?;
        let plugins = self.each(
            "SELECT installations.body, packages.body FROM installations JOIN packages USING (digest)
             WHERE shop = ?1",
            [shop.0],
            active_plugin,
        )?;
        let revoked = self.rows(
            "SELECT digest, reason FROM packages CROSS JOIN revocations USING (digest) ORDER BY digest",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let templates = self.many("template", "SELECT body FROM templates WHERE shop = ?1", [shop.0])?;
        let numerators = self.many("numerator", "SELECT body FROM numerators WHERE shop = ?1", [shop.0])?;
        let lists = self.many("list", "SELECT body FROM lists WHERE shop = ?1", [shop.0])?;
        let segments = self.many("segment", "SELECT body FROM segments WHERE shop = ?1", [shop.0])?;
        let workflows = self.opened(
            "workflow",
            "SELECT body, name, revision FROM workflow_current CROSS JOIN workflow_revisions
             USING (shop, name, revision) WHERE shop = ?1",
            [shop.0],
            |row| Ok(WORKFLOWS.at([&shop.0, &row.get::<_, String>(1)?, &row.get::<_, i64>(2)?])),
        )?;
        let schedules = self.many("schedule", "SELECT body FROM schedules WHERE shop = ?1", [shop.0])?;
        let connections = "SELECT body, id FROM connections WHERE shop = ?1";
        let connections = self.opened("connection", connections, [shop.0], |row| {
            Ok(CONNECTIONS.at([&shop.0, &row.get::<_, String>(1)?]))
        })?;
        let recipes = "SELECT body, pipeline, recipe FROM recipes WHERE shop = ?1 ORDER BY pipeline, recipe";
        let recipes = self.opened("recipe", recipes, [shop.0], |row| {
            Ok(RECIPES.at([&shop.0, &row.get::<_, String>(1)?, &row.get::<_, String>(2)?]))
        })?;
        let mailboxes = self.many("mailbox", "SELECT body FROM mailboxes WHERE shop = ?1", [shop.0])?;
        let subscriptions = self.all_records::<Subscription>(shop, None)?;
        let application_rules = self.all_records::<ApplicationRule>(shop, None)?;
        let application_triggers = self.all_records::<ApplicationTrigger>(shop, None)?;
        Ok(Some(ShopConfig {
            version,
            shop: value,
            pipelines: keyed(pipelines, |pipeline: &rulewright_domain::Pipeline| pipeline.id.clone()),
            automations: keyed(automations, |automation| automation.pipeline.clone()),
            employees: keyed(employees, |employee| employee.id),
            plugins: plugins.into_iter().collect(),
            revoked: revoked.into_iter().collect(),
            templates: keyed(templates, |template: &rulewright_domain::Template| template.name.clone()),
            numerators: keyed(numerators, |numerator: &rulewright_domain::Numerator| numerator.name.clone()),
            lists: keyed(lists, |list: &List| list.name.clone()),
            segments: keyed(segments, |segment: &Segment| segment.name.clone()),
            workflows: keyed(workflows, |workflow: &Workflow| workflow.name.clone()),
            schedules: keyed(schedules, |schedule: &rulewright_domain::Schedule| schedule.name.clone()),
            connections: keyed(connections, |one: &rulewright_domain::Connection| one.id.clone()),
            recipes,
            mailboxes: keyed(mailboxes, |mailbox: &Mailbox| mailbox.id.clone()),
            subscriptions: keyed(subscriptions, |one| one.id),
            application_rules: keyed(application_rules, |one: &ApplicationRule| one.id),
            application_triggers,
        }))
    }

    fn token_by_hash(&mut self, hash: &str) -> Result<Option<Token>> {
        let found = self.each("SELECT body, hash FROM tokens WHERE hash = ?1", [hash], token);
        Ok(found?.pop())
    }

    fn tokens(&mut self, shop: ShopId) -> Result<Vec<Token>> {
        self.each("SELECT body, hash FROM tokens WHERE shop = ?1 ORDER BY id", [shop.0], token)
    }

    fn answer(&mut self, shop: ShopId, source: &str, key: &str) -> Result<Option<String>> {
        self.value(
            "SELECT answer FROM answers WHERE shop = ?1 AND source = ?2 AND key = ?3",
            (shop.0, source, key),
        )
    }
}

impl WriteShops for Writing<'_> {
    fn put_shop(&mut self, shop: &Shop) -> Result<()> {
        self.taken(Sequence::Shop, shop.id.0);
        let version = self.next_version();
        let body = self.sealed("shop", &SHOPS.at([&shop.id.0]), shop)?;
        self.execute(
            "INSERT INTO shops (id, config_version, body) VALUES (?1, ?2, ?3)
             ON CONFLICT (id) DO UPDATE SET body = excluded.body, config_version = excluded.config_version",
            (shop.id.0, version, body),
        )?;
        self.knows(Number::Config, shop.id.0, shop.id.0, Some(version));
        Ok(())
    }

    fn put_employee(&mut self, shop: ShopId, employee: &Employee) -> Result<()> {
        self.taken(Sequence::Employee, employee.id.0);
        self.store(
            "employee",
            "INSERT INTO employees (id, shop, body) VALUES (?1, ?2, ?3)
             ON CONFLICT (id) DO UPDATE SET body = excluded.body WHERE shop = excluded.shop",
            (employee.id.0, shop.0, encode("employee", employee)?),
        )?;
        self.config_changed(shop)
    }

    fn remove_employee(&mut self, shop: ShopId, id: EmployeeId) -> Result<()> {
        let removed = self.execute("DELETE FROM employees WHERE id = ?1 AND shop = ?2", (id.0, shop.0))?;
        match removed {
            0 => Ok(()),
            _ => self.departs(Sequence::Employee, id.0).and_then(|()| self.config_changed(shop)),
        }
    }

    fn put_token(&mut self, token: &Token) -> Result<()> {
        self.taken(Sequence::Token, token.id.0);
        self.store(
            "token",
            "INSERT INTO tokens (id, shop, hash, body) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (id) DO UPDATE SET hash = excluded.hash, body = excluded.body
             WHERE shop = excluded.shop",
            (token.id.0, token.shop.0, &token.hash, encode("token", token)?),
        )
    }

    fn remove_token(&mut self, shop: ShopId, id: TokenId) -> Result<bool> {
        let removed = self.execute("DELETE FROM tokens WHERE id = ?1 AND shop = ?2", (id.0, shop.0))?;
        if removed > 0 {
            self.departs(Sequence::Token, id.0)?;
        }
        Ok(removed > 0)
    }

    /// A second one for the same key is an error: whoever stores one has looked first.
    fn put_answer(&mut self, shop: ShopId, source: &str, key: &str, answer: &str) -> Result<()> {
        self.execute(
            "INSERT INTO answers (shop, source, key, answer) VALUES (?1, ?2, ?3, ?4)",
            (shop.0, source, key, answer),
        )
        .map(drop)
    }
}

impl Writing<'_> {
    /// Belongs to every write of what [`ShopConfig`] holds.
    pub(super) fn config_changed(&mut self, shop: ShopId) -> Result<()> {
        let version = self.next_version();
        match self.execute("UPDATE shops SET config_version = ?2 WHERE id = ?1", (shop.0, version))? {
            0 => Err(StorageError::Database(format!("there is no {shop}"))),
            _ => {
                self.knows(Number::Config, shop.0, shop.0, Some(version));
                Ok(())
            }
        }
    }

    /// The same for what every shop's configuration holds.
    pub(super) fn every_config_changed(&mut self) -> Result<()> {
        let version = self.next_version();
        self.knows_nothing();
        self.execute("UPDATE shops SET config_version = ?1", [version]).map(drop)
    }
}

fn active_plugin(row: &Row<'_>) -> Result<(String, Arc<ActivePlugin>)> {
    let installation: Installation = body("installation", row, 0)?;
    let package: Package = body("package", row, 1)?;
    let manifest: Manifest = package.manifest;
    let Installation { plugin, digest, grant, .. } = installation;
    Ok((plugin, Arc::new(ActivePlugin { digest, manifest, grant })))
}

/// The hash is not in the body, so that no answer of the API can hold it.
fn token(row: &Row<'_>) -> Result<Token> {
    let token: Token = body("token", row, 0)?;
    Ok(Token { hash: row.get(1).map_err(refused)?, ..token })
}

fn keyed<K: Ord, V>(values: Vec<V>, key: impl Fn(&V) -> K) -> std::collections::BTreeMap<K, V> {
    values.into_iter().map(|value| (key(&value), value)).collect()
}
