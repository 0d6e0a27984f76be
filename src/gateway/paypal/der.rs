//! As much of X.690 (DER) as certificates and sealed forms need: values written from their parts, and read one by one.

/// A value: its tag, its content, and itself whole.
#[derive(Clone, Copy)]
pub(super) struct Value<'a> {
    pub tag: u8,
    pub content: &'a [u8],
    pub whole: &'a [u8],
}

/// Takes the first value off `input`; `None` when there is none, or not a whole one.
pub(super) fn take<'a>(input: &mut &'a [u8]) -> Option<Value<'a>> {
    let all = *input;
    let (tag, rest) = all.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, content) = if first & 0x80 == 0 {
        (usize::from(*first), rest)
    } else {
        let digits = usize::from(first & 0x7f);
        if !(1..=4).contains(&digits) {
            return None;
        }
        let (length, content) = rest.split_at_checked(digits)?;
        let length = length
            .iter()
            .fold(0_usize, |sum, byte| (sum << 8) | usize::from(*byte));
        (length, content)
    };
    let (content, rest) = content.split_at_checked(length)?;
    let whole = all.get(..all.len() - rest.len())?;
    *input = rest;
    Some(Value {
        tag: *tag,
        content,
        whole,
    })
}

/// The same, of one tag only.
pub(super) fn expect<'a>(input: &mut &'a [u8], tag: u8) -> Option<Value<'a>> {
    take(input).filter(|value| value.tag == tag)
}

/// A value of `tag` with these parts one after the other.
pub(super) fn value(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut bytes = vec![tag];
    if let (Ok(short), true) = (u8::try_from(length), length < 0x80) {
        bytes.push(short);
    } else {
        let digits: Vec<u8> = length
            .to_be_bytes()
            .into_iter()
            .skip_while(|byte| *byte == 0)
            .collect();
        bytes.push(0x80 | u8::try_from(digits.len()).unwrap_or_default());
        bytes.extend(digits);
    }
    parts.iter().for_each(|part| bytes.extend_from_slice(part));
    bytes
}

pub(super) const INTEGER: u8 = 0x02;
pub(super) const OCTETS: u8 = 0x04;
pub(super) const UTC_TIME: u8 = 0x17;
pub(super) const GENERALIZED_TIME: u8 = 0x18;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;
/// `[0]`, constructed: explicit, or an implicit set.
pub(super) const ZERO: u8 = 0xa0;
/// `[0]`, implicit octets.
pub(super) const ZERO_OCTETS: u8 = 0x80;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for length in [0, 1, 127, 128, 255, 256, 70_000] {
            let content = vec![7; length];
            let bytes = value(OCTETS, &[&content]);
            let mut input = &bytes[..];
            let read = take(&mut input).unwrap();
            assert_eq!((read.tag, read.content), (OCTETS, &content[..]));
            assert_eq!((read.whole, input.len()), (&bytes[..], 0));
            for cut in [0, 1, bytes.len() - 1] {
                assert!(take(&mut &bytes[..cut]).is_none());
            }
        }
    }

    #[test]
    fn lengths_that_lie_are_refused() {
        for bytes in [
            &[0x30, 0x80, 0, 0][..],
            &[0x30, 0x85, 1, 1, 1, 1, 1],
            &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0],
        ] {
            assert!(take(&mut &bytes[..]).is_none());
        }
    }
}
