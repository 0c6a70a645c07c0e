//! `import orders`: a file of invoices into a shop, as history or as work to do.

use std::collections::HashMap;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::tz::TimeZone;
use rulewright_domain::Currency;
use serde_json::{Value, json};

use crate::access::{Access, query};
use crate::config::Config;
use crate::error::{CliError, Result};
use crate::order_file::{self, Invoice, OrderFile, Refused};
use crate::output::Output;

#[derive(Subcommand, Debug)]
pub enum Import {
    /// Import orders from a CSV file, compressed or not, one row for each line of an order
    Orders(Orders),
}

#[derive(Args, Debug)]
pub struct Orders {
    /// Columns: InvoiceNo, StockCode, Description, Quantity, InvoiceDate (day/month/year hour:minute), UnitPrice, CustomerID,
    /// Country
    file: PathBuf,
    /// Which pipeline
    #[arg(long, default_value = "orders")]
    pipeline: String,
    /// Which stage [default: the pipeline's first]
    #[arg(long)]
    stage: Option<String>,
    /// Time zone of the dates
    #[arg(long, default_value = "UTC", value_name = "ZONE")]
    zone: String,
    /// Currency of the prices
    #[arg(long, default_value = "EUR", value_name = "CODE")]
    currency: String,
    /// Run rules and triggers for these orders. Without it they are history, and nothing is sent because of them
    #[arg(long)]
    run_rules: bool,
}

/// What marks an order as one of an import.
const SOURCE: &str = "import";

enum Taken {
    Now,
    /// By an earlier import, whatever it was told to do with it.
    Before,
}

impl Import {
    pub async fn run(self, config: Config) -> Result<()> {
        let Import::Orders(orders) = self;
        // Before anything is opened: a file that is not there needs no data directory to be missed.
        let file = orders.read()?;
        let access = Access::open(&config).await?;
        let done = orders.import(file, &access, config.output).await;
        access.close().await.and(done)
    }
}

impl Orders {
    fn read(&self) -> Result<OrderFile> {
        let zone = TimeZone::get(&self.zone).map_err(|_| {
            CliError::usage(format!("there is no time zone `{}`", self.zone)).hint("e.g. Europe/London")
        })?;
        let currency = Currency::parse(&self.currency).map_err(|error| CliError::usage(error.to_string()))?;
        let source = order_file::open(&self.file).map_err(|error| CliError::no_file(&self.file, &error))?;
        order_file::read(source, &zone, currency).map_err(|error| {
            CliError::refused("file", format!("{}: {error}", self.file.display()))
                .hint("`rulewright help import orders` lists the columns of a CSV file")
        })
    }

