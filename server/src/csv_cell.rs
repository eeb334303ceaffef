//! CSV that a spreadsheet opens as data: every cell is quoted, and none can be taken for a formula, whichever separator the
//! spreadsheet splits at.
//!
//! What stands in a cell may come from a visitor's browser, and a spreadsheet runs what begins with `=`, `+`, `-` or `@`
//! (OWASP, CSV Injection). Quotation marks alone do not help: where the language's separator is `;`, a line that is
//! separated by commas is one cell to Excel, which splits it at any `;` in it, quotation marks or not.

use std::io;

/// A writer of rows whose cells are quoted, and whose lines end as RFC 4180 has it.
pub fn writer() -> csv::Writer<Vec<u8>> {
    csv::WriterBuilder::new()
        .quote_style(csv::QuoteStyle::Always)
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new())
}

/// The rows that were written.
///
/// # Errors
///
/// None: they are in memory.
pub fn finish(rows: csv::Writer<Vec<u8>>) -> io::Result<Vec<u8>> {
    rows.into_inner().map_err(csv::IntoInnerError::into_error)
}

/// A text as a cell that no spreadsheet takes for a formula: a `'` stands before each sign that could begin one, which is
/// one at the start or after anything but a letter or a digit, as that may be what the text is split at. Characters that
/// cannot be seen, behind which a sign could hide, are spaces.
pub fn harmless(text: &str) -> String {
    let mut cell = String::with_capacity(text.len());
    let mut before = None;
    for character in text.chars() {
        let character = if is_invisible(character) { ' ' } else { character };
        if is_formula_sign(character) && !before.is_some_and(char::is_alphanumeric) {
            cell.push('\'');
        }
        cell.push(character);
        before = Some(character);
    }
    cell
}

/// Whether a spreadsheet may take a character for the first of a formula, also where it is full-width, small, superscript,
/// subscript, or the sign for minus.
fn is_formula_sign(character: char) -> bool {
    if character.is_ascii() {
        return matches!(character, '=' | '+' | '-' | '@');
    }
    matches!(
        character,
        '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}' | '\u{fe66}' | '\u{fe62}' | '\u{fe63}' | '\u{fe6b}' | '\u{207a}'
            ..='\u{207c}' | '\u{208a}'..='\u{208c}' | '\u{2212}'
    )
}

/// Whether a character takes no place of its own: control and format characters, separators of lines, variation selectors
/// and tags (Unicode categories Cc, Cf, Zl, Zp; default ignorable code points).
fn is_invisible(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_control();
    }
    character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_formula_stays_as_it_is() {
        for text in [
            "",
            "u-1",
            "ada.lovelace",
            "Ωμέγα-1",
            "fr-FR",
            "a'b",
            "2026-11-22T12:00:00.000Z",
            "session drift google-ads",
        ] {
            assert_eq!(harmless(text), text);
        }
    }

    #[test]
    fn each_sign_that_could_begin_a_formula_has_an_apostrophe_before_it() {
        assert_eq!(harmless("=HYPERLINK(\"http://evil.example\")"), "'=HYPERLINK(\"http://evil.example\")");
        assert_eq!(harmless("a;=cmd|' /C calc'!A0"), "a;'=cmd|' /C calc'!A0");
        assert_eq!(harmless("a|＋1,－2 ;\t@SUM"), "a|'＋1,'－2 ; '@SUM");
        assert_eq!(harmless("\u{feff}\0\r\n=1"), "    '=1");
        assert_eq!(harmless("\"=1"), "\"'=1");
    }

    proptest! {
        #[test]
        fn a_cell_split_anywhere_begins_with_no_sign(text in "([a=+@;,\\t| \"'\u{feff}\u{0}\r\n-]|[＝＋－＠]|.){0,24}") {
            let cell = harmless(&text);
            for (at, character) in cell.char_indices().filter(|(_, character)| is_formula_sign(*character)) {
                let before = cell[..at].chars().next_back();
                let is_part_of_a_word = before.is_some_and(|before| before.is_alphanumeric() || before == '\'');
                prop_assert!(is_part_of_a_word, "{character} in {cell:?}");
            }
        }
    }
}
