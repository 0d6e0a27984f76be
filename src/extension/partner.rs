//! `ShopEngine\PartnerCode`: who sent the buyer.

use ext_php_rs::binary_slice::BinarySlice;
use ext_php_rs::flags::ClassFlags;
use ext_php_rs::prelude::*;

use crate::domain::partner;

/// A partner code: `<partnerkey>[_<partnertag>[_<useremail>]]`. Compare with `equals()`, never with `==`.
#[php_class]
#[php(name = "ShopEngine\\PartnerCode")]
#[php(flags = ClassFlags::Final)]
#[derive(Clone)]
pub struct PartnerCode(partner::PartnerCode);

#[php_impl]
impl PartnerCode {
    /// Reads a code. It says nothing about whether the key is registered or enabled.
    ///
    /// @throws \ShopEngine\Exception\ImportException
    pub fn parse(code: BinarySlice<u8>) -> PhpResult<Self> {
        let code = String::from_utf8_lossy(&code);
        Ok(Self(partner::PartnerCode::parse(&code)?))
    }

    /// The partner's key: 1 to 16 letters and digits.
    pub fn key(&self) -> &str {
        self.0.key().as_str()
    }

    /// The partner's mark on this arrival.
    pub fn tag(&self) -> Option<&str> {
        self.0.tag().map(partner::PartnerTag::as_str)
    }

    /// The buyer's e-mail as the partner names it, unverified.
    pub fn email(&self) -> Option<&str> {
        self.0.email()
    }

    /// Whether key, tag and e-mail are the same.
    pub fn equals(&self, other: &PartnerCode) -> bool {
        self.0 == other.0
    }

    /// The shortest code with this meaning.
    pub fn __to_string(&self) -> String {
        self.0.to_string()
    }
}
