//! What interfaces ask of the person who sets them up: every setting has its words, every interface its sub-plugin.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::Path;

use shopengine::clock::UnixMillis;
use shopengine::gateway::{self, Settings, self_check};

#[test]
fn every_setting_has_label_and_help_in_both_languages() {
    let mut asked = 0;
    for gateway in gateway::all() {
        for setting in gateway.settings() {
            for language in ["en", "fr"] {
                let name = gateway.name();
                let file = strings_of(name, language);
                let strings = fs::read_to_string(&file).unwrap();
                for key in [setting.key.to_owned(), format!("{}_help", setting.key)] {
                    assert!(
                        strings.contains(&format!("$string['{key}'] = '")),
                        "{key} in {}",
                        file.display()
                    );
                }
            }
            let own = format!("{}_", gateway.name());
            assert!(setting.key.starts_with(&own), "{}", setting.key);
            assert_eq!(
                setting.problem(setting.default),
                None,
                "the default of {} is wrong",
                setting.key
            );
            asked += 1;
        }
    }
    assert!(asked > 30, "only {asked}");
}

#[test]
fn every_interface_with_settings_has_a_script_for_each_endpoint() {
    for gateway in gateway::all()
        .iter()
        .filter(|gateway| !gateway.settings().is_empty() && gateway.name() != PLUGINS_OWN)
    {
        let name = gateway.name();
        for endpoint in gateway.endpoints() {
            let script = paymode(name).join(format!("{}.php", endpoint.script));
            assert!(script.is_file(), "{}", script.display());
        }
        for file in [
            "version.php",
            &format!("{name}.class.php"),
            "classes/privacy/provider.php",
        ] {
            assert!(paymode(name).join(file).is_file(), "{name}/{file}");
        }
    }
}

#[test]
fn a_new_site_is_told_what_is_missing_and_nothing_is_offered() {
    for gateway in gateway::all()
        .iter()
        .filter(|gateway| !gateway.settings().is_empty())
    {
        let findings = self_check(*gateway, &Settings::default(), UnixMillis::from_seconds(0));
        assert!(
            findings
                .iter()
                .all(|finding| finding.blocks && finding.code == "setting_missing"),
            "{findings:?}"
        );
        assert!(!findings.is_empty());
    }
}

/// The sub-plugin's, or the companion's where the sub-plugin is not ours.
fn strings_of(name: &str, language: &str) -> std::path::PathBuf {
    if name == PLUGINS_OWN {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        return root.join(format!(
            "php/local/shopengine/lang/{language}/local_shopengine.php"
        ));
    }
    paymode(name).join(format!("lang/{language}/shoppaymodes_{name}.php"))
}

fn paymode(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("php/local/shop/paymodes")
        .join(name)
}

/// The one interface with settings whose sub-plugin comes with the plugin.
const PLUGINS_OWN: &str = "paypal";
