use super::*;

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn value(formula: &str, ht: &str, tr: &str) -> Result<String, FormulaError> {
    let value = Formula::parse(formula)?.evaluate(decimal(ht), decimal(tr))?;
    Ok(value.normalize().to_string())
}

fn error(formula: &str) -> FormulaError {
    value(formula, "100", "20").unwrap_err()
}

#[test]
fn evaluates_what_administrators_write() {
    for (formula, expected) in [
        ("$ttc = $ht * (1 + ($tr / 100))", "71.964"),
        ("$ttc=$ht*(1+($tr/100));", "71.964"),
        ("$TTC = $HT * (1 + $Tr/100)", "71.964"),
        ("", "59.97"),
        (" \r\n\t", "59.97"),
        ("$ttc = $ht", "59.97"),
        ("$ttc = $ht; $ttc = $ttc + 1; $ttc = $ttc * 2;;", "121.94"),
        ("$ttc = -$ht + 100 - -1", "41.03"),
        ("$ttc = 10 - 2 - 3", "5"),
        ("$ttc = 100 / 10 / 5", "2"),
        ("$ttc = 2 + 3 * 4", "14"),
        ("$ttc = .5 + 1. + 0.25", "1.75"),
        ("$ttc = $ht / 3 * 3", "59.97"),
        ("$ttc = 3; $ht * 2", "3"),
    ] {
        assert_eq!(
            value(formula, "59.97", "20").as_deref(),
            Ok(expected),
            "{formula}"
        );
    }
}

#[test]
fn division_loses_nothing_before_the_one_rounding() {
    assert_eq!(
        value("$ttc = $ht / 7 / 3 * 21", "0.01", "0").as_deref(),
        Ok("0.01")
    );
    // 1.005 less a trifle that 28 digits cannot show must not be rounded up to the midpoint.
    let below = value(
        "$ttc = 1.005 - 1 / 3000000000 / 10000000000 / 10000000000",
        "0",
        "0",
    )
    .unwrap();
    assert!(decimal(&below) < decimal("1.005"), "{below}");
}

#[test]
fn errors_name_the_column() {
    for (formula, message) in [
        ("$ttc = ", "unexpected end at column 8"),
        ("$ttc = 1 +", "unexpected end at column 11"),
        ("$ttc = (1 + 2", "unexpected end at column 14"),
        ("$ttc = 1 + 2)", "unexpected `)` at column 13"),
        ("$ttc = 1 2", "unexpected `2` at column 10"),
        ("$ttc = 1 $ht", "unexpected `$ht` at column 10"),
        ("$ttc == 1", "unexpected `=` at column 7"),
        ("$ttc = 1,5", "unexpected `,5` at column 9"),
        ("$ttc = 1e3", "unexpected `e3` at column 9"),
        ("$ttc = 1.2.3", "unexpected `1.2.3` at column 8"),
        ("$ttc = .", "unexpected `.` at column 8"),
        ("é", "unexpected `é` at column 1"),
        ("$ttc = $x", "unknown variable `$x` at column 8"),
        ("$ht = 3; $ttc = 1", "unknown variable `$ht` at column 1"),
        ("$ttc = $", "unknown variable `$` at column 8"),
    ] {
        assert_eq!(error(formula).to_string(), message, "{formula}");
    }
}

#[test]
fn ttc_must_be_assigned_before_it_is_read() {
    for formula in [
        "$ht * 1.2",
        ";",
        "$ttc",
        "$ttc = $ttc + 1",
        "$ttc * 2; $ttc = 1",
    ] {
        assert_eq!(error(formula), FormulaError::NeverAssigned, "{formula}");
    }
}

#[test]
fn division_by_zero_is_an_error_of_its_own() {
    assert_eq!(error("$ttc = $ht / 0"), FormulaError::DivisionByZero);
    assert_eq!(
        error("$ttc = $ht / ($tr - 20)"),
        FormulaError::DivisionByZero
    );
    assert!(value("$ttc = $ht / ($tr - 20)", "100", "21").is_ok());
}

#[test]
fn a22_code_is_never_evaluated() {
    for formula in [
        "$ttc = `id`",
        "$ttc = popen('id', 'r')",
        "$ttc = system(1)",
        "$ttc = $ht; exit",
        "$ttc = $_GET",
        "$ttc = $$ht",
        "$ttc = ${ht}",
        "$ttc = $ht->x",
        "$ttc = 1 ? 2 : 3",
        "$ttc = 2 ** 3",
        "$ttc = 1 /* x */",
        "$ttc = \"1\"",
        "?><?php",
        "$ttc = 1 // x",
        "$ttc = \\Foo",
        "$ttc = @$ht",
        "$ttc = 1 # x",
        "$ttc = \0",
    ] {
        let error = error(formula);
        assert!(
            ["formula_syntax", "formula_unknown_variable"].contains(&error.code()),
            "{formula}: {error}"
        );
        assert!(!error.to_string().contains(['\n', '\0']));
    }
}

#[test]
fn no_formula_exhausts_the_stack_or_the_clock() {
    assert_eq!(error(&"(".repeat(1024)).code(), "formula_too_deep");
    assert_eq!(
        error(&format!("$ttc = {}1", "-".repeat(1000))).code(),
        "formula_too_deep"
    );
    assert_eq!(error(&"1".repeat(1025)), FormulaError::TooLong);
    assert_eq!(error(&"$ttc=1;".repeat(200)), FormulaError::TooLong);
    let nested = format!("$ttc = {}1{}", "(".repeat(32), ")".repeat(32));
    assert_eq!(value(&nested, "1", "1").as_deref(), Ok("1"));
    let side_by_side = format!("$ttc = 0{}", "+(1)".repeat(250));
    assert_eq!(value(&side_by_side, "1", "1").as_deref(), Ok("250"));
}

#[test]
fn numbers_that_do_not_fit_are_an_error() {
    let squares = format!("$ttc = $ht;{}", "$ttc=$ttc*$ttc;".repeat(60));
    assert_eq!(error(&squares), FormulaError::Overflow);
    assert_eq!(value(&squares, "1", "0").as_deref(), Ok("1"));
    assert_eq!(
        error("$ttc = 100000000000000 * 1000000000000000000"),
        FormulaError::Overflow
    );
}

#[test]
fn prints_as_it_was_written() {
    let formula = Formula::parse(" $TTC = $ht ; ").unwrap();
    assert_eq!(formula.to_string(), "$TTC = $ht ;");
    assert_eq!(Formula::parse(&formula.to_string()), Ok(formula));
}
