//! Orders in a file: one row for each line of an invoice, as shops export them.
//!
//! **Invariant:** pure, and nothing is lost silently. Every invoice of the file is either in `invoices` or in
//! `refused` with the line and the reason; odd values (no customer, no price, negative quantities, codes that
//! are no products) are kept as they are, because they are what happened.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rulewright_domain::{Currency, Money, Timestamp};
use serde::Serialize;

/// The columns that a file must have, in any order.
pub const COLUMNS: [&str; 8] = [
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
];

#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub sku: String,
    pub title: String,
    pub quantity: i64,
    pub unit_price: Money,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Invoice {
    pub number: String,
    /// Of its first row, counted from 1 as editors do.
    pub line: u64,
    /// Of its first row; a few invoices go on a minute later.
    pub at: Timestamp,
    pub customer: Option<String>,
    pub country: String,
    pub lines: Vec<Line>,
}

impl Invoice {
    /// A cancellation: its lines are negative.
    pub fn is_credit(&self) -> bool {
        self.number.starts_with('C')
    }

    /// None where the sum does not fit; such an invoice is refused when it is imported.
    pub fn total(&self) -> Option<Money> {
        let mut lines = self.lines.iter();
        let first = lines.next()?.total()?;
        lines.try_fold(first, |sum, line| sum.plus(line.total()?).ok())
    }
}

impl Line {
    pub fn total(&self) -> Option<Money> {
        self.unit_price.times_milli(self.quantity.checked_mul(1000)?).ok()
    }
}

/// An invoice that was not taken, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refused {
    pub order: String,
    pub line: u64,
    pub reason: String,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct OrderFile {
    /// In the order of their first rows.
    pub invoices: Vec<Invoice>,
    pub refused: Vec<Refused>,
    pub rows: u64,
}

impl OrderFile {
    /// Every invoice number that occurs in the file.
    pub fn real(&self) -> usize {
        self.invoices.len() + self.refused.len()
    }
}

#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("the file cannot be read: {0}")]
    Read(#[from] io::Error),
    #[error("the file has no column `{column}`; its first line must name {}", COLUMNS.join(", "))]
    NoColumn { column: &'static str },
    #[error("the file is not CSV: {0}")]
    NotCsv(#[from] csv::Error),
}

/// Opens a file, compressed or not: that is told by its first bytes and not by its name.
pub fn open(path: &Path) -> io::Result<Box<dyn Read>> {
    let mut file = BufReader::new(std::fs::File::open(path)?);
    let packed = file.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    Ok(if packed { Box::new(flate2::bufread::MultiGzDecoder::new(file)) } else { Box::new(file) })
}

/// Reads invoices. Times in the file are those of a clock on the wall in `zone`.
pub fn read(source: impl Read, zone: &TimeZone, currency: Currency) -> Result<OrderFile, FileError> {
    // Flexible, so that a row with a missing column is a refused order and not the end of the import.
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(source);
    let columns = Columns::find(reader.byte_headers()?)?;
    let mut reading = Reading::default();
    let mut record = csv::ByteRecord::new();
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {
                let line = record.position().map_or(0, csv::Position::line);
                reading.row(line, &columns, &record, zone, currency);
            }
            Err(error) if error.is_io_error() => return Err(error.into()),
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                reading.refuse("?", line, error.to_string());
            }
        }
    }
    Ok(reading.finish())
}

struct Columns([usize; COLUMNS.len()]);

impl Columns {
    fn find(header: &csv::ByteRecord) -> Result<Columns, FileError> {
        let mut places = [0; COLUMNS.len()];
        for (place, column) in places.iter_mut().zip(COLUMNS) {
            *place = header
                .iter()
                // A byte order mark in front of the first name is common.
                .position(|name| {
                    name.strip_prefix(b"\xef\xbb\xbf").unwrap_or(name).trim_ascii() == column.as_bytes()
                })
                .ok_or(FileError::NoColumn { column })?;
        }
        Ok(Columns(places))
    }

    /// The trimmed text of a column.
    fn text<'a>(&self, column: usize, record: &'a csv::ByteRecord) -> Result<&'a str, String> {
        let bytes =
            record.get(self.0[column]).ok_or_else(|| format!("column `{}` is missing", COLUMNS[column]))?;
        let text =
            std::str::from_utf8(bytes).map_err(|_| format!("column `{}` is not UTF-8", COLUMNS[column]))?;
        Ok(text.trim())
    }
}

#[derive(Default)]
struct Reading {
    file: OrderFile,
    /// Place in `file.invoices`, or None for what has been refused.
    known: HashMap<String, Option<usize>>,
}

