//! The table of the gate: every script of the plugin that loads Moodle, and every `view` and `what` of its controllers, in its
//! branches 401 and 405. What is not here is refused while a takeover is on. The file is long because it is this list.
//!
//! Scripts below `paymodes/` are known from [`crate::gateway::all`], and here where the engine has none to answer them.

use crate::domain::takeover::Takeover;

/// Who may use a script, as the plugin itself checks it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Access {
    /// Anyone: a guest can buy.
    Visitor,
    /// As [`Access::Visitor`], asked for by a script of the plugin's pages: no address to come back to after a log-in.
    Script,
    /// Sales administrators.
    Seller,
    /// Who may read the trace.
    Trace,
    /// The server of a payment interface, or a browser that it sends back: no session is needed.
    Interface,
}

impl Access {
    /// The word that the host reads.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Visitor => "visitor",
            Self::Script => "script",
            Self::Seller => "seller",
            Self::Trace => "trace",
            Self::Interface => "interface",
        }
    }
}

/// What a request leads to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Runs {
    /// The plugin draws a page, or keeps something in the visitor's own session.
    Plugin,
    /// The engine answers with a page of its own; the plugin does while the takeover is off.
    Engine(Takeover),
    /// The engine says where the buyer goes and what is in the cart; the plugin draws the page.
    Steer(Takeover),
    /// The summary with the choice of a payment interface, which `customer` steers.
    Choose,
    /// The order is placed: by the engine, or by the plugin with a payment interface that was offered.
    Place,
    /// The order is delivered, or shown after the payment: by the engine, or by the plugin for the order's own buyer.
    Produce,
    /// The engine changes the list of participants or their seats, and the plugin draws the list that its second parameter then names.
    Seats(&'static str),
    /// A command of the plugin that stores something: it needs the session's key, and is asked about without.
    Command,
    /// An order is moved: by the engine; while the takeover is off as [`Runs::Command`].
    Move,
    /// A bill is changed: allowed for drafts, with the session's key.
    Draft,
    /// Customers are deleted: allowed for those without a bill, with the session's key.
    DeleteCustomers,
    /// Refused while the takeover is on; as [`Runs::Command`] while it is off.
    Refused(Takeover),
}

/// Words of `view` and `what` (or what the script calls them) and what they lead to.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Words of the first parameter; '' where it is missing or empty.
    pub views: &'static [&'static str],
    /// Words of the second parameter.
    pub commands: &'static [&'static str],
    /// What it leads to.
    pub runs: Runs,
    /// Are these commands on the visitor's cart, which the plugin's pages send without the session's key? Then they must come from a
    /// page of this site.
    pub own: bool,
    /// Takeovers that the plugin's own answer would go around: while one of them is on and the engine does not answer, the
    /// request is refused.
    pub guards: &'static [Takeover],
}

/// A script of the plugin.
#[derive(Clone, Copy, Debug)]
pub struct Script {
    /// Path below `local/shop/`.
    pub path: &'static str,
    /// Who may use it.
    pub access: Access,
    /// Names of its routing parameters: what stands in `views`, and what in `commands`.
    pub parameters: [Option<&'static str>; 2],
    /// The first parameter where it is missing; '': it stays so.
    pub default: &'static str,
    /// What its words lead to.
    pub rows: &'static [Row],
    /// What a `POST` leads to, where that is something else.
    pub posted: Option<Runs>,
    /// Do the plugin's own commands of this script carry the session's key? One without it is refused, as the plugin does.
    pub keyed: bool,
}

impl Script {
    /// The row of these words.
    #[must_use]
    pub fn row(&self, view: &str, command: &str) -> Option<&'static Row> {
        self.rows
            .iter()
            .find(|row| row.views.contains(&view) && row.commands.contains(&command))
    }
}

/// The script at a path below `local/shop/`.
#[must_use]
pub fn script(path: &str) -> Option<&'static Script> {
    SCRIPTS.iter().find(|script| script.path == path)
}

const fn row(views: &'static [&'static str], commands: &'static [&'static str], runs: Runs) -> Row {
    Row {
        views,
        commands,
        runs,
        own: false,
        guards: &[],
    }
}

const fn guarded(
    views: &'static [&'static str],
    commands: &'static [&'static str],
    runs: Runs,
    guards: &'static [Takeover],
) -> Row {
    Row {
        views,
        commands,
        runs,
        own: false,
        guards,
    }
}

