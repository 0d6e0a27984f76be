//! Values and decisions of the shop: pure arithmetic and rules on values that others read and store.

pub mod arrival;
pub mod autodrive;
pub mod cart;
pub mod catalog;
pub mod csv;
pub mod customer;
pub mod formula;
pub mod fulfillment;
pub mod import;
pub mod limits;
pub mod masked;
pub mod money;
pub mod multilang;
pub mod partner;
pub mod price;
pub mod quantity;
pub mod serialized;
pub mod signature;
pub mod state;
pub mod statement;
pub mod takeover;
pub mod tax;
pub mod text;
pub mod totals;
pub mod transaction_id;
