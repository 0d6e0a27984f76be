//! A visitor whom a partner vouched for: for how long they are, and what they may see and change.

use crate::domain::customer::CustomerInfo;
use crate::engine::{Order, OrderView, User};

use super::Fault;
use super::answer::Level;
use super::purchase::Visit;

impl Visit<'_> {
    /// The account that a partner vouched for in this session. The word ends when somebody logs in, when the partner may not give
    /// it any more, and where the plugin's own pages would store or show what is not the visitor's.
    pub(crate) fn know_vouched(&mut self) -> Result<Option<User>, Fault> {
        let Some(vouched) = self.session.vouched else {
            return Ok(None);
        };
        let request = self.request;
        let apart = !request.plugin_places && (vouched.signed || !request.plugin_shows);
        let known = if request.user.is_none() && apart {
            let engine = self.engine;
            engine.vouched(vouched.user, vouched.partner, vouched.signed)?
        } else {
            None
        };
        if known.is_none() {
            self.forget_vouched();
            // The order of that word stays the account's: nobody else places it again.
            let user = request.user.as_ref();
            if user.is_none_or(|user| user.id != vouched.user) {
                self.session.cart.transid = None;
            }
        }
        Ok(known)
    }

    /// The partner's word ends, and what it brought into the cart goes with it.
    pub(crate) fn forget_vouched(&mut self) {
        if self.session.vouched.take().is_some() {
            let cart = &mut self.session.cart;
            cart.customerinfo = Default::default();
            cart.invoiceinfo = Default::default();
            cart.usedistinctinvoiceinfo = false;
            cart.customerchecked = false;
        }
    }

    /// A buyer whom a partner vouched for does not redirect the account's emails: they go where they went, and the buyer is told.
    pub(crate) fn keep_email(&mut self) -> Result<(), Fault> {
        let Some(user) = self.buyer.user.as_ref().filter(|_| self.buyer.by_partner) else {
            return Ok(());
        };
        let email = self.engine.shown_customer(user, &self.buyer)?.email;
        let typed = std::mem::replace(&mut self.session.cart.customerinfo.email, email.clone());
        if typed != email {
            let params = [("email", email)];
            self.say(Level::Info, "vouched_email_stays", params);
        }
        Ok(())
    }

    /// What a gateway's form may be filled in with: masked data are nothing to fill in.
    pub(crate) fn to_fill_in(&self, order: &Order, view: &OrderView) -> CustomerInfo {
        if order.is_masked_for(&self.buyer) {
            view.customer.without_masks()
        } else {
            view.customer.clone()
        }
    }
}
