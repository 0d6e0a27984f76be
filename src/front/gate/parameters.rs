//! Routing parameters, read as PHP reads them and accepted only where no other reading is possible: a routing parameter is one
//! exact word, given once, or once in the query and once in the body with the same value. How the plugin would clean another
//! spelling is then of no importance.

use std::borrow::Cow;

use url::form_urlencoded;

/// A routing parameter that can be read in more than one way. Its name is that of the parameter, for the message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Ambiguous {
    /// Name of the parameter.
    pub name: &'static str,
}

/// The parameters of a request: names and values, decoded, in their order.
#[derive(Debug, Default)]
pub struct Parameters {
    query: Vec<(String, String)>,
    body: Vec<(String, String)>,
}

/// A routing parameter.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Word {
    /// Its value; '' when it was not given.
    pub text: String,
    /// Is it in the body?
    pub posted: bool,
}

impl Parameters {
    /// Reads a raw query string and a raw body. Only a `POST` of type `application/x-www-form-urlencoded` has parameters in its
    /// body, as PHP has it.
    #[must_use]
    pub fn read(method: &str, query: &[u8], body: &[u8], content_type: &str) -> Self {
        let decode = |bytes: &[u8]| -> Vec<(String, String)> {
            form_urlencoded::parse(bytes)
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect()
        };
        let form = is_form(method, content_type);
        Self {
            query: decode(query),
            body: if form { decode(body) } else { Vec::new() },
        }
    }

    /// A routing parameter.
    ///
    /// # Errors
    /// [`Ambiguous`]: an array, given twice, two values, or a name that PHP turns into this one.
    pub fn word(&self, name: &'static str) -> Result<Word, Ambiguous> {
        let queried = single(&self.query, name)?;
        let posted = single(&self.body, name)?;
        match (queried, posted) {
            (Some(first), Some(second)) if first != second => Err(Ambiguous { name }),
            (_, Some(text)) => Ok(Word {
                text: text.to_owned(),
                posted: true,
            }),
            (Some(text), None) => Ok(Word {
                text: text.to_owned(),
                posted: false,
            }),
            (None, None) => Ok(Word::default()),
        }
    }

    /// All values that PHP files under `name`, as a value or as members of an array.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.query
            .iter()
            .chain(&self.body)
            .filter(move |(given, _)| php_name(given) == name)
            .map(|(_, value)| value.as_str())
    }

    /// The value that PHP code finds under `name` where it takes the body's before the query's; '' when it is missing.
    #[must_use]
    pub fn last(&self, name: &str) -> &str {
        [&self.body, &self.query]
            .into_iter()
            .find_map(|pairs| pairs.iter().rev().find(|(given, _)| given == name))
            .map_or("", |(_, value)| value)
    }

    /// Do they carry the mark by which Moodle's own forms know that they are sent (`_qf__` and the form's class)?
    #[must_use]
    pub fn mark_a_form(&self) -> bool {
        let mut names = self.query.iter().chain(&self.body).map(|(name, _)| name);
        names.any(|name| php_name(name).starts_with("_qf__"))
    }

    /// All pairs but those named `without`, the query's first.
    pub fn pairs<'a>(&'a self, without: &'a str) -> impl Iterator<Item = &'a (String, String)> {
        self.query
            .iter()
            .chain(&self.body)
            .filter(move |(name, _)| name != without)
    }
}

/// The one value given under `name`.
fn single<'a>(
    pairs: &'a [(String, String)],
    name: &'static str,
) -> Result<Option<&'a str>, Ambiguous> {
    let mut found = None;
    for (given, value) in pairs {
        if php_name(given) != name {
            continue;
        }
        if given != name || found.is_some() {
            return Err(Ambiguous { name });
        }
        found = Some(value.as_str());
    }
    Ok(found)
}