/// A row of commands on the visitor's cart.
const fn own(row: Row) -> Row {
    Row { own: true, ..row }
}

/// A script without routing parameters.
const fn without_parameters(path: &'static str, rows: &'static [Row]) -> Script {
    Script {
        path,
        access: Access::Visitor,
        parameters: [None, None],
        default: "",
        rows,
        posted: None,
        keyed: false,
    }
}

/// A script or a style that pages load: no address to come back to after a log-in.
const fn part_of_pages(path: &'static str) -> Script {
    Script {
        access: Access::Script,
        ..without_parameters(path, SHOWN)
    }
}

/// A page of the back office with `view` and `what`.
const fn office(path: &'static str, rows: &'static [Row]) -> Script {
    Script {
        path,
        access: Access::Seller,
        parameters: [Some("view"), Some("what")],
        default: "",
        rows,
        posted: None,
        keyed: false,
    }
}

/// A form of the back office: Moodle's own forms check the session's key.
const fn form(path: &'static str, posted: Option<Runs>) -> Script {
    Script {
        posted,
        ..office(path, FORM)
    }
}

/// A page for developers of the plugin, or for its administrators alone.
const fn developers(path: &'static str) -> Script {
    Script {
        access: Access::Seller,
        ..without_parameters(path, UNSOLD)
    }
}

/// Rows of scripts without routing parameters: one that only shows something, the engine's pages of bills and of the trace, and
/// scripts that pay, deliver or try out without a proof.
const SHOWN: &[Row] = &[row(&[""], &[""], Runs::Plugin)];
const BILL: &[Row] = &[row(&[""], &[""], Runs::Engine(Takeover::Bills))];
const TRACE: &[Row] = &[row(&[""], &[""], Runs::Engine(Takeover::Trace))];
const UNPROVEN: &[Row] = &[row(&[""], &[""], Runs::Refused(Takeover::Endpoints))];
const UNSOLD: &[Row] = &[row(&[""], &[""], Runs::Refused(Takeover::Production))];

/// The row of a form.
const FORM: &[Row] = &[row(
    &[""],
    &["", "add", "edit", "update", "updatecategory"],
    Runs::Plugin,
)];

/// Commands of the plugin that have never worked (they call functions that do not exist, or look for parameters that no page
/// sends), or that only its PRO edition has pages for.
const DEAD: &[&str] = &[
    "deletebillitems",
    "deleteitems",
    "deletemillitems",
    "relocate",
    "assignpartner",
    "unassignpartner",
    "edit",
    "edititem",
];

/// The token of an email's link, by which its holder reads a bill or an invoice: of no other row, and read as strictly as a routing
/// parameter.
pub(super) const LINK_TOKEN: &str = "token";

/// Views of the list of bills and of one bill.
const BILLS: &[&str] = &["viewAllBills", "viewBill"];

