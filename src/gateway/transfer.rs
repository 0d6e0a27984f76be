//! Payment by bank transfer (paymode `transfer`): announced by the buyer, confirmed by the seller who received it.

use super::deferred::Deferred;

pub(super) const TRANSFER: Deferred = Deferred {
    name: "transfer",
    instant: false,
    staff_only: false,
    instructions: Some((
        "transfer_instructions",
        &[
            ("seller", "sellername"),
            ("banking", "banking"),
            ("bankcode", "bankcode"),
            ("bankoffice", "bankoffice"),
            ("bankaccount", "bankaccount"),
            ("bankaccountkey", "bankaccountkey"),
            ("iban", "iban"),
            ("bic", "bic"),
        ],
    )),
    needs: &["iban", "bankaccount", "banking"],
    submit: "transfer_confirm",
};
