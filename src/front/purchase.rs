//! A visit: one request with its session, and the steps of the purchase it moves through.

use std::rc::Rc;

use serde_json::{Value as Json, json};
use subtle::ConstantTimeEq as _;

use crate::domain::autodrive::{Step, allowed, drive};
use crate::domain::multilang::is_french;
use crate::engine::{Buyer, Engine, Shop};
use crate::gateway::Settings;

use super::answer::{Answer, Kind, Level, Notice};
use super::request::{Fields, Request, Session};
use super::{
    Fault, backoffice, cart, customer, endpoint, import, order, products, requirements, result,
    seats, shoppingcart,
};

/// Result of a page or command.
pub(crate) type Outcome = std::result::Result<Answer, Fault>;

/// One request under way.
pub(crate) struct Visit<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) request: &'a Request,
    pub(crate) fields: Fields,
    pub(crate) session: Session,
    pub(crate) buyer: Buyer,
    /// The answer is for a person, whatever the script.
    pub(crate) faces_buyer: bool,
    /// The shop, once it is known: read once, so that all of an answer is about the same prices.
    shop: Option<Rc<Shop>>,
}

impl<'a> Visit<'a> {
    pub(crate) fn new(engine: &'a Engine, request: &'a Request) -> Self {
        let mut session = request.session.clone();
        if let Some(plugin) = &request.shoppingcart {
            session.cart = shoppingcart::read(plugin, &session.cart);
        }
        let buyer = Buyer {
            user: request.user.clone(),
            session_key: session.key.clone(),
            ..Buyer::default()
        };
        Self {
            engine,
            request,
            fields: Fields::of(request),
            session,
            buyer,
            faces_buyer: false,
            shop: None,
        }
    }

    pub(crate) fn answer(&mut self) -> Outcome {
        let own = super::partners::largest_body(&self.request.script);
        if self.request.body.len() > own.unwrap_or(LARGEST_BODY) {
            return Err(Fault::new(413, "request_too_large"));
        }
        if self.request.query.len() > LONGEST_QUERY {
            return Err(Fault::new(414, "uri_too_long"));
        }
        if let Some(rest) = self.request.script.strip_prefix("/local/shop/paymodes/") {
            return endpoint::answer(self, rest);
        }
        self.know_visitor()?;
        if !matches!(self.request.method.as_str(), "GET" | "HEAD" | "POST") {
            return Err(
                Fault::new(405, "method_not_allowed").with("method", self.request.method.as_str())
            );
        }
        match self.request.script.as_str() {
            "/local/shop/front/view.php" => self.view(),
            "/local/shop/front/order.popup.php" => result::popup(self, "bill"),
            "/local/shop/front/bill.popup.php" => result::popup(self, "invoice"),
            "/local/shop/front/ajax/service.php" => cart::passcode(self),
            "/local/shop/front/scantrace.php" => super::scantrace::scan(self),
            backoffice::PLUGINS | backoffice::LIST => backoffice::bills(self),
            super::home::SCRIPT => super::home::answer(self),
            super::partners::SCRIPT => super::partners::answer(self),
            "/local/shopengine/products.php" => products::answer(self),
            super::my_orders::SCRIPT => super::my_orders::answer(self),
            _ => Ok(Answer::pass()),
        }
    }

    /// Looks up who asks.
    pub(crate) fn know_visitor(&mut self) -> Result<(), Fault> {
        let vouched = self.know_vouched()?;
        let by_partner = vouched.is_some();
        let user = self.request.user.clone().or(vouched);
        self.buyer = self.engine.buyer(user, &self.session.key)?;
        self.buyer.by_partner = by_partner;
        self.buyer.by_unsigned_link =
            by_partner && self.session.vouched.is_some_and(|vouched| !vouched.signed);
        self.buyer.instant_only = self.request.instant_only;
        Ok(())
    }

