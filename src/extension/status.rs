//! `ShopEngine\BillStatus`: the words of `local_shop_bill.status`.

use ext_php_rs::prelude::*;

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
