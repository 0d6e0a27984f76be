//! `ShopEngine\Gate`: what becomes of a request to a script of the plugin.

use std::collections::BTreeMap;

use ext_php_rs::binary_slice::BinarySlice;
use ext_php_rs::boxed::ZBox;
use ext_php_rs::flags::ClassFlags;
use ext_php_rs::prelude::*;
use ext_php_rs::types::ZendHashTable;

use super::convert::{self, ConvertError};
use super::engine::{bytes, sender_of};
use crate::domain::survey;
use crate::domain::takeover::{BLOCKED, PRO, RUNNING};
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
    /// body only of forms; `$modes` has the setting of each takeover by name: `off`, `shadow` or `on`, and what the site is: `pro` (`1` or
    /// empty), `blocked` (names of takeovers with blanks between them). `$sender` says which page sent it: the headers
    /// `fetchsite`, `fetchdest`, `origin`, `referer`, and `wwwroot`. See docs/front.md for the answer.
    ///
    /// @throws \ShopEngine\Exception\ShopException when `$modes` or `$sender` has anything but texts
    #[expect(clippy::too_many_arguments, reason = "PHP callers name them")]
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
            modes: settings_of(modes)?,
            sender: sender.map(sender_of).transpose()?.unwrap_or_default(),
        }))
    }

    /// How far each takeover goes by these settings, what each builds on considered: `off`, `shadow` or `on` by name, in the order of
    /// a purchase.
    ///
    /// @throws \ShopEngine\Exception\ShopException when `$settings` has anything but texts
    pub fn modes(settings: &ZendHashTable) -> PhpResult<ZBox<ZendHashTable>> {
        let settings = settings_of(settings)?;
        let modes = Modes::of(&settings);
        let mut answer = ZendHashTable::new();
        for takeover in Takeover::ALL {
            answer.insert(takeover.name(), modes.mode(takeover).as_str())?;
        }
        Ok(answer)
    }

    /// The takeovers in the order in which a site should switch them on, each with the name of the one that it builds on, or ''.
    ///
    /// @return array<string, string>
    pub fn takeovers() -> PhpResult<ZBox<ZendHashTable>> {
        let mut answer = ZendHashTable::new();
        for takeover in Takeover::RECOMMENDED {
            let base = takeover.base().map_or("", Takeover::name);
            answer.insert(takeover.name(), base)?;
        }
        Ok(answer)
    }

    /// Why takeovers stay off by these settings, whatever theirs say: a code by name, which is the key of a sentence.
    ///
    /// @return array<string, string>
    /// @throws \ShopEngine\Exception\ShopException when `$settings` has anything but texts
    pub fn barriers(settings: &ZendHashTable) -> PhpResult<ZBox<ZendHashTable>> {
        let settings = settings_of(settings)?;
        let modes = Modes::of(&settings);
        let mut answer = ZendHashTable::new();
        for takeover in Takeover::ALL {
            if let Some(barrier) = modes.barrier(takeover) {
                answer.insert(takeover.name(), barrier.code())?;
            }
        }
        Ok(answer)
    }

    /// Why a takeover must not be set to `$mode` by these settings: the key of a sentence, or null. An unknown takeover is not refused: it is none.
    ///
    /// @throws \ShopEngine\Exception\ShopException when `$settings` has anything but texts
    pub fn refusal(
        takeover: &str,
        mode: &str,
        settings: &ZendHashTable,
    ) -> PhpResult<Option<String>> {
        let settings = settings_of(settings)?;
        let named = Takeover::by_name(takeover);
        let code = named.and_then(|known| survey::refusal(known, mode, &settings));
        Ok(code.map(str::to_owned))
    }

    /// A parameter as the plugin may print it: typographic signs in the place of `<`, `>` and `"`. JSON stays JSON if each text in it is free of
    /// them.
    pub fn plain(value: BinarySlice<u8>) -> String {
        plain_parameter(&String::from_utf8_lossy(&value)).into_owned()
    }

    /// Those of the paths below `local/shop/` that the gate would refuse on the site that these settings describe, were each takeover on that
    /// can be.
    ///
    /// @return string[]
    /// @throws \ShopEngine\Exception\ShopException when `$settings` has anything but texts
    pub fn unknown(scripts: Vec<String>, settings: &ZendHashTable) -> PhpResult<Vec<String>> {
        let settings = settings_of(settings)?;
        let paths = scripts.iter().map(String::as_str);
        let unknown = gate::unknown_scripts(paths, &settings);
        Ok(unknown.into_iter().map(str::to_owned).collect())
    }
}

/// The settings of the takeovers, and what the site is, by name.
fn settings_of(array: &ZendHashTable) -> Result<BTreeMap<String, String>, ConvertError> {
    let takeovers = Takeover::ALL.map(Takeover::name);
    let names = takeovers.into_iter().chain([PRO, BLOCKED, RUNNING]);
    names
        .map(|name| {
            let text = String::from_utf8_lossy(bytes(array, name)?).into_owned();
            Ok((name.to_owned(), text))
        })
        .collect()
}
