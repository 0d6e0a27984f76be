//! Payment by cheque (paymode `check`): announced by the buyer, confirmed by the seller who received it.

use super::deferred::Deferred;

pub(super) const CHECK: Deferred = Deferred {
    name: "check",
    instant: false,
    staff_only: false,
    instructions: Some((
        "check_instructions",
        &[
            ("seller", "sellername"),
            ("address", "selleraddress"),
            ("zip", "sellerzip"),
            ("city", "sellercity"),
            ("country", "sellercountry"),
        ],
    )),
    needs: &["selleraddress"],
    submit: "check_confirm",
};
