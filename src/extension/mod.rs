//! The PHP binding: the only folder that names `ext_php_rs`.
//!
//! - `ini`: the settings of `php.ini`.
//! - `exception`: the PHP exception tree and every mapping onto it.
//! - `panic`: the line that a panic leaves.
//! - `convert`: PHP values to plain trees and back.
//! - `call`: calls into PHP, and how one ends.
//! - `database`: `ShopEngine\Database`.
//! - `moodle`: Moodle's `$DB` as a database.
//! - `engine`: `ShopEngine\Engine`.
//! - `gate`: `ShopEngine\Gate`.
//! - `money`: `ShopEngine\Money`, `ShopEngine\TaxFormula`.
//! - `paymode`: `ShopEngine\Paymode`.
//! - `partner`: `ShopEngine\PartnerCode`.
//! - `partners`: `ShopEngine\Partners`.
//! - `import`: `ShopEngine\ImportLink`.
//! - `limits`: `ShopEngine\Limits`.
//! - `status`: `ShopEngine\BillStatus`.
//! - `texts`: the host's filters for texts of the catalogue.
//! - `trace`: `ShopEngine\Trace`.
//! - `entries`: `ShopEngine\TraceEntries`.
//! - `testing`: entry points that fail on purpose (feature `testing`).
//!
//! Module start registers settings and exception classes and installs the panic hook; it opens no
//! file and starts no thread, because php-fpm forks its workers afterwards.

mod call;
mod convert;
mod database;
mod engine;
mod entries;
mod exception;
mod gate;
mod import;
mod ini;
mod limits;
mod money;
mod moodle;
mod panic;
mod partner;
mod partners;
mod paymode;
mod status;
#[cfg(feature = "testing")]
mod testing;
mod texts;
mod trace;

use ext_php_rs::prelude::*;
use ext_php_rs::zend::ModuleEntry;
use ext_php_rs::{info_table_end, info_table_header, info_table_row, info_table_start};

use crate::gateway;

#[php_module]
#[php(startup = startup)]
pub fn get_module(module: ModuleBuilder) -> ModuleBuilder {
    let module = module
        .name("shopengine")
        .info_function(information)
        .class::<database::Database>()
        .class::<engine::Engine>()
        .class::<gate::Gate>()
        .class::<money::Money>()
        .class::<money::TaxFormula>()
        .class::<partner::PartnerCode>()
        .class::<partners::Partners>()
        .class::<import::ImportLink>()
        .class::<limits::Limits>()
        .class::<paymode::Paymode>()
        .enumeration::<status::BillStatus>()
        .class::<trace::Trace>()
        .class::<entries::TraceEntries>();
    #[cfg(feature = "testing")]
    let module = module.class::<testing::Testing>();
    module
}

fn startup(_kind: i32, module: i32) -> i32 {
    ini::register(module);
    match exception::register() {
        Ok(()) => {
            panic::install_hook();
            SUCCESS
        }
        Err(_) => FAILURE,
    }
}

/// The section of `phpinfo()`. A panic in here would end the process: only constants and calls that return plain values.
extern "C" fn information(_module: *mut ModuleEntry) {
    info_table_start!();
    info_table_header!("shopengine support", "enabled");
    info_table_row!("version", crate::VERSION);
    info_table_row!("SQLite version", rusqlite::version());
    let gateways: Vec<&str> = gateway::all()
        .iter()
        .map(|gateway| gateway.name())
        .collect();
    info_table_row!("gateways", gateways.join(", "));
    info_table_end!();
    info_table_start!();
    info_table_header!("Directive", "Value");
    let trace = ini::trace().map(|path| path.display().to_string());
    info_table_row!("shopengine.trace", trace.as_deref().unwrap_or("no value"));
    info_table_end!();
}

const SUCCESS: i32 = 0;
const FAILURE: i32 = -1;