/// Does PHP read the body of such a request as parameters?
#[must_use]
pub fn is_form(method: &str, content_type: &str) -> bool {
    // PHP ends the type there (`sapi_read_post_data` of its main/SAPI.c).
    let mime = content_type.split([';', ',', ' ']).next().unwrap_or("");
    method == "POST" && mime.eq_ignore_ascii_case(FORM)
}

/// The name under which PHP files a parameter (`php_register_variable_ex` of its main/php_variables.c): it ends at the first NUL,
/// leading blanks go, blanks and dots become `_`, and what follows a bracket is the key of an array. A bracket that is not
/// closed becomes `_` as well, and everything after it stays.
fn php_name(given: &str) -> Cow<'_, str> {
    if !given.contains(['\0', ' ', '.', '[']) {
        return Cow::Borrowed(given);
    }
    let name = given.split('\0').next().unwrap_or("");
    let name = name.trim_start_matches(' ');
    let (base, rest) = match name.find('[') {
        Some(at) => name.split_at(at),
        None => (name, ""),
    };
    let mut base = base.replace([' ', '.'], "_");
    if !rest.is_empty() && !rest.contains(']') {
        base.push_str(&rest.replacen('[', "_", 1));
    }
    Cow::Owned(base)
}

/// The type of bodies that PHP reads as parameters.
const FORM: &str = "application/x-www-form-urlencoded";

#[cfg(test)]
mod tests {
    use super::*;

    fn word(query: &str, body: &str) -> Result<Word, Ambiguous> {
        Parameters::read("POST", query.as_bytes(), body.as_bytes(), FORM).word("what")
    }

    #[test]
    fn one_exact_name_is_read() {
        let read = word("a=1&what=place&b=2", "").unwrap();
        assert_eq!((read.text.as_str(), read.posted), ("place", false));
        let read = word("", "what=place").unwrap();
        assert_eq!((read.text.as_str(), read.posted), ("place", true));
        assert_eq!(word("what=place", "what=place").unwrap().text, "place");
        assert_eq!(word("a=1", "").unwrap().text, "");
    }

    #[test]
    fn every_other_way_to_the_same_name_is_refused() {
        for query in [
            "what[]=place",
            "what[0]=place",
            "what[=place",
            "what%5B%5D=place",
            "what%00=place",
            "what%00x=place",
            "%20what=place",
            "+what=place",
            "what=place&what=place",
            "what=&what=place",
            "what[a][b]=place",
        ] {
            let read = word(query, "");
            // An open bracket makes another name of it.
            if query == "what[=place" {
                assert_eq!(read.unwrap().text, "", "{query}");
            } else {
                assert_eq!(read, Err(Ambiguous { name: "what" }), "{query}");
            }
        }
        assert!(word("what=place", "what=navigate").is_err());
        assert!(word("what=", "what=navigate").is_err());
    }

    #[test]
    fn dots_and_blanks_become_underscores() {
        for (given, name) in [
            ("a.b", "a_b"),
            ("a b", "a_b"),
            ("  a", "a"),
            ("a[b.c]", "a"),
            ("a[b", "a_b"),
            ("a\0b", "a"),
            ("", ""),
        ] {
            assert_eq!(php_name(given), name, "{given}");
        }
    }

    #[test]
    fn only_forms_have_parameters_in_their_body() {
        for (method, mime) in [
            ("GET", FORM),
            ("PUT", FORM),
            ("POST", "application/json"),
            ("POST", ""),
        ] {
            let read = Parameters::read(method, b"", b"what=place", mime);
            assert_eq!(read.word("what").unwrap().text, "", "{method} {mime}");
        }
        for mime in [
            "Application/X-WWW-Form-Urlencoded; charset=utf-8",
            "application/x-www-form-urlencoded,x",
            "application/x-www-form-urlencoded x",
        ] {
            let read = Parameters::read("POST", b"", b"what=place", mime);
            assert_eq!(read.word("what").unwrap().text, "place", "{mime}");
        }
    }
}
