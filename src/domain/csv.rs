//! Fields of CSV (RFC 4180) that no spreadsheet runs: the one way in which the shop writes them, and back.
//!
//! Spreadsheets take a cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return for a formula. A `'` goes before such a
//! beginning, also where quotes, blanks or `'` precede it, so that reading can take exactly one away again. Where lists are separated by
//! semicolons, as in French, a spreadsheet begins a cell after each, and reads a quote or a line break in the middle of a field otherwise:
//! the same holds there. A plain negative decimal is a number everywhere and stays as it is.

/// A text as a field of a line.
#[must_use]
pub fn field(text: &str) -> String {
    let text = if is_negative_decimal(text) {
        text.to_owned()
    } else {
        defused(text)
    };
    if text.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

/// The texts of a line, which has no line feed within a field; `None` where a quote does not end.
#[must_use]
pub fn fields(line: &str) -> Option<Vec<String>> {
    let mut fields = Vec::new();
    let mut field = String::new();
    let mut letters = line.chars().peekable();
    let mut inside = false;
    while let Some(letter) = letters.next() {
        match letter {
            '"' if inside && letters.peek() == Some(&'"') => {
                letters.next();
                field.push('"');
            }
            '"' => inside = !inside,
            ',' if !inside => fields.push(undone(&std::mem::take(&mut field))),
            letter => field.push(letter),
        }
    }
    fields.push(undone(&field));
    (!inside).then_some(fields)
}

fn defused(text: &str) -> String {
    let mut defused = String::with_capacity(text.len() + 1);
    for cell in text.split_inclusive(BEGINS_A_CELL) {
        if begins_a_formula(cell) {
            defused.push('\'');
        }
        defused.push_str(cell);
    }
    defused
}

fn undone(text: &str) -> String {
    let undo = |cell| match str::strip_prefix(cell, '\'') {
        Some(rest) if begins_a_formula(rest) => rest,
        _ => cell,
    };
    text.split_inclusive(BEGINS_A_CELL).map(undo).collect()
}

fn begins_a_formula(cell: &str) -> bool {
    let cell = cell.trim_start_matches(['\'', '"', ' ', '\u{a0}', '\u{feff}']);
    cell.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// After these a spreadsheet may begin a cell, whatever separates its lists.
const BEGINS_A_CELL: [char; 3] = [';', '\n', '\r'];

/// `-12` or `-12.50`.
fn is_negative_decimal(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.strip_prefix('-').is_some_and(|number| {
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        digits(whole) && digits(fraction)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_cell_that_a_spreadsheet_would_run_begins_with_an_apostrophe() {
        for (text, written) in [
            ("=1+2", "'=1+2"),
            ("+33612345678", "'+33612345678"),
            ("-1+2", "'-1+2"),
            ("-", "'-"),
            ("-1.", "'-1."),
            ("-.5", "'-.5"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("\r=1", "\"'\r'=1\""),
            (" =1", "' =1"),
            ("a\n=1+1", "\"a\n'=1+1\""),
            ("a\r\n=1", "\"a\r\n'=1\""),
            ("=A1,\"x\"", "\"'=A1,\"\"x\"\"\""),
            ("'=1", "''=1"),
            ("a;=1;;@x", "a;'=1;;'@x"),
            ("Acme;\"=1+1;b", "\"Acme;'\"\"=1+1;b\""),
        ] {
            assert_eq!(field(text), written);
        }
    }

    #[test]
    fn everything_else_is_written_as_it_is() {
        for text in [
            "", "t1", "a=b", "a-b", "'quoted'", "-12", "-12.50", "0.00", "a;b",
        ] {
            assert_eq!(field(text), text);
        }
        assert_eq!(field("a,b"), "\"a,b\"");
        assert_eq!(field("a\nb"), "\"a\nb\"");
        assert_eq!(field("\"a\""), "\"\"\"a\"\"\"");
    }

    proptest! {
        #[test]
        fn reading_gives_what_was_written(texts in proptest::collection::vec("[-=+@;',\" \t\r\na1.é]{0,8}", 1..5)) {
            let line: Vec<String> = texts.iter().map(|text| field(text)).collect();
            prop_assert_eq!(fields(&line.join(",")), Some(texts));
        }

        #[test]
        fn no_cell_begins_a_formula_whatever_separates_lists(text in "[-=+@;'\" \t\r\na1.]{0,8}") {
            let written = field(&text);
            for cell in written.split([';', ',', '\n', '\r']) {
                let first = cell.trim_start_matches(['"', ' ']);
                prop_assert!(!first.starts_with(['=', '+', '@', '\t']), "{:?}", written);
                prop_assert!(!first.starts_with('-') || is_negative_decimal(&text), "{:?}", written);
            }
        }
    }
}
