//! `ShopEngine\Gate`: what becomes of a request to a script of the plugin.

use std::collections::BTreeMap;

use ext_php_rs::binary_slice::BinarySlice;
use ext_php_rs::boxed::ZBox;
use ext_php_rs::flags::ClassFlags;
use ext_php_rs::prelude::*;
use ext_php_rs::types::ZendHashTable;

use super::convert;
use super::engine::sender_of;
use crate::domain::text::plain_parameter;
use crate::front::gate::{self, GateRequest, Modes, Takeover};

/// The gate before the plugin's own scripts. It opens nothing and keeps nothing.
#[php_class]
#[php(name = "ShopEngine\\Gate")]
#[php(flags = ClassFlags::Final)]
pub struct Gate;

#[php_impl]
impl Gate {
    /// Decides about a request to the script `$script` (its path below `local/shop/`). `$query` and `$body` are bytes as they came, the
    /// body only of forms; `$modes` has the setting of each takeover by name: `off`, `shadow` or `on`. `$sender` says which page sent it:
    /// the headers `fetchsite`, `origin`, `referer`, and `wwwroot`. See docs/front.md for the answer.
    ///
    /// @throws \ShopEngine\Exception\ShopException when `$modes` or `$sender` has anything but texts
    pub fn decide(
        method: BinarySlice<u8>,
        script: BinarySlice<u8>,
        query: BinarySlice<u8>,
        body: BinarySlice<u8>,
        contenttype: BinarySlice<u8>,
        sesskey: &str,
        modes: &ZendHashTable,
        sender: Option<&ZendHashTable>,
    ) -> PhpResult<ZBox<ZendHashTable>> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        convert::answer(&gate::decide(&GateRequest {
            method: text(&method),
            script: text(&script),
            query: query.to_vec(),
            body: body.to_vec(),
            content_type: text(&contenttype),
            sesskey: sesskey.to_owned(),
            modes: convert::read(modes)?,
            sender: sender.map(sender_of).transpose()?.unwrap_or_default(),
        }))
    }

    /// How far each takeover goes by these settings, what each builds on considered: `off`, `shadow` or `on` by name, in the order of
    /// a purchase.
    ///
    /// @throws \ShopEngine\Exception\ShopException when `$settings` has anything but texts
    pub fn modes(settings: &ZendHashTable) -> PhpResult<ZBox<ZendHashTable>> {
        let settings: BTreeMap<String, String> = convert::read(settings)?;
        let modes = Modes::of(&settings);
        let mut answer = ZendHashTable::new();
        for takeover in Takeover::ALL {
            answer.insert(takeover.name(), modes.mode(takeover).as_str())?;
        }
        Ok(answer)
    }

    /// A parameter as the plugin may print it: typographic signs in the place of `<`, `>` and `"`. JSON stays JSON if each text in it is free of
    /// them.
    pub fn plain(value: BinarySlice<u8>) -> String {
        plain_parameter(&String::from_utf8_lossy(&value)).into_owned()
    }

    /// Those of the paths below `local/shop/` that the gate does not know.
    ///
    /// @return string[]
    pub fn unknown(scripts: Vec<String>) -> Vec<String> {
        gate::unknown_scripts(scripts.iter().map(String::as_str))
            .into_iter()
            .map(str::to_owned)
            .collect()
    }
}
