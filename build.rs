//! Tells the compiler which PHP the extension is built for; does nothing for the pure core.

#[cfg(feature = "extension")]
fn main() -> anyhow::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=PHP");
    println!("cargo:rerun-if-env-changed=PHP_CONFIG");
    let php = ext_php_rs_build::find_php()?;
    let info = ext_php_rs_build::PHPInfo::get(&php)?;
    let version: ext_php_rs_build::ApiVersion = info.zend_version()?.try_into()?;
    ext_php_rs_build::emit_check_cfg();
    ext_php_rs_build::emit_php_cfg_flags(version);
    Ok(())
}

#[cfg(not(feature = "extension"))]
fn main() {
    println!("cargo:rerun-if-changed=build.rs");
}
