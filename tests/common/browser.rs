//! A browser at the shop's pages: its session goes from one answer to the next request.

use shopengine::engine::User;
use shopengine::front::{Answer, Request, Session, handle};

use super::Bench;

/// The script of all steps of the purchase.
pub const VIEW: &str = "/local/shop/front/view.php";

/// A visitor over HTTPS, a guest or somebody logged in.
pub struct Browser<'a> {
    pub bench: &'a Bench,
    pub session: Session,
    pub user: Option<User>,
    /// The page that the browser says it comes from, or ''.
    pub referer: &'static str,
    /// The host's plugin places orders itself.
    pub plugin_places: bool,
    /// The host's plugin shows placed orders itself.
    pub plugin_shows: bool,
}

impl<'a> Browser<'a> {
    pub fn guest(bench: &'a Bench) -> Self {
        Self {
            bench,
            session: Session::default(),
            user: None,
            referer: "",
            plugin_places: false,
            plugin_shows: false,
        }
    }

    pub fn of(bench: &'a Bench, user: User) -> Self {
        Self {
            user: Some(user),
            ..Self::guest(bench)
        }
    }

    pub fn send(&mut self, method: &str, script: &str, query: &str, body: &str) -> Answer {
        let request = Request {
            method: method.into(),
            script: script.into(),
            query: query.into(),
            body: body.into(),
            content_type: "application/x-www-form-urlencoded".into(),
            wwwroot: "https://shop.example".into(),
            https: true,
            referer: self.referer.into(),
            plugin_places: self.plugin_places,
            plugin_shows: self.plugin_shows,
            lang: "en".into(),
            sesskey: "sesskey1".into(),
            login_url: "https://shop.example/login/index.php".into(),
            user: self.user.clone(),
            session: self.session.clone(),
            // The host drains the outbox before it shows a page.
            drained: true,
            ..Request::default()
        };
        let answer = handle(&self.bench.engine, &request);
        if !answer.session.is_null() {
            self.session = serde_json::from_value(answer.session.clone()).unwrap();
        }
        answer
    }

    pub fn get(&mut self, query: &str) -> Answer {
        self.send("GET", VIEW, query, "")
    }

    pub fn post(&mut self, fields: &str) -> Answer {
        let body = format!("sesskey=sesskey1&shopid=1&{fields}");
        self.send("POST", VIEW, "", &body)
    }

    /// Puts units of a product into the cart.
    pub fn shop(&mut self, product: &str, units: u32) -> Answer {
        self.post(&format!(
            "view=shop&what=setunits&productname={product}&quant={units}"
        ))
    }

    /// Gives the data of a stranger.
    pub fn identify(&mut self, email: &str) -> Answer {
        self.post(&format!(
            "view=customer&what=navigate&go=1&customerinfo::firstname=Jean&customerinfo::lastname=Dupont&customerinfo::address=x\
             &customerinfo::zip=75001&customerinfo::city=Paris&customerinfo::country=FR&customerinfo::email={email}"
        ))
    }

    pub fn place(&mut self, paymode: &str) -> Answer {
        self.post(&format!("view=order&what=navigate&go=1&paymode={paymode}"))
    }
}
