//! The fields a buyer must fill for a product: the plugin's column `requireddata`.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

/// One field that the buyer fills for each unit of an item.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct RequiredField {
    /// Name of the field in forms and in `customerdata`.
    pub field: String,
    /// Label shown; the field's name where none is given.
    pub label: String,
    /// Help shown, may be empty.
    pub desc: String,
    /// What widget it is.
    #[serde(flatten)]
    pub widget: Widget,
    /// HTML attributes of the widget, by name.
    pub attrs: BTreeMap<String, String>,
}

/// The widget of a required field.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase", tag = "type")]
pub enum Widget {
    /// Tick box.
    Checkbox,
    /// Choice.
    Select {
        /// Value and label of each choice, in order.
        options: Vec<(String, String)>,
    },
    /// One line of text.
    Text,
    /// Several lines of text.
    TextArea,
}

impl RequiredField {
    /// Reads the plugin's column `requireddata`: a JSON array (or object, whose keys do not count) of objects with `field`,
    /// `label` (or `displayname`), `type`, `desc`, `options`, `attrs`. Empty text, `null`, `[]` and `{}` ask for nothing.
    /// An unknown `type` is a line of text, so that the buyer can answer.
    ///
    /// # Errors
    /// `NotJson` or `NoField`: the item cannot be configured, so it must not be sold until the seller repairs it.
    pub fn parse_list(requireddata: &str) -> Result<Vec<Self>, RequiredDataError> {
        if requireddata.trim().is_empty() {
            return Ok(Vec::new());
        }
        let value =
            serde_json::from_str(requireddata).map_err(|error| RequiredDataError::NotJson {
                line: error.line(),
                column: error.column(),
            })?;
        let entries: Vec<Value> = match value {
            Value::Null => Vec::new(),
            // A single field written without its list.
            Value::Object(map) if map.get("field").is_some_and(Value::is_string) => {
                vec![Value::Object(map)]
            }
            Value::Object(map) => map.into_iter().map(|(_, entry)| entry).collect(),
            Value::Array(entries) => entries,
            _ => return Err(RequiredDataError::NotAList),
        };
        let numbered = entries.iter().zip(1..);
        numbered
            .map(|(entry, number)| {
                Self::from_entry(entry).ok_or(RequiredDataError::NoField { number })
            })
            .collect()
    }

    fn from_entry(entry: &Value) -> Option<Self> {
        let text = |name: &str| entry.get(name).and_then(scalar).filter(|t| !t.is_empty());
        let field = text("field")?;
        let label = text("label").or_else(|| text("displayname"));
        let widget = match text("type").as_deref() {
            Some("checkbox") => Widget::Checkbox,
            Some("select") => Widget::Select {
                options: options(entry.get("options")),
            },
            Some("textarea") => Widget::TextArea,
            _ => Widget::Text,
        };
        let attrs = entry.get("attrs").and_then(Value::as_object);
        let attrs = attrs.into_iter().flatten();
        Some(Self {
            label: label.unwrap_or_else(|| field.clone()),
            desc: text("desc").unwrap_or_default(),
            widget,
            attrs: attrs
                .filter_map(|(name, value)| Some((name.clone(), scalar(value)?)))
                .collect(),
            field,
        })
    }
}

/// Why the column `requireddata` cannot be read.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum RequiredDataError {
    /// An entry has no `field`; the seller must name it.
    #[error("required data: entry {number} has no `field`")]
    NoField {
        /// Place of the entry, from 1.
        number: usize,
    },
    /// JSON, but neither a list nor an object.
    #[error("required data is not a list of fields")]
    NotAList,
    /// Not JSON, usually a missing quote or comma.
    #[error("required data is not JSON (line {line}, column {column})")]
    NotJson {
        /// Line of the first fault, from 1.
        line: usize,
        /// Column of the first fault, from 1.
        column: usize,
    },
}

impl RequiredDataError {
    /// Stable name, also a language string key.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoField { .. } => "required_data_no_field",
            Self::NotAList => "required_data_not_a_list",
            Self::NotJson { .. } => "required_data_not_json",
        }
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::Bool(flag) => Some(if *flag { "1" } else { "" }.to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}

/// Choices as `{value: label}`, or as a plain list whose values are PHP's indexes 0, 1, 2...
fn options(value: Option<&Value>) -> Vec<(String, String)> {
    match value {
        Some(Value::Object(map)) => map
            .iter()
            .filter_map(|(value, label)| Some((value.clone(), scalar(label)?)))
            .collect(),
        Some(Value::Array(labels)) => (0..)
            .zip(labels)
            .filter_map(|(index, label): (usize, _)| Some((index.to_string(), scalar(label)?)))
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn required_data_is_read_as_the_plugin_documents_it() {
        let fields = RequiredField::parse_list(
            r#"[{"field":"name","label":"Name","type":"textfield","desc":"some","attrs":{"size":80,"x":[]}},
                {"field":"why","displayname":"Why","type":"textarea"},
                {"field":"model","type":"select","options":{"MOD2":"Model2","MOD1":"Model1"}},
                {"field":"list","type":"select","options":["a","b"]},
                {"field":"ok","type":"checkbox"}]"#,
        )
        .unwrap();
        let labels: Vec<_> = fields.iter().map(|field| field.label.as_str()).collect();
        assert_eq!(labels, ["Name", "Why", "model", "list", "ok"]);
        assert_eq!(
            fields[0].attrs,
            BTreeMap::from([("size".to_owned(), "80".to_owned())])
        );
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        let options = vec![pair("MOD2", "Model2"), pair("MOD1", "Model1")];
        assert_eq!(fields[2].widget, Widget::Select { options });
        let options = vec![pair("0", "a"), pair("1", "b")];
        assert_eq!(fields[3].widget, Widget::Select { options });
        assert_eq!(fields[4].widget, Widget::Checkbox);
        assert_eq!(
            serde_json::to_value(&fields[1]).unwrap()["type"],
            "textarea"
        );
    }

    #[test]
    fn required_data_may_be_keyed_single_or_absent() {
        let count = |json: &str| RequiredField::parse_list(json).unwrap().len();
        assert_eq!(count(r#"{"p0":{"field":"a"},"p1":{"field":"b"}}"#), 2);
        assert_eq!(count(r#"{"field":"a"}"#), 1);
        for none in ["", "  ", "null", "[]", "{}"] {
            assert_eq!(count(none), 0, "{none}");
        }
    }

    #[test]
    fn unreadable_required_data_is_a_typed_error() {
        let code = |json: &str| RequiredField::parse_list(json).unwrap_err().code();
        assert_eq!(code("[{'field':'a'}]"), "required_data_not_json");
        assert_eq!(code("12"), "required_data_not_a_list");
        assert_eq!(
            code(r#"[{"field":"a"},{"label":"b"}]"#),
            "required_data_no_field"
        );
    }
}
