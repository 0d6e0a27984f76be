//! `ShopEngine\Database`: the database that an engine works on, and plain statements for hosts that have no other way to it.

use std::path::Path;
use std::rc::Rc;

use ext_php_rs::boxed::ZBox;
use ext_php_rs::flags::ClassFlags;
use ext_php_rs::prelude::*;
use ext_php_rs::types::{ZendHashTable, Zval};
use serde_json::{Map, Value as Json};

use super::convert::{self, ConvertError};
use super::exception::value_error;
use super::moodle::Moodle;
use crate::database::{self, Row, Sqlite, Value};

/// A database. A file that an engine uses must not be opened by PHP's own SQLite in the same process.
#[php_class]
#[php(name = "ShopEngine\\Database")]
#[php(flags = ClassFlags::Final)]
pub struct Database {
    inner: Inner,
}

enum Inner {
    Sqlite(Sqlite),
    Moodle(Rc<Moodle>),
}

#[php_impl]
impl Database {
    /// The SQLite file at `$path`; created when its folder exists.
    ///
    /// @throws \ShopEngine\Exception\DatabaseException
    pub fn sqlite(path: &str) -> PhpResult<Self> {
        Ok(Self {
            inner: Inner::Sqlite(Sqlite::open(Path::new(path))?),
        })
    }

    /// Moodle's `$DB`. The engine's tables are those of the plugin `local_shopengine`.
    pub fn moodle(database: &Zval) -> PhpResult<Self> {
        let moodle = Moodle::new(database)
            .ok_or_else(|| value_error("the database must be Moodle's $DB"))?;
        Ok(Self {
            inner: Inner::Moodle(Rc::new(moodle)),
        })
    }

    /// Creates the tables that are missing: the plugin's and the engine's. Safe to repeat. On Moodle its own installer does this.
    ///
    /// @throws \ShopEngine\Exception\DatabaseException
    pub fn install(&self) -> PhpResult<()> {
        Ok(database::install(self.file()?)?)
    }

    /// Runs several statements that return nothing, separated by semicolons. SQLite only.
    ///
    /// @throws \ShopEngine\Exception\DatabaseException
    pub fn run(&self, sql: &str) -> PhpResult<()> {
        Ok(self.file()?.run(sql)?)
    }

    /// Rows of a SELECT, each an array by column name; tables in braces, `?` for values. Decimals are strings.
    ///
    /// @throws \ShopEngine\Exception\DatabaseException
    #[php(optional = values)]
    pub fn query(
        &self,
        sql: &str,
        values: Option<&ZendHashTable>,
    ) -> PhpResult<ZBox<ZendHashTable>> {
        let rows = self.share().query(sql, &bound(values)?)?;
        convert::answer(&rows.iter().map(row).collect::<Vec<Json>>())
    }

    /// Runs an UPDATE, INSERT or DELETE.
    ///
    /// @throws \ShopEngine\Exception\DatabaseException
    #[php(optional = values)]
    pub fn execute(&self, sql: &str, values: Option<&ZendHashTable>) -> PhpResult<()> {
        Ok(self.share().execute(sql, &bound(values)?)?)
    }
}

impl Database {
    /// The same database for an engine.
    pub fn share(&self) -> Rc<dyn database::Database> {
        match &self.inner {
            Inner::Sqlite(sqlite) => Rc::new(sqlite.clone()),
            Inner::Moodle(moodle) => Rc::clone(moodle) as Rc<dyn database::Database>,
        }
    }

    fn file(&self) -> PhpResult<&Sqlite> {
        match &self.inner {
            Inner::Sqlite(sqlite) => Ok(sqlite),
            Inner::Moodle(_) => Err(value_error(
                "this database is Moodle's: install its plugins instead",
            )),
        }
    }
}

fn row(row: &Row) -> Json {
    let columns = row.iter().map(|(name, value)| {
        let value = match value {
            Value::Null => Json::Null,
            Value::Int(number) => Json::from(*number),
            Value::Text(text) => Json::from(text.as_str()),
        };
        (name.to_owned(), value)
    });
    Json::Object(columns.collect::<Map<_, _>>())
}

fn bound(values: Option<&ZendHashTable>) -> PhpResult<Vec<Value>> {
    let Some(values) = values else {
        return Ok(Vec::new());
    };
    let read: Json = convert::read(values)?;
    let values: Vec<Json> = match read {
        Json::Array(values) => values,
        Json::Object(values) => values.into_iter().map(|(_, value)| value).collect(),
        _ => Vec::new(),
    };
    let bind = |value: Json| match value {
        Json::Null => Ok(Value::Null),
        Json::Bool(flag) => Ok(Value::from(flag)),
        Json::String(text) => Ok(Value::Text(text)),
        Json::Number(number) => number
            .as_i64()
            .map(Value::Int)
            .ok_or_else(|| ConvertError::Shape("a value is no whole number".to_owned())),
        _ => Err(ConvertError::Shape(
            "a value to bind is neither null, a whole number nor a text".to_owned(),
        )),
    };
    Ok(values.into_iter().map(bind).collect::<Result<_, _>>()?)
}