    fn view(&mut self) -> Outcome {
        if self.fields.text("what") == "import" {
            return import::answer(self);
        }
        let word = match self.fields.text("view") {
            "" => "shop",
            word => word,
        };
        if word == "bill" {
            return result::page(self, "bill");
        }
        let step = Step::parse(word).map_err(|_| Fault::new(404, "page_not_found"))?;
        match step {
            Step::Produce => return result::produce(self),
            Step::Invoice => return result::page(self, "invoice"),
            Step::Payment => return order::payment(self),
            _ => {}
        }
        let shop = self.open_shop(self.shop_id()?)?;
        self.refresh(&shop)?;
        match step {
            Step::Shop => cart::answer(self, &shop),
            Step::PurchaseRequ => requirements::answer(self, &shop),
            Step::Users => seats::answer(self, &shop),
            Step::Customer => customer::answer(self, &shop),
            _ => order::summary(self, &shop),
        }
    }

    /// The shop that the request names, else the one of the session, else the first.
    pub(crate) fn shop_id(&self) -> Result<i64, Fault> {
        for name in ["shopid", "id"] {
            let text = self.fields.text(name);
            if !text.is_empty() {
                return text
                    .parse()
                    .map_err(|_| Fault::new(404, "unknown_shop").with("shop", text));
            }
        }
        Ok(self.session.shopid.max(1))
    }

    pub(crate) fn open_shop(&mut self, id: i64) -> Result<Rc<Shop>, Fault> {
        let shop = match self.shop.take() {
            Some(shop) if shop.id == id => shop,
            _ => Rc::new(self.engine.shop(id, self.reading())?),
        };
        self.session.shopid = id;
        self.shop = Some(Rc::clone(&shop));
        Ok(shop)
    }

    /// Brings the cart up to date with the catalogue and the buyer's account.
    pub(crate) fn refresh(&mut self, shop: &Shop) -> Result<(), Fault> {
        for change in shop.prune(&mut self.session.cart, &self.buyer) {
            let told: Vec<String> = change
                .params
                .iter()
                .map(|(name, value)| format!("{name} `{value}`"))
                .collect();
            let transaction = self.session.cart.transid.clone();
            self.engine.note(
                transaction.as_ref(),
                &format!("Cart : {} : {}", change.code, told.join(", ")),
            );
            self.say(Level::Warning, change.code, change.params);
        }
        self.know_buyer()
    }

    /// Fills the customer data of a buyer with an account from the record, once: as far as they may be seen.
    pub(crate) fn know_buyer(&mut self) -> Result<(), Fault> {
        let info = &self.session.cart.customerinfo;
        let Some(user) = &self.buyer.user else {
            return Ok(());
        };
        if !info.lastname.is_empty() || !info.email.is_empty() {
            return Ok(());
        }
        self.session.cart.customerinfo = self.engine.shown_customer(user, &self.buyer)?;
        Ok(())
    }

    /// The transaction's id, from the first product on.
    pub(crate) fn begin_transaction(&mut self) -> Result<(), Fault> {
        if self.session.cart.transid.is_none() {
            self.session.cart.transid =
                Some(crate::entropy::transaction_id().map_err(crate::engine::Error::from)?);
        }
        Ok(())
    }

    /// The session's secret, made when it is first needed.
    pub(crate) fn own_session(&mut self) -> Result<(), Fault> {
        if self.session.key.is_empty() {
            self.session.key = crate::entropy::stamp().map_err(crate::engine::Error::from)?;
            self.buyer.session_key.clone_from(&self.session.key);
        }
        Ok(())
    }

    /// A command changes something, so it must come from one of our own pages.
    pub(crate) fn confirm_sesskey(&self) -> Result<(), Fault> {
        if self.request.method == "HEAD" {
            return Err(Fault::new(405, "method_not_allowed").with("method", "HEAD"));
        }
        let posted = self.fields.text("sesskey");
        let expected = self.request.sesskey.as_str();
        let same = !expected.is_empty() && bool::from(posted.as_bytes().ct_eq(expected.as_bytes()));
        if same {
            Ok(())
        } else {
            Err(Fault::new(403, "sesskey_invalid").next("back_to_shop", self.url(Step::Shop)))
        }
    }

