use std::io::Write as _;

use super::*;

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>"#;
const TAIL: &str = "</w:body></w:document>";

fn document(body: &str) -> String {
    format!("{HEAD}{body}{TAIL}")
}

/// One paragraph with a run for each text.
fn paragraph(runs: &[&str]) -> String {
    let runs: String =
        runs.iter().map(|text| format!("<w:r><w:rPr><w:b/></w:rPr><w:t>{text}</w:t></w:r>")).collect();
    format!("<w:p>{runs}</w:p>")
}

fn row(cells: &[&str]) -> String {
    let cells: String = cells.iter().map(|text| format!("<w:tc>{}</w:tc>", paragraph(&[text]))).collect();
    format!("<w:tr>{cells}</w:tr>")
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = rawzip::ZipArchiveWriter::new(Vec::new());
    for (name, bytes) in files {
        let (mut file, config) = writer.new_file(*name).start().unwrap();
        let mut data = config.wrap(&mut file);
        data.write_all(bytes).unwrap();
        let (_, descriptor) = data.finish().unwrap();
        file.finish(descriptor).unwrap();
    }
    writer.finish().unwrap()
}

fn docx(body: &str) -> Vec<u8> {
    zip(&[("[Content_Types].xml", b"<Types/>"), ("word/document.xml", document(body).as_bytes())])
}

fn body(docx: &[u8]) -> String {
    let archive = Archive::open(docx).unwrap();
    let entry = archive.texts().next().unwrap();
    archive.text(entry).unwrap().replace(HEAD, "").replace(TAIL, "")
}

fn seen(docx: &[u8]) -> String {
    lines(docx).unwrap().join("|")
}

fn values(inserted: &[(&str, &str)]) -> Values {
    Values { inserted: map(inserted), ..Values::default() }
}

