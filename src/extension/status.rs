//! `ShopEngine\BillStatus`: the words of `local_shop_bill.status`.

use ext_php_rs::prelude::*;

use crate::domain::state;

/// The state of a bill, in the plugin's words.
#[php_enum]
#[php(name = "ShopEngine\\BillStatus")]
#[derive(Clone, Copy)]
pub enum BillStatus {
    #[php(name = "WORKING", value = "WORKING")]
    Working,
    #[php(name = "PLACED", value = "PLACED")]
    Placed,
    #[php(name = "PENDING", value = "PENDING")]
    Pending,
    #[php(name = "PREPROD", value = "PREPROD")]
    Preprod,
    #[php(name = "SOLDOUT", value = "SOLDOUT")]
    SoldOut,
    #[php(name = "PARTIAL", value = "PARTIAL")]
    Partial,
    #[php(name = "COMPLETE", value = "COMPLETE")]
    Complete,
    #[php(name = "PAYBACK", value = "PAYBACK")]
    Payback,
    #[php(name = "FAILED", value = "FAILED")]
    Failed,
    #[php(name = "REFUSED", value = "REFUSED")]
    Refused,
    #[php(name = "CANCELLED", value = "CANCELLED")]
    Cancelled,
}

impl BillStatus {
    /// The same word in the core.
    pub fn core(self) -> state::BillStatus {
        match self {
            Self::Working => state::BillStatus::Working,
            Self::Placed => state::BillStatus::Placed,
            Self::Pending => state::BillStatus::Pending,
            Self::Preprod => state::BillStatus::Preprod,
            Self::SoldOut => state::BillStatus::Soldout,
            Self::Partial => state::BillStatus::Partial,
            Self::Complete => state::BillStatus::Complete,
            Self::Payback => state::BillStatus::Payback,
            Self::Failed => state::BillStatus::Failed,
            Self::Refused => state::BillStatus::Refused,
            Self::Cancelled => state::BillStatus::Cancelled,
        }
    }
}