    /// A sentence for the next page.
    pub(crate) fn say(
        &mut self,
        level: Level,
        code: &str,
        params: impl IntoIterator<Item = (&'static str, String)>,
    ) {
        self.session.notices.push(Notice::new(level, code, params));
    }

    /// May the buyer be at `step`? If not: a redirect to where he has to go, with the reason.
    pub(crate) fn gate(&mut self, shop: &Shop, step: Step) -> Result<Option<Answer>, Fault> {
        let situation = self
            .engine
            .situation(shop, &self.session.cart, &self.buyer)?;
        match allowed(&shop.steps, step, &situation) {
            Ok(()) => Ok(None),
            Err(stop) => {
                let params = stop.reason.param();
                self.say(Level::Warning, stop.reason.code(), params);
                Ok(Some(self.go(stop.step)))
            }
        }
    }

    /// On from `step`: to the next one that has something to ask, or as far as possible when the link asked to be driven.
    pub(crate) fn onward(&mut self, shop: &Shop, step: Step) -> Outcome {
        let situation = self
            .engine
            .situation(shop, &self.session.cart, &self.buyer)?;
        if self.session.cart.autodrive {
            let stop = drive(&shop.steps, &situation);
            self.engine.note(
                self.session.cart.transid.as_ref(),
                &format!(
                    "Autodrive : stops at {}, {}",
                    stop.step.as_str(),
                    stop.reason.code()
                ),
            );
            return Ok(self.go(if stop.step > step {
                stop.step
            } else {
                self.beside(shop, step, true)
            }));
        }
        let next = self.beside(shop, step, true);
        Ok(self.go(next))
    }

    /// Back from `step`.
    pub(crate) fn back(&self, shop: &Shop, step: Step) -> Answer {
        self.go(self.beside(shop, step, false))
    }

    /// The step beside `step` that has something to ask.
    fn beside(&self, shop: &Shop, step: Step, forward: bool) -> Step {
        let mut here = step;
        loop {
            let beside = if forward {
                shop.steps.next(here)
            } else {
                shop.steps.previous(here)
            };
            match beside {
                Some(next) if self.asks_nothing(shop, next) => here = next,
                Some(next) => return next,
                None => return if forward { Step::Order } else { Step::Shop },
            }
        }
    }

    /// Does a step have nothing to ask of this cart?
    pub(crate) fn asks_nothing(&self, shop: &Shop, step: Step) -> bool {
        let items = || {
            self.session
                .cart
                .order
                .keys()
                .filter_map(|name| shop.catalog.find(name))
        };
        match step {
            Step::PurchaseRequ => items().all(|item| item.required_data.is_empty()),
            Step::Users => items().all(|item| self.session.cart.seats(item) == 0),
            _ => false,
        }
    }

    /// Address of a step.
    pub(crate) fn url(&self, step: Step) -> String {
        let shop = self.session.shopid.max(1);
        let mut url = format!("{}?view={}&shopid={shop}", self.action(), step.as_str());
        if let Some(block) = self.fields.number("blockid").filter(|block| *block > 0) {
            url.push_str(&format!("&blockid={block}"));
        }
        url
    }

    /// Address of a step about a transaction.
    pub(crate) fn url_of(&self, step: &str, transaction: &str) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("view", step)
            .append_pair("shopid", &self.session.shopid.max(1).to_string())
            .append_pair("transid", transaction)
            .finish();
        format!("{}?{query}", self.action())
    }

