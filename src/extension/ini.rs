//! The settings of `php.ini`: what exists, and how one is read without copying them all.
#![expect(unsafe_code, reason = "the engine keeps settings as C structures")]

use std::path::PathBuf;

use ext_php_rs::ffi::zend_ini_entry;
use ext_php_rs::flags::IniEntryPermission;
use ext_php_rs::types::{ZendHashTable, ZendStr};
use ext_php_rs::zend::{ExecutorGlobals, IniEntryDef, IniEntryDefs};

/// Registers the settings. Called once for each start of the module.
pub fn register(module: i32) {
    IniEntryDef::register(SETTINGS.as_slice(), module);
}

/// `shopengine.trace`: the file that receives one line for each panic caught at the boundary;
/// `None` when empty, which means PHP's error log.
pub fn trace() -> Option<PathBuf> {
    value("shopengine.trace")
        .filter(|path| !path.is_empty())
        .map(PathBuf::from)
}

fn value(name: &str) -> Option<String> {
    let globals = ExecutorGlobals::get();
    // SAFETY: the table is set at PHP's start-up and lives as long as the process; the entry pointer is
    // only used below, while nothing can remove it.
    let entry = unsafe {
        let table: &ZendHashTable = globals.ini_directives.as_ref()?;
        table.get(name)?.ptr::<zend_ini_entry>()?.as_ref()?
    };
    // SAFETY: the value is null or a live string owned by the entry.
    let value: &ZendStr = unsafe { entry.value.as_ref() }?;
    value.as_str().ok().map(str::to_owned)
}

static SETTINGS: IniEntryDefs<2> = IniEntryDefs::new([
    IniEntryDef::new(c"shopengine.trace", c"", IniEntryPermission::System),
    IniEntryDef::end(),
]);
