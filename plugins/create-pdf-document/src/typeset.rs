//! From a template and its values to the bytes of a PDF.
//!
//! **Invariant:** the same job gives the same bytes: nothing is asked of a clock, a file or chance.

use time::OffsetDateTime;
use typst_layout::PagedDocument;
use typst_library::WorldExt;
use typst_library::diag::SourceDiagnostic;
use typst_library::foundations::Smart;
use typst_pdf::{PdfOptions, Timestamp};

use crate::world::Desk;

pub struct Job<'a> {
    /// Typst source.
    pub template: String,
    /// JSON text.
    pub data: String,
    /// Unique to the document, e.g. its number; becomes part of the PDF's own id.
    pub ident: &'a str,
    pub now: OffsetDateTime,
    /// The day where the shop is.
    pub today: time::Date,
}

#[derive(Debug)]
pub struct Made {
    pub pdf: Vec<u8>,
    pub pages: usize,
    /// What the template should mend, although it worked.
    pub warnings: Vec<String>,
}

/// An error is a sentence for each thing wrong, with line and column.
pub fn pdf(job: Job) -> Result<Made, Vec<String>> {
    let desk = Desk::new(job.template, job.data.into_bytes(), job.now, job.today);
    let compiled = typst::compile::<PagedDocument>(&desk);
    let told = |problems: &[SourceDiagnostic]| problems.iter().map(|one| sentence(&desk, one)).collect();
    let document = compiled.output.map_err(|errors| told(&errors))?;
    let options = PdfOptions {
        ident: Smart::Custom(job.ident.to_owned()),
        creator: Smart::Custom(Some("Rulewright".to_owned())),
        timestamp: Some(Timestamp::new_utc(desk.now())),
        ..PdfOptions::default()
    };
    let pdf = typst_pdf::pdf(&document, &options).map_err(|errors| told(&errors))?;
    Ok(Made { pdf, pages: document.pages().len(), warnings: told(&compiled.warnings) })
}

/// `line 3, column 12: unknown variable: ordr (did you mean ..)`.
fn sentence(desk: &Desk, problem: &SourceDiagnostic) -> String {
    let mut text = String::new();
    let place = desk.range(problem.span).and_then(|range| {
        // A place in the data is none in the template.
        let ours = problem.span.id() == Some(desk.template().id());
        ours.then(|| desk.template().lines().byte_to_line_column(range.start))?
    });
    if let Some((line, column)) = place {
        text.push_str(&format!("line {}, column {}: ", line + 1, column + 1));
    }
    text.push_str(&problem.message);
    for hint in &problem.hints {
        text.push_str(&format!(" ({})", hint.v));
    }
    text
}