    /// The log-in page, which leads on to `back`.
    pub(crate) fn login_url(&self, back: &str) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("wantsurl", back)
            .finish();
        format!("{}?{query}", self.request.login_url)
    }

    /// Where the forms of the purchase post to.
    pub(crate) fn action(&self) -> String {
        format!("{}/local/shop/front/view.php", self.request.wwwroot)
    }

    pub(crate) fn go(&self, step: Step) -> Answer {
        Answer::redirect(self.url(step))
    }

    pub(crate) fn block(&self) -> i64 {
        self.fields
            .number("blockid")
            .filter(|block| *block > 0)
            .unwrap_or(0)
    }

    pub(crate) fn lang(&self) -> &'a str {
        if is_french(&self.request.lang) {
            "fr"
        } else {
            "en"
        }
    }

    /// The language of the catalogue's texts: the page's, also where the shop's own sentences are in English for want of it.
    pub(crate) fn reading(&self) -> &'a str {
        match self.request.lang.as_str() {
            "" => "en",
            lang => lang,
        }
    }

    /// A page of the purchase: what all of them have, and `data`.
    pub(crate) fn page(
        &mut self,
        page: &'static str,
        step: Option<Step>,
        shop: Option<&Shop>,
        data: Json,
    ) -> Answer {
        let steps = match (step, shop) {
            (Some(step), Some(shop)) => self.steps(shop, step),
            _ => Vec::new(),
        };
        let mut all = json!({
            "view": page,
            "shop": self.shop.as_deref().map(shop_data),
            "action": self.action(),
            "steps": steps,
            "notices": std::mem::take(&mut self.session.notices),
        });
        if let (Json::Object(all), Json::Object(data)) = (&mut all, data) {
            all.extend(data);
        }
        Answer::page(page, all)
    }

    /// The steps of a shop with their states, as pages have them in `steps`.
    pub(super) fn steps(&self, shop: &Shop, here: Step) -> Vec<Json> {
        shop.steps
            .as_slice()
            .iter()
            .filter(|step| !matches!(step, Step::Invoice) && !self.asks_nothing(shop, **step))
            .map(|step| {
                let state = match step.cmp(&here) {
                    std::cmp::Ordering::Less => "done",
                    std::cmp::Ordering::Equal => "current",
                    std::cmp::Ordering::Greater => "todo",
                };
                let url = (*step < here && here < Step::Produce).then(|| self.url(*step));
                json!({"step": step.as_str(), "state": state, "url": url})
            })
            .collect()
    }

    /// The page that says what went wrong.
    pub(crate) fn fault(&mut self, fault: &Fault) -> Answer {
        if self.request.script.starts_with("/local/shop/paymodes/") && !self.faces_buyer {
            return Answer::text(fault.status, fault.code);
        }
        let next = fault
            .next
            .clone()
            .unwrap_or_else(|| ("back_to_shop", self.url(Step::Shop)));
        let data = json!({
            "error": {"level": "error", "code": fault.code, "params": fault.params},
            "status": fault.status,
            "next": {"code": next.0, "url": next.1},
        });
        self.page("error", None, None, data).status(fault.status)
    }

    /// Gives the session back to the host, when it changed.
    pub(crate) fn close(&mut self, mut answer: Answer) -> Answer {
        // HEAD asks what GET would say, and changes nothing.
        let kept = answer.kind != Kind::Pass && self.request.method != "HEAD";
        if kept && self.request.shoppingcart.is_some() {
            answer.cart = self.shared_cart().unwrap_or_else(|fault| {
                fault.note(self);
                Json::Null
            });
            self.session.cart = cart::beside_the_plugin(&self.session.cart);
        }
        if kept && self.session != self.request.session {
            answer.session = serde_json::to_value(&self.session).unwrap_or_default();
        }
        answer
    }
}

impl Visit<'_> {
    /// The cart for the plugin's pages, when it is another than they gave.
    fn shared_cart(&mut self) -> Result<Json, Fault> {
        let given = self.request.shoppingcart.as_ref();
        let before = given.map(|plugin| shoppingcart::read(plugin, &self.request.session.cart));
        if before.as_ref() == Some(&self.session.cart) {
            return Ok(Json::Null);
        }
        if self.session.cart.is_empty() {
            return Ok(json!({}));
        }
        let shop = self.open_shop(self.session.shopid.max(1))?;
        shoppingcart::write(self, &shop)
    }
}

fn shop_data(shop: &Shop) -> Json {
    json!({"id": shop.id, "name": shop.label, "currency": shop.currency.code(), "test": Settings::test_mode(&shop.settings)})
}

/// Larger bodies are no form of ours and no gateway's message.
const LARGEST_BODY: usize = 65_536;

/// Longer query strings are no link of a partner.
const LONGEST_QUERY: usize = 8_192;
