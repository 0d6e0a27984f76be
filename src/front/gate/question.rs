//! What the visitor is asked before a command without the session's key: which rows it is about, and which other values it carries.

use crate::engine::{Subject, SubjectKind};

use super::excerpt;
use super::parameters::{Ambiguous, Parameters};
use super::table::Script;

/// The rows that a command names.
///
/// # Errors
/// [`Ambiguous`]: an id that is not its digits. The plugin would make another number of it than the visitor reads.
pub(super) fn subjects(
    script: &Script,
    parameters: &Parameters,
) -> Result<Vec<Subject>, Ambiguous> {
    let mut subjects = Vec::new();
    for (name, kind) in names(script) {
        for text in parameters.all(name) {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            match text.parse() {
                Ok(id) if digits => subjects.push(Subject { kind: *kind, id }),
                _ => return Err(Ambiguous { name }),
            }
        }
    }
    Ok(subjects)
}

/// The other values that a command carries, cut to what a page shows.
pub(super) fn values(script: &Script, parameters: &Parameters) -> Vec<(String, String)> {
    let known = |name: &str| {
        CONTEXT.contains(&name)
            || script.parameters.contains(&Some(name))
            || names(script).iter().any(|(subject, _)| {
                name.strip_prefix(subject)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
            })
    };
    parameters
        .pairs("sesskey")
        .filter(|(name, _)| !known(name))
        .map(|(name, value)| (excerpt(name), excerpt(value)))
        .collect()
}

/// Parameters of a script that name rows.
fn names(script: &Script) -> &'static [(&'static str, SubjectKind)] {
    match script.path {
        "bills/view.php" => &[
            ("billid", SubjectKind::Bill),
            ("billitemid", SubjectKind::Line),
            ("billitem", SubjectKind::Line),
        ],
        "customers/view.php" => &[
            ("customerid", SubjectKind::Customer),
            ("billid", SubjectKind::Bill),
        ],
        "index.php" | "catalogs/edit_catalogue.php" => &[("catalogid", SubjectKind::Catalogue)],
        "instances/view.php" => &[("itemid", SubjectKind::Purchase)],
        "products/view.php" => &[
            ("itemid", SubjectKind::Item),
            ("itemids", SubjectKind::Item),
        ],
        "products/category/view.php" => &[
            ("categoryid", SubjectKind::Category),
            ("categoryids", SubjectKind::Category),
        ],
        "shipzones/index.php" | "shipzones/zoneindex.php" => &[
            ("zoneid", SubjectKind::Zone),
            ("shipid", SubjectKind::Shipping),
        ],
        "taxes/view.php" => &[("taxid", SubjectKind::Tax)],
        _ => &[],
    }
}

/// Parameters that say where in the shop a page is, and change nothing.
const CONTEXT: [&str; 3] = ["id", "shopid", "blockid"];