impl Reading {
    fn row(
        &mut self,
        line: u64,
        columns: &Columns,
        record: &csv::ByteRecord,
        zone: &TimeZone,
        currency: Currency,
    ) {
        self.file.rows += 1;
        let number = match columns.text(0, record) {
            Ok("") => return self.refuse("?", line, "it has no InvoiceNo".to_owned()),
            Ok(number) => number.to_owned(),
            Err(problem) => return self.refuse("?", line, problem),
        };
        let parsed = match parse(columns, record, zone, currency) {
            Ok(parsed) => parsed,
            Err(problem) => return self.refuse(&number, line, problem),
        };
        match self.known.get(&number) {
            Some(Some(place)) => {
                if let Some(invoice) = self.file.invoices.get_mut(*place) {
                    invoice.lines.push(parsed.line);
                }
            }
            Some(None) => {}
            None => {
                self.known.insert(number.clone(), Some(self.file.invoices.len()));
                self.file.invoices.push(Invoice {
                    number,
                    line,
                    at: parsed.at,
                    customer: parsed.customer,
                    country: parsed.country,
                    lines: vec![parsed.line],
                });
            }
        }
    }

    /// The whole invoice: half an order would be a wrong one.
    fn refuse(&mut self, number: &str, line: u64, reason: String) {
        let first = self.known.insert(number.to_owned(), None) != Some(None);
        if first || number == "?" {
            self.file.refused.push(Refused { order: number.to_owned(), line, reason });
        }
    }

    fn finish(mut self) -> OrderFile {
        let known = self.known;
        self.file.invoices.retain(|invoice| known.get(&invoice.number).is_some_and(Option::is_some));
        self.file
    }
}

struct Row {
    at: Timestamp,
    customer: Option<String>,
    country: String,
    line: Line,
}

fn parse(
    columns: &Columns,
    record: &csv::ByteRecord,
    zone: &TimeZone,
    currency: Currency,
) -> Result<Row, String> {
    let text = |column| columns.text(column, record);
    let quantity: i64 = text(3)?.parse().map_err(|_| said(3, text(3), "a whole number such as 6 or -1"))?;
    // Thousandths are what an order counts in.
    if quantity.checked_mul(1000).is_none() {
        return Err(said(3, text(3), "a quantity that an order can hold"));
    }
    let unit_price = Money::parse(text(5)?, currency).map_err(|error| format!("UnitPrice: {error}"))?;
    let at = wall_time(text(4)?, zone)
        .ok_or_else(|| said(4, text(4), "day/month/year hour:minute, e.g. 01/12/2010 08:26"))?;
    Ok(Row {
        at,
        customer: Some(text(6)?).filter(|customer| !customer.is_empty()).map(str::to_owned),
        country: text(7)?.to_owned(),
        line: Line { sku: text(1)?.to_owned(), title: text(2)?.to_owned(), quantity, unit_price },
    })
}

fn said(column: usize, found: Result<&str, String>, expected: &str) -> String {
    let found: String = found.unwrap_or_default().chars().take(32).collect();
    format!("{} is `{found}`, expected {expected}", COLUMNS[column])
}

/// `01/12/2010 08:26` as an instant.
fn wall_time(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let civil = DateTime::strptime("%d/%m/%Y %H:%M", text).ok()?;
    let zoned = civil.to_zoned(zone.clone()).ok()?;
    Some(Timestamp(zoned.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str =
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";

    fn file(rows: &str) -> OrderFile {
        let zone = TimeZone::get("Europe/London").unwrap();
        read(format!("{HEADER}{rows}").as_bytes(), &zone, Currency::new(b"GBP")).unwrap()
    }

    #[test]
    fn odd_values_are_kept_as_they_are() {
        let file =
            file("1,POST,,-3,01/07/2010 08:26,0,,France\n1,M,\"A, B\",1,01/07/2010 08:27,2.5,,France\n");
        let invoice = &file.invoices[0];
        assert_eq!(invoice.at, Timestamp::parse("2010-07-01T07:26:00Z").unwrap());
        assert_eq!((invoice.customer.as_deref(), invoice.lines.len(), invoice.line), (None, 2, 2));
        assert_eq!(invoice.lines[1].title, "A, B");
        assert_eq!(invoice.total().unwrap().decimal(), "2.50");
    }

    #[test]
    fn an_invoice_with_an_unreadable_row_is_refused_whole_with_its_line() {
        let file = file(
            "1,A,a,1,01/12/2010 08:26,1,9,UK\n1,A,a,x,01/12/2010 08:26,1,9,UK\n1,A,a,1,01/12/2010 08:26,1,9,UK\n\
             2,A,a,1,2010-12-01,1,9,UK\n3,A,a\n4,A,a,1,01/12/2010 08:26,1.999.9,9,UK\n5,A,a,1,01/12/2010 08:26,1,9,UK\n",
        );
        let lines: Vec<(&str, u64)> = file.refused.iter().map(|one| (one.order.as_str(), one.line)).collect();
        assert_eq!(lines, [("1", 3), ("2", 5), ("3", 6), ("4", 7)]);
        assert!(file.refused[0].reason.contains("Quantity is `x`"), "{}", file.refused[0].reason);
        assert_eq!((file.invoices.len(), file.real()), (1, 5));
    }

    #[test]
    fn a_file_without_a_column_is_refused_by_its_name() {
        let zone = TimeZone::UTC;
        let error = read("InvoiceNo,StockCode\n".as_bytes(), &zone, Currency::new(b"GBP")).unwrap_err();
        assert!(error.to_string().contains("no column `Description`"), "{error}");
    }
}