fn map(pairs: &[(&str, &str)]) -> Inserted {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn a_placeholder_split_over_runs_is_one_and_looks_as_it_began() {
    let template = docx(&paragraph(&["No. {", "{ord", "er.num", "ber}}, of {{client.name}}", "!"]));
    let found: Vec<String> = placeholders(&template).unwrap().into_iter().map(|one| one.text).collect();
    assert_eq!(found, ["order.number", "client.name"]);
    let filled = fill(&template, &values(&[("order.number", "1001"), ("client.name", "Ada")])).unwrap();
    assert_eq!(seen(&filled), "No. 1001, of Ada!");
    let body = body(&filled);
    assert!(body.contains(r#"<w:rPr><w:b/></w:rPr><w:t xml:space="preserve">No. 1001</w:t>"#), "{body}");
    assert_eq!(body.matches("<w:rPr><w:b/></w:rPr>").count(), 5, "no run is lost: {body}");
}

#[test]
fn a_row_is_there_once_for_each_line_with_values_of_the_order_in_it() {
    let table = [row(&["Title", "Sum"]), row(&["{{line.title}}", "{{line.total}} {{order.currency}}"])];
    let template = docx(&format!("<w:tbl>{}</w:tbl>{}", table.concat(), paragraph(&["end"])));
    let mut values = values(&[("order.currency", "GBP")]);
    for lines in 0..3 {
        assert_eq!(
            seen(&fill(&template, &values).unwrap()),
            format!("Title|Sum|{}end", "Heart|2.55 GBP|".repeat(lines))
        );
        let line = map(&[("line.title", "Heart"), ("line.total", "2.55")]);
        values.rows.entry("line".to_owned()).or_default().push(line);
    }
}

#[test]
fn in_a_table_within_a_table_only_the_inner_row_is_repeated() {
    let inner = format!("<w:tbl>{}</w:tbl>", row(&["{{line.title}}"]));
    let outer = format!(
        "<w:tbl><w:tr><w:tc>{}{inner}{}</w:tc></w:tr></w:tbl>",
        paragraph(&["{{order.number}}"]),
        paragraph(&["end"])
    );
    let mut values = values(&[("order.number", "7")]);
    let lines = ["a", "b"].map(|title| map(&[("line.title", title)]));
    values.rows.insert("line".to_owned(), lines.to_vec());
    assert_eq!(seen(&fill(&docx(&outer), &values).unwrap()), "7|a|b|end");
}

#[test]
fn values_are_text_whatever_they_hold() {
    let template = docx(&paragraph(&["{{a}}{{b}}"]));
    let filled = fill(&template, &values(&[("a", "<w:p/> & \u{1}x\ny\tz {{b}}"), ("b", "{{a}}")])).unwrap();
    assert_eq!(seen(&filled), "<w:p/> & x y z {{b}}{{a}}", "nothing is inserted twice");
    assert!(body(&filled).contains("x</w:t><w:br/><w:t xml:space=\"preserve\">y</w:t><w:tab/>"));
}

#[test]
fn what_no_placeholder_touches_stays_byte_for_byte() {
    let picture = vec![7_u8; 5_000];
    let text = document(&format!("<!-- a --><w:p w14:paraId='1'/>{}", paragraph(&["x &amp; y"])));
    let template = zip(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("word/media/image1.png", &picture),
        ("word/document.xml", text.as_bytes()),
        ("word/header1.xml", b"<w:hdr><w:p><w:r><w:t>{{shop.name}}</w:t></w:r></w:p></w:hdr>"),
    ]);
    let filled = fill(&template, &values(&[("shop.name", "Gifts")])).unwrap();
    let archive = Archive::open(&filled).unwrap();
    let texts: Vec<String> = archive.texts().map(|entry| archive.text(entry).unwrap()).collect();
    assert_eq!(texts[0], text);
    assert!(texts[1].contains("Gifts"), "headers are filled too: {}", texts[1]);
    assert!(filled.windows(picture.len()).any(|window| window == picture), "the picture is lost");
    assert_eq!(filled, fill(&template, &values(&[("shop.name", "Gifts")])).unwrap(), "always the same bytes");
}

#[test]
fn a_mistake_is_told_with_its_place() {
    for (body, told) in [
        (
            paragraph(&["Dear {{client.na", "me"]),
            "never closed by `}}` in its paragraph, near `{{client.name`",
        ),
        (
            paragraph(&["{{line.title}}"]),
            "there is one for each line, so it has to stand in a row of a table",
        ),
        (row(&["{{line.title}}", "{{payment.amount}}"]), "repeated for each line, so `payment` cannot stand"),
        ("<w:p><w:r><w:t>{{a</w:t><w:tab/><w:t>b}}</w:t></w:r></w:p>".to_owned(), "a tab, a line break"),
        ("<w:p>".to_owned(), "word/document.xml: it cannot be read"),
    ] {
        let problem = placeholders(&docx(&body)).unwrap_err().to_string();
        assert!(problem.contains(told), "{problem}");
    }
}

#[test]
fn what_is_no_document_or_does_harm_is_refused() {
    let text = document("");
    let main = ("word/document.xml", text.as_bytes());
    let bomb = {
        let packed = miniz_oxide::deflate::compress_to_vec(&vec![b' '; 5 << 20], 9);
        let mut writer = rawzip::ZipArchiveWriter::new(Vec::new());
        let deflated =
            writer.new_file("word/document.xml").compression_method(rawzip::CompressionMethod::DEFLATE);
        let (mut file, _) = deflated.start().unwrap();
        file.write_all(&packed).unwrap();
        // It says that it is small.
        file.finish(rawzip::DataDescriptorOutput::new(0, 100)).unwrap();
        writer.finish().unwrap()
    };
    let mut damaged = docx(&paragraph(&["some text"]));
    let at = damaged.windows(9).position(|window| window == b"some text").unwrap();
    damaged[at] = b'S';
    for (bytes, told) in [
        (b"PK\x03\x04 nonsense".to_vec(), "it is no .docx file"),
        (Vec::new(), "it is no .docx file"),
        (zip(&[("content.xml", b"<a/>")]), "there is no word/document.xml in it"),
        (zip(&[main, main]), "is there twice"),
        (zip(&[main, ("word/vbaProject.bin", b"x")]), "macros"),
        (zip(&[("word/document.xml", b"<!DOCTYPE a [<!ENTITY b \"c\">]><a/>")]), "declares a document type"),
        (zip(&[("word/document.xml", b"\xff\xfe<\0a\0/\0>\0")]), "it is not in UTF-8"),
        (bomb, "damaged"),
        (damaged, "checksum"),
    ] {
        let problem = placeholders(&bytes).unwrap_err().to_string();
        assert!(problem.contains(told), "{problem}, and not {told}");
    }
}

/// Cut and changed at every place: an error, never a panic.
#[test]
fn nothing_that_is_sent_in_makes_it_panic() {
    let whole = docx(&format!("<w:tbl>{}</w:tbl>", row(&["{{line.title}}", "{{a}}"])));
    for at in 0..whole.len() {
        let _ = placeholders(&whole[..at]);
        let mut changed = whole.clone();
        for byte in [0, 0x7f, 0xff, whole[at].wrapping_add(1)] {
            changed[at] = byte;
            let _ = fill(&changed, &values(&[("a", "b")]));
        }
    }
}
