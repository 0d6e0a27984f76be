//! Rows of the plugin that a command names, by the names that a seller knows them by.

use serde::{Deserialize, Serialize};

use super::{Engine, Result};

/// A row that a command is about.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Subject {
    /// What it is.
    pub kind: SubjectKind,
    /// Its row id.
    pub id: i64,
}

/// Kinds of rows that the plugin's commands change.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SubjectKind {
    /// A bill.
    Bill,
    /// A line of a bill.
    Line,
    /// A catalogue.
    Catalogue,
    /// A category of a catalogue.
    Category,
    /// A customer.
    Customer,
    /// A product of a catalogue.
    Item,
    /// A product that somebody bought.
    Purchase,
    /// A shipping rate.
    Shipping,
    /// A tax.
    Tax,
    /// A shipping zone.
    Zone,
}

/// A row with its name.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct NamedSubject {
    /// The row.
    #[serde(flatten)]
    pub subject: Subject,
    /// What a seller knows it by; `None` where there is no such row.
    pub name: Option<String>,
}

impl SubjectKind {
    /// Its table, and the columns that name a row.
    const fn columns(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::Bill => ("local_shop_bill", &["title", "transactionid"]),
            Self::Line => ("local_shop_billitem", &["itemcode", "abstract"]),
            Self::Catalogue => ("local_shop_catalog", &["name"]),
            Self::Category => ("local_shop_catalogcategory", &["name"]),
            Self::Customer => ("local_shop_customer", &["firstname", "lastname", "email"]),
            Self::Item => ("local_shop_catalogitem", &["code", "name"]),
            Self::Purchase => ("local_shop_product", &["reference"]),
            Self::Shipping => ("local_shop_catalogshipping", &["productcode"]),
            Self::Tax => ("local_shop_tax", &["title"]),
            Self::Zone => ("local_shop_catalogshipzone", &["zonecode", "description"]),
        }
    }
}

impl Engine {
    /// The rows with their names, in the same order.
    ///
    /// # Errors
    /// [`super::Error::Database`].
    pub fn named(&self, subjects: Vec<Subject>) -> Result<Vec<NamedSubject>> {
        let mut named = Vec::new();
        for subject in subjects {
            let (table, columns) = subject.kind.columns();
            let rows = self.database().query(
                &format!(
                    "SELECT {} FROM {{{table}}} WHERE id = ?",
                    columns.join(", ")
                ),
                &[subject.id.into()],
            )?;
            let name = match rows.first() {
                None => None,
                Some(row) => {
                    let mut words = Vec::new();
                    for column in columns {
                        words.push(row.text(column)?);
                    }
                    let name = words.join(" ");
                    Some(name.trim().chars().take(LONGEST).collect())
                }
            };
            named.push(NamedSubject { subject, name });
        }
        Ok(named)
    }
}

/// Most characters of a name.
const LONGEST: usize = 120;
