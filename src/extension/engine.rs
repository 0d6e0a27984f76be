//! `ShopEngine\Engine`.

use ext_php_rs::flags::ClassFlags;
use ext_php_rs::prelude::*;

/// The shop's engine.
#[php_class]
#[php(name = "ShopEngine\\Engine")]
#[php(flags = ClassFlags::Final)]
pub struct Engine;

#[php_impl]
impl Engine {
    /// Version of the extension, the same as `phpversion('shopengine')`.
    pub const VERSION: &'static str = crate::VERSION;
}
