//! The head of a line: its time, and the number that counts it.

use jiff::civil::DateTime;

/// What stands before the text of a line.
pub(super) struct Head {
    pub(super) time: DateTime,
    pub(super) iter: Option<u64>,
    pub(super) length: usize,
}

impl Head {
    pub(super) fn parse(line: &[u8]) -> Option<Self> {
        let mut rest = Cursor(line);
        rest.literal(b"-- ")?;
        let year = rest.number(4, 4)?;
        rest.literal(b"-")?;
        let month = rest.number(1, 2)?;
        rest.literal(b"-")?;
        let day = rest.number(1, 2)?;
        rest.literal(b" ")?;
        let hour = rest.number(2, 2)?;
        rest.literal(b":")?;
        let minute = rest.number(2, 2)?;
        rest.literal(b":")?;
        let second = rest.number(2, 2)?;
        rest.literal(b" ")?;
        let millisecond = rest.number(1, 3)?;
        rest.literal(b" -")?;
        let iter = rest.number(1, 19);
        rest.literal(b"-")?;
        // Two spaces; one in older files; none when the line ends here.
        let _ = rest.literal(b" ").and_then(|()| rest.literal(b" "));
        let time = DateTime::new(
            i16::try_from(year).ok()?,
            i8::try_from(month).ok()?,
            i8::try_from(day).ok()?,
            i8::try_from(hour).ok()?,
            i8::try_from(minute).ok()?,
            i8::try_from(second).ok()?,
            i32::try_from(millisecond).ok()?.checked_mul(1_000_000)?,
        );
        Some(Self {
            time: time.ok()?,
            iter,
            length: line.len() - rest.0.len(),
        })
    }
}

struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    fn literal(&mut self, expected: &[u8]) -> Option<()> {
        self.0 = self.0.strip_prefix(expected)?;
        Some(())
    }

    fn number(&mut self, least: usize, most: usize) -> Option<u64> {
        let length = self
            .0
            .iter()
            .take(most)
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let (digits, rest) = self
            .0
            .split_at_checked(length)
            .filter(|_| length >= least)?;
        self.0 = rest;
        Some(
            digits
                .iter()
                .fold(0, |number, digit| number * 10 + u64::from(digit - b'0')),
        )
    }
}

/// The count of a line in a machine's own file, where it names the process too: digits, as in the plugin's format.
pub(super) fn joined_count(process: u32, count: u64) -> u64 {
    u64::from(process)
        .saturating_mul(PROCESS)
        .saturating_add(count.checked_rem(PROCESS).unwrap_or(0))
}

/// Process and count of a line. No process writes so many lines that a plain count would look like a joined one.
pub(super) fn split_count(number: u64) -> (Option<u64>, Option<u64>) {
    match number.checked_div(PROCESS) {
        Some(process) if process > 0 => (Some(process), number.checked_rem(PROCESS)),
        _ => (None, Some(number)),
    }
}

/// What a process's number is multiplied by before the count is added.
const PROCESS: u64 = 1_000_000_000;
