//! `import orders`: a file of invoices into a shop, as history or as work to do.

use std::collections::HashMap;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::tz::TimeZone;
use rulewright_domain::Currency;
use serde_json::{Value, json};

use crate::access::Access;
use crate::config::Config;
use crate::error::{CliError, Doing, Exit, Result};
use crate::order_file::{self, Invoice, Refused};

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

impl Import {
    pub async fn run(self, config: Config) -> Result<()> {
        let Import::Orders(orders) = self;
        let access = Access::open(&config).await?;
        let done = orders.import(&access, &config).await;
        access.close().await.and(done)
    }
}

impl Orders {
    async fn import(self, access: &Access, config: &Config) -> Result<()> {
        let zone = TimeZone::get(&self.zone).map_err(|_| {
            CliError::usage(format!("there is no time zone `{}`", self.zone)).hint("e.g. Europe/London")
        })?;
        let currency = Currency::parse(&self.currency).map_err(|error| CliError::usage(error.to_string()))?;
        let source = order_file::open(&self.file).doing(|| format!("cannot open {}", self.file.display()))?;
        let file = order_file::read(source, &zone, currency)
            .map_err(|error| CliError::refused("file", format!("{}: {error}", self.file.display())))?;
        let real = file.real();
        let bar = config.output.progress("Importing", file.invoices.len() as u64);
        let mut refused = file.refused;
        let mut clients = HashMap::new();
        let mut imported = 0;
        for invoice in &file.invoices {
            match self.one(access, invoice, &mut clients).await {
                Ok(()) => imported += 1,
                Err(error) if error.exit == Exit::Refused => refused.push(Refused {
                    order: invoice.number.clone(),
                    line: invoice.line,
                    reason: error.message,
                }),
                Err(error) => return Err(error),
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        let output = config.output;
        output.say(&format!("{real} orders: {imported} imported, {} refused", refused.len()));
        for one in &refused {
            output.say(&format!("refused {} at line {}: {}", one.order, one.line, one.reason));
        }
        if output.json {
            output.value(&json!({ "real": real, "imported": imported, "refused": refused }));
        }
        match refused.is_empty() {
            true => Ok(()),
            false => Err(CliError::refused("some-refused", format!("{} orders were refused", refused.len()))
                .hint("mend these lines and import the file again: what was taken is not taken twice")),
        }
    }

    async fn one(
        &self,
        access: &Access,
        invoice: &Invoice,
        clients: &mut HashMap<String, Value>,
    ) -> Result<()> {
        let mut contacts = Vec::new();
        if let Some(customer) = &invoice.customer {
            if !clients.contains_key(customer) {
                let fields = json!({ "customer": customer, "country": invoice.country });
                let client =
                    json!({ "kind": "contact", "name": format!("Customer {customer}"), "fields": fields });
                let made =
                    access.post_once("/v1/clients", &format!("import/client/{customer}"), &client).await?;
                clients.insert(customer.clone(), made["client"].clone());
            }
            contacts.extend(clients.get(customer).filter(|id| id.is_string()).cloned());
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
            "lines": lines.collect::<Vec<_>>(), "contacts": contacts, "source": "import",
            "fields": { "country": invoice.country }, "historical": !self.run_rules, "created": invoice.at,
        });
        access.post_once("/v1/orders", &format!("import/order/{}", invoice.number), &order).await?;
        Ok(())
    }
}
