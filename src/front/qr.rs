//! QR codes (ISO/IEC 18004) of addresses, as a drawing that a page puts into an SVG.

use std::fmt::Write as _;

use qrcode::{Color, EcLevel, QrCode};
use serde::Serialize;

/// A QR code: dark squares of one unit on a light ground of `size` by `size` units, the quiet zone included.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Qr {
    /// Units of each side.
    pub size: usize,
    /// SVG path data of the dark squares.
    pub path: String,
}

impl Qr {
    /// The code of `text`, damage up to 15 % (level M) forgiven; `None` when it is too long for one: more than 2331 bytes.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
        let width = code.width();
        let mut path = String::new();
        for (y, row) in code.to_colors().chunks(width).enumerate() {
            let mut x = 0;
            for run in row.chunk_by(|left, right| left == right) {
                if run.first() == Some(&Color::Dark) {
                    // Writing to a string does not fail.
                    let _ = write!(
                        path,
                        "M{} {}h{}v1h-{}z",
                        x + QUIET,
                        y + QUIET,
                        run.len(),
                        run.len()
                    );
                }
                x += run.len();
            }
        }
        Some(Self {
            size: width + 2 * QUIET,
            path,
        })
    }
}

/// Light units around the code, as the standard asks.
const QUIET: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_drawing_has_the_dark_squares_of_the_code() {
        let text = "https://shop.example/local/shop/front/view.php?what=import&monproduit=3";
        let code = QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
        let drawn = Qr::of(text).unwrap();
        let mut dark = vec![Color::Light; code.width() * code.width()];
        for run in drawn.path.split_terminator('z') {
            let numbers: Vec<usize> = run
                .split(|c: char| !c.is_ascii_digit())
                .filter_map(|number| number.parse().ok())
                .collect();
            let [x, y, length, 1, back] = numbers[..] else {
                panic!("{run}")
            };
            assert_eq!(length, back);
            for column in x - QUIET..x - QUIET + length {
                dark[(y - QUIET) * code.width() + column] = Color::Dark;
            }
        }
        assert_eq!(dark, code.to_colors());
        assert_eq!(drawn.size, code.width() + 8);
    }

    #[test]
    fn a_text_too_long_for_a_code_has_none() {
        assert!(Qr::of(&"x".repeat(2331)).is_some());
        assert!(Qr::of(&"x".repeat(2332)).is_none());
    }
}