    async fn import(self, file: OrderFile, access: &Access, output: Output) -> Result<()> {
        let real = file.real();
        let bar = output.progress("Importing", file.invoices.len() as u64);
        let mut refused = file.refused;
        let mut clients = Clients::default();
        let (mut imported, mut already_there) = (0, 0);
        for invoice in &file.invoices {
            match self.one(access, invoice, &mut clients).await {
                Ok(Taken::Now) => imported += 1,
                Ok(Taken::Before) => already_there += 1,
                // The order is wrong. Everything else is wrong with all of them, and would be for the next one.
                Err(error) if matches!(error.status, Some(409 | 422)) => refused.push(Refused {
                    order: invoice.number.clone(),
                    line: invoice.line,
                    reason: error.message,
                }),
                Err(error) => return Err(error),
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        output.say(&format!(
            "{real} orders: {imported} imported, {already_there} already there, {} refused",
            refused.len()
        ));
        for one in &refused {
            output.say(&format!("refused {} at line {}: {}", one.order, one.line, one.reason));
        }
        if output.json {
            output.value(&json!({
                "real": real, "imported": imported, "already_there": already_there, "refused": refused,
            }));
        }
        match refused.is_empty() {
            true => Ok(()),
            false => Err(CliError::refused("some-refused", format!("{} orders were refused", refused.len()))
                .hint("mend these lines and import the file again: what was taken is not taken twice")),
        }
    }

    async fn one(&self, access: &Access, invoice: &Invoice, clients: &mut Clients) -> Result<Taken> {
        // Told by what is there and not by keys: those belong to one token, and another one may import next time.
        let path = format!("/v1/orders{}", query(&[("number", Some(invoice.number.clone()))]));
        let known = access.get(&path).await?;
        let known = known["items"].as_array().into_iter().flatten();
        if known.into_iter().any(|order| order["source"] == SOURCE) {
            return Ok(Taken::Before);
        }
        let mut contacts = Vec::new();
        if let Some(customer) = &invoice.customer {
            contacts.push(clients.of(access, customer, &invoice.country).await?);
        }
        let lines = invoice.lines.iter().map(|line| {
            json!({
                "sku": line.sku, "title": if line.title.is_empty() { &line.sku } else { &line.title },
                "quantity": line.quantity.to_string(), "unit_price": line.unit_price,
            })
        });
        let order = json!({
            "kind": "order", "number": invoice.number, "title": format!("Order {}", invoice.number),
            "pipeline": self.pipeline, "stage": self.stage, "currency": self.currency,
            "lines": lines.collect::<Vec<_>>(), "contacts": contacts, "source": SOURCE,
            "fields": { "country": invoice.country }, "historical": !self.run_rules, "created": invoice.at,
        });
        access.post("/v1/orders", &order).await?;
        Ok(Taken::Now)
    }
}

/// Clients by their field `customer`, read when the first one is needed.
#[derive(Default)]
struct Clients(Option<HashMap<String, Value>>);

impl Clients {
    async fn of(&mut self, access: &Access, customer: &str, country: &str) -> Result<Value> {
        let known = match &mut self.0 {
            Some(known) => known,
            none => none.insert(there_already(access).await?),
        };
        if let Some(client) = known.get(customer) {
            return Ok(client.clone());
        }
        let fields = json!({ "customer": customer, "country": country });
        let client = json!({ "kind": "contact", "name": format!("Customer {customer}"), "fields": fields });
        let made = access.post("/v1/clients", &client).await?["client"].clone();
        known.insert(customer.to_owned(), made.clone());
        Ok(made)
    }
}

async fn there_already(access: &Access) -> Result<HashMap<String, Value>> {
    let mut known = HashMap::new();
    let mut after = None;
    loop {
        let (sort, limit) = (Some("oldest".to_owned()), Some("200".to_owned()));
        let parts = [("sort", sort), ("limit", limit), ("after", after)];
        let page = access.get(&format!("/v1/clients{}", query(&parts))).await?;
        for client in page["items"].as_array().into_iter().flatten() {
            if let Some(customer) = client["fields"]["customer"].as_str() {
                // The first one made is the one that the first import used.
                known.entry(customer.to_owned()).or_insert_with(|| client["id"].clone());
            }
        }
        match page["next"].as_str() {
            Some(next) => after = Some(next.to_owned()),
            None => return Ok(known),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use rulewright_engine::SystemClock;

    use super::*;
    use crate::compose::{self, Durability};
    use crate::config::Flags;
    use crate::error::Exit;
    use crate::setup;

    const HEADER: &str =
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";

    fn config(data: &Path) -> Config {
        Config::read(Flags { data: Some(data.to_owned()), ..Flags::default() }).unwrap()
    }

    async fn shop(data: &Path) {
        let storage = compose::storage(data, Durability::Process).unwrap();
        let engine = compose::engine(&config(data), data, storage, Arc::new(SystemClock)).unwrap();
        let shop = setup::first_shop(&engine, "Tea").await.unwrap();
        for id in ["orders", "other"] {
            let stages = setup::stages(&[("new", "New", rulewright_domain::StageKind::Open)]);
            let kind = rulewright_domain::OrderKind::Order;
            let pipeline = rulewright_domain::Pipeline::new(id, id, kind, stages);
            engine.put_pipeline(shop, pipeline).await.unwrap();
        }
    }

    fn orders(file: &Path) -> Orders {
        Orders {
            file: file.to_owned(),
            pipeline: "orders".to_owned(),
            stage: None,
            zone: "UTC".to_owned(),
            currency: "EUR".to_owned(),
            run_rules: false,
        }
    }

    async fn count(data: &Path, what: &str) -> usize {
        let access = Access::open(&config(data)).await.unwrap();
        let page = access.get(what).await.unwrap();
        access.close().await.unwrap();
        page["items"].as_array().unwrap().len()
    }

    #[tokio::test]
    async fn importing_twice_takes_nothing_twice_whatever_the_flags() {
        let dir = tempfile::tempdir().unwrap();
        let (data, file) = (dir.path().join("data"), dir.path().join("orders.csv"));
        shop(&data).await;
        // The second file knows the same customer in another country.
        let first = "Ä-1,A,a,1,01/12/2010 08:26,1,9,UK\n2,A,a,1,01/12/2010 08:26,1,9,UK\n";
        std::fs::write(&file, format!("{HEADER}{first}")).unwrap();
        Import::Orders(orders(&file)).run(config(&data)).await.unwrap();
        std::fs::write(&file, format!("{HEADER}3,A,a,1,01/12/2010 08:26,1,9,France\n{first}")).unwrap();
        for again in [
            orders(&file),
            Orders { run_rules: true, ..orders(&file) },
            Orders { pipeline: "other".to_owned(), currency: "GBP".to_owned(), ..orders(&file) },
        ] {
            Import::Orders(again).run(config(&data)).await.unwrap();
            assert_eq!((count(&data, "/v1/orders").await, count(&data, "/v1/clients").await), (3, 1));
        }
    }

    #[tokio::test]
    async fn only_what_an_order_gets_wrong_refuses_the_order() {
        let dir = tempfile::tempdir().unwrap();
        let (data, file) = (dir.path().join("data"), dir.path().join("orders.csv"));
        shop(&data).await;
        let nobody = config(&dir.path().join("nowhere"));
        let missing = Import::Orders(orders(&file)).run(nobody).await.unwrap_err();
        assert_eq!((missing.exit, missing.code.as_str()), (Exit::Refused, "no-such-file"));
        std::fs::write(&file, format!("{HEADER}1,A,a,1,01/12/2010 08:26,1,9,UK\n")).unwrap();
        let nowhere = Orders { pipeline: "nowhere".to_owned(), ..orders(&file) };
        let refused = Import::Orders(nowhere).run(config(&data)).await.unwrap_err();
        assert_eq!(refused.code, "some-refused", "422 is the order's");
        let access = Access::open(&config(&data)).await.unwrap();
        let Access::Directory(directory) = &access else { panic!("it is a directory") };
        directory.forget_token().await;
        let read = orders(&file).read().unwrap();
        let ended = orders(&file).import(read, &access, config(&data).output).await.unwrap_err();
        assert_eq!((ended.status, ended.code.as_str()), (Some(401), "invalid-token"));
    }
}