const SCRIPTS: &[Script] = &[
    Script {
        path: "front/view.php",
        access: Access::Visitor,
        parameters: [Some("view"), Some("what")],
        default: "shop",
        posted: None,
        keyed: false,
        rows: &[
            row(&["shop"], &["import"], Runs::Steer(Takeover::Import)),
            row(&["shop"], &["", "navigate"], Runs::Steer(Takeover::Cart)),
            own(row(
                &["shop"],
                &[
                    "clearall",
                    "addunit",
                    "setunits",
                    "deleteunit",
                    "cleardiscountcode",
                ],
                Runs::Plugin,
            )),
            row(
                &["purchaserequ", "users", "customer"],
                &[""],
                Runs::Steer(Takeover::Cart),
            ),
            own(row(&["purchaserequ"], &["collect"], Runs::Plugin)),
            row(&["purchaserequ"], &["navigate"], Runs::Plugin),
            row(&["users"], &["navigate", "back"], Runs::Plugin),
            // These have never worked here: the plugin redirects to the list that it has drawn.
            row(
                &["users"],
                &[
                    "addparticipant",
                    "deleteparticipant",
                    "addassign",
                    "deleteassign",
                ],
                Runs::Refused(Takeover::Cart),
            ),
            own(row(
                &["customer"],
                &["navigate"],
                Runs::Steer(Takeover::Customer),
            )),
            // The way back from a log-in may lead through another site.
            row(
                &["customer"],
                &["login", "revalidate"],
                Runs::Steer(Takeover::Customer),
            ),
            // Showing the summary takes a buyer whose data were found complete.
            row(&["order"], &[""], Runs::Choose),
            own(row(&["order"], &["agreeeulas", "reseteulas"], Runs::Choose)),
            own(row(&["order"], &["navigate"], Runs::Place)),
            guarded(
                &["payment"],
                &["place"],
                Runs::Engine(Takeover::Payment),
                &[Takeover::Placement],
            ),
            row(
                &["payment"],
                &["", "navigate"],
                Runs::Engine(Takeover::Payment),
            ),
            row(
                &["produce"],
                &["", "navigate", "confirm", "produce"],
                Runs::Produce,
            ),
            row(
                &["bill", "invoice"],
                &["", "navigate"],
                Runs::Engine(Takeover::Bills),
            ),
        ],
    },
    Script {
        path: "front/ajax/service.php",
        access: Access::Script,
        parameters: [Some("service"), Some("what")],
        default: "",
        posted: None,
        keyed: false,
        rows: &[
            row(&["shop"], &["orderdetails", "ordertotals"], Runs::Plugin),
            own(row(
                &["shop"],
                &[
                    "addunit",
                    "setunits",
                    "deleteunit",
                    "clearall",
                    "cleardiscountcode",
                ],
                Runs::Plugin,
            )),
            own(row(
                &["shop"],
                &["checkpasscode"],
                Runs::Engine(Takeover::Cart),
            )),
            own(row(
                &["users"],
                &["addparticipant", "deleteparticipant"],
                Runs::Seats("participantlist"),
            )),
            own(row(
                &["users"],
                &["addassign", "deleteassign"],
                Runs::Seats("assignlistobj"),
            )),
            row(
                &["users"],
                &[
                    "participantlist",
                    "assignlist",
                    "assignlistobj",
                    "assignalllistobj",
                ],
                Runs::Plugin,
            ),
            own(row(&["order"], &["agreeeulas", "reseteulas"], Runs::Plugin)),
        ],
    },
    without_parameters("front/order.popup.php", BILL),
    without_parameters("front/bill.popup.php", BILL),
    Script {
        access: Access::Seller,
        ..without_parameters("front/scantrace.php", TRACE)
    },
    without_parameters("front/product.php", SHOWN),
    part_of_pages("front/js/front.js.php"),
    part_of_pages("js/form_protection.js.php"),
    part_of_pages("stylesdyn.php"),
    part_of_pages("ajax/loadtaxes.php"),
    // A handler's own action on a product: none of the plugin's handlers has one.
    without_parameters("datahandling/postproduction.php", UNSOLD),
    office(
        "index.php",
        &[
            row(&[""], &[""], Runs::Plugin),
            row(&[""], &["deletecatalog"], Runs::Command),
        ],
    ),
    office(
        "bills/view.php",
        &[
            row(BILLS, &[""], Runs::Engine(Takeover::Backoffice)),
            row(
                BILLS,
                &["relocating", "deleteItem", "switchfullon", "switchfulloff"],
                Runs::Plugin,
            ),
            row(BILLS, &["flowchange", "changestate", "release"], Runs::Move),
            row(
                BILLS,
                &[
                    "ignoretax",
                    "restoretax",
                    "recalculate",
                    "generatecode",
                    "reclettering",
                    "deletebill",
                ],
                Runs::Draft,
            ),
            row(BILLS, DEAD, Runs::Refused(Takeover::Backoffice)),
            row(BILLS, &["unattach", "unattachall"], Runs::Command),
            row(&["search"], &["", "search"], Runs::Plugin),
        ],
    ),
    form("bills/edit_bill.php", Some(Runs::Draft)),
    form("bills/edit_billitem.php", Some(Runs::Draft)),
    Script {
        rows: &[
            row(&[""], &["", "add", "edit"], Runs::Plugin),
            row(&[""], &["deletecatalog"], Runs::Command),
        ],
        ..form("catalogs/edit_catalogue.php", None)
    },
    form("customers/edit_customer.php", None),
    office(
        "customers/view.php",
        &[
            row(
                &["", "viewAllCustomers", "viewCustomer"],
                &[""],
                Runs::Plugin,
            ),
            row(
                &["", "viewAllCustomers", "viewCustomer"],
                &["deletecustomer"],
                Runs::DeleteCustomers,
            ),
            row(
                &["", "viewAllCustomers", "viewCustomer"],
                &["sellout", "unmark"],
                Runs::Refused(Takeover::Backoffice),
            ),
        ],
    ),
    Script {
        parameters: [Some("format"), Some("what")],
        ..office(
            "export/export.php",
            &[row(&["excel"], &["allbills"], Runs::Plugin)],
        )
    },
    Script {
        parameters: [Some("format"), Some("what")],
        ..office(
            "export/import.php",
            &[row(&["csv"], &["categories"], Runs::Command)],
        )
    },
    office(
        "instances/view.php",
        &[
            row(&["viewAllInstances"], &[""], Runs::Plugin),
            row(&["viewAllInstances"], &["delete"], Runs::Command),
        ],
    ),
    form("products/category/edit_category.php", None),
    office(
        "products/category/view.php",
        &[
            row(&["", "viewAllCategories"], &[""], Runs::Plugin),
            row(
                &["", "viewAllCategories"],
                &["up", "down", "show", "hide", "delete"],
                Runs::Command,
            ),
        ],
    ),
    form("products/edit_bundle.php", None),
    form("products/edit_product.php", None),
    form("products/edit_set.php", None),
    office(
        "products/view.php",
        &[
            row(
                &[
                    "",
                    "viewAllProducts",
                    "viewallProducts",
                    "viewProductDetail",
                    "search",
                ],
                &["", "search", "updatecategory"],
                Runs::Plugin,
            ),
            row(
                &["", "viewAllProducts"],
                &[
                    "delete",
                    "deleteselection",
                    "unlink",
                    "clone",
                    "toset",
                    "tobundle",
                    "toproduct",
                    "makecopy",
                    "freecopy",
                ],
                Runs::Command,
            ),
        ],
    ),
    Script {
        keyed: true,
        ..office(
            "purchasemanager/view.php",
            &[
                row(
                    &[
                        "",
                        "viewAllProductInstances",
                        "showAllProductInstances",
                        "viewAllProducts",
                        "search",
                    ],
                    &["", "search"],
                    Runs::Plugin,
                ),
                row(
                    &["", "viewAllProductInstances"],
                    &["delete", "softdelete", "softrestore"],
                    Runs::Command,
                ),
            ],
        )
    },
    form("reset.php", Some(Runs::Refused(Takeover::Backoffice))),
    form("shipzones/edit_shipping.php", None),
    form("shipzones/edit_shippingzone.php", None),
    office(
        "shipzones/index.php",
        &[
            row(&[""], &["", "add", "edit", "update"], Runs::Plugin),
            row(
                &[""],
                &["delete", "deletezone", "deleteshipping"],
                Runs::Command,
            ),
        ],
    ),
    office(
        "shipzones/productindex.php",
        &[row(&[""], &[""], Runs::Plugin)],
    ),
    office(
        "shipzones/zoneindex.php",
        &[
            row(&[""], &["", "add", "edit", "update"], Runs::Plugin),
            row(&[""], &["delete", "deleteshipping"], Runs::Command),
        ],
    ),
    form("shop/edit_shop.php", None),
    Script {
        rows: &[row(&[""], &["", "add", "edit", "updatetax"], Runs::Plugin)],
        ..form("taxes/edit_tax.php", None)
    },
    office(
        "taxes/view.php",
        &[
            row(&["", "viewAllTaxes"], &["", "updatetax"], Runs::Plugin),
            row(&["", "viewAllTaxes"], &["delete"], Runs::Command),
        ],
    ),
    office(
        "unittests/index.php",
        &[
            row(&[""], &[""], Runs::Plugin),
            row(&[""], &["test"], Runs::Command),
        ],
    ),
    // Marks an order as paid for whoever opens it.
    Script {
        access: Access::Interface,
        ..without_parameters("paymodes/test/process.php", UNPROVEN)
    },
    developers("tests/checkJson.php"),
    developers("tests/checkpasswordsending.php"),
    developers("tests/checkproductkey.php"),
];

/// All scripts of the table, for the installation check and the tests.
pub fn all() -> impl Iterator<Item = &'static Script> {
    SCRIPTS.iter()
}
