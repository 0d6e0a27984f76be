//! Texts in several languages, as authors of a Moodle write them: `{mlang en}Book{mlang}{mlang fr}Livre{mlang}`, or
//! `<span lang="en" class="multilang">Book</span><span lang="fr" class="multilang">Livre</span>`. A host with filters of its own reads them
//! first; what it leaves is read here, so that no such mark-up is shown.

use std::borrow::Cow;

/// `text` in `lang`, a code as `fr` or `fr_ca`. Of blocks beside each other the one in that language stays, else the one in the language
/// it descends from, else the one marked `other`, else the first. Everything else stays as it is.
#[must_use]
pub fn read<'a>(text: &'a str, lang: &str) -> Cow<'a, str> {
    if !text.contains(MLANG) && !text.contains(SPAN) {
        return Cow::Borrowed(text);
    }
    let mut told = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, block, after)) = next_block(rest) {
        told.push_str(before);
        let mut blocks = vec![block];
        rest = after;
        while let Some((between, block, after)) = next_block(rest) {
            if !between.trim().is_empty() {
                break;
            }
            blocks.push(block);
            rest = after;
        }
        told.push_str(chosen(&blocks, lang));
    }
    told.push_str(rest);
    Cow::Owned(told)
}

/// Is this the code of French, or of a language that descends from it (`fr_ca`)?
#[must_use]
pub fn is_french(lang: &str) -> bool {
    lang.split(['_', '-']).next() == Some("fr")
}

/// The languages of a block, separated by commas, and its text.
type Block<'a> = (&'a str, &'a str);

/// The text before the first block, the block, and the text after it.
fn next_block(text: &str) -> Option<(&str, Block<'_>, &str)> {
    text.char_indices()
        .filter(|(_, sign)| matches!(sign, '{' | '<'))
        .find_map(|(at, _)| {
            let (before, rest) = text.split_at_checked(at)?;
            let (block, after) = braced(rest).or_else(|| spanned(rest))?;
            Some((before, block, after))
        })
}

fn braced(text: &str) -> Option<(Block<'_>, &str)> {
    let (langs, rest) = text.strip_prefix(MLANG)?.split_once('}')?;
    let (body, after) = rest.split_once("{mlang}")?;
    Some(((langs, body), after))
}

fn spanned(text: &str) -> Option<(Block<'_>, &str)> {
    let (attributes, rest) = text.strip_prefix(SPAN)?.split_once('>')?;
    let (body, after) = rest.split_once("</span>")?;
    let marked = attribute(attributes, "class")?
        .split_whitespace()
        .any(|class| class == "multilang");
    let langs = attribute(attributes, "lang")?;
    marked.then_some(((langs, body), after))
}

fn attribute<'a>(attributes: &'a str, name: &str) -> Option<&'a str> {
    let (_, value) = attributes.split_once(&format!("{name}="))?;
    let quote = value.chars().next().filter(|sign| "\"'".contains(*sign))?;
    Some(value.strip_prefix(quote)?.split_once(quote)?.0)
}

fn chosen<'a>(blocks: &[Block<'a>], lang: &str) -> &'a str {
    let parent = lang.split(['_', '-']).next().unwrap_or(lang);
    let of = |wanted: &str| {
        let same = |code: &str| code.trim().replace('-', "_").eq_ignore_ascii_case(wanted);
        blocks
            .iter()
            .find(|(langs, _)| langs.split(',').any(same))
            .map(|(_, body)| *body)
    };
    [lang.replace('-', "_").as_str(), parent, "other"]
        .into_iter()
        .find_map(of)
        .or_else(|| blocks.first().map(|(_, body)| *body))
        .unwrap_or_default()
}

const MLANG: &str = "{mlang ";
const SPAN: &str = "<span ";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_that_descends_from_french_is_french() {
        let french = ["fr", "fr_ca", "fr-CH", "frr", "en", "pt_br", ""].map(is_french);
        assert_eq!(french, [true, true, true, false, false, false, false]);
    }

    #[test]
    fn the_block_in_the_language_stays_else_its_parents_else_other_else_the_first() {
        let braces = "{mlang en}Book{mlang}{mlang fr,fr_be}Livre{mlang}{mlang other}Buch{mlang}";
        let spans = r#"<span lang="en" class="multilang">Book</span> <span class="x multilang" lang='fr'>Livre</span>"#;
        for (text, lang, told) in [
            (braces, "en", "Book"),
            (braces, "fr", "Livre"),
            (braces, "FR-be", "Livre"),
            (braces, "fr_ca", "Livre"),
            (braces, "de", "Buch"),
            (spans, "fr", "Livre"),
            (spans, "de", "Book"),
        ] {
            assert_eq!(read(text, lang), told, "{lang} {text}");
        }
    }

    #[test]
    fn text_around_and_between_blocks_stays() {
        let text = "1 {mlang en}Red{mlang}\n{mlang fr}Rouge{mlang} & {mlang fr}Deux{mlang}{mlang en}Two{mlang} {x}";
        assert_eq!(read(text, "fr"), "1 Rouge & Deux {x}");
        assert_eq!(read("<b>é</b> {a}", "fr"), "<b>é</b> {a}");
    }

    #[test]
    fn what_is_no_complete_block_stays() {
        for text in [
            "{mlang en}Book",
            "{mlang en",
            "<span lang=\"en\">Book</span>",
            "<span class=\"multilang\">Book</span>",
            "<span lang=en class=multilang>Book</span>",
            "<span ",
        ] {
            assert_eq!(read(text, "fr"), text);
        }
    }
}
