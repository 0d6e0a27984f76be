//! The tax formulas that administrators write, such as `$ttc = $ht * (1 + ($tr / 100))`: a parser and
//! an exact evaluator of a language of our own, never PHP's.
//!
//! ```text
//! formula    = [ statement { ";" [ statement ] } ]
//! statement  = [ "$ttc" "=" ] expression
//! expression = term { ( "+" | "-" ) term }
//! term       = factor { ( "*" | "/" ) factor }
//! factor     = ( "-" | "+" ) factor | "(" expression ")" | number | "$ht" | "$tr" | "$ttc"
//! number     = digits [ "." [ digits ] ] | "." digits
//! ```
//!
//! Letter case and white space do not matter. `$ht` is the untaxed amount, `$tr` the tax ratio (20 for
//! 20 %), `$ttc` the taxed amount, which may be read once it was assigned. As in PHP, an expression that
//! assigns nothing has no effect. No text means `$ttc = $ht`.

mod parser;
mod rational;

use std::fmt;

use rust_decimal::Decimal;

use self::parser::Parser;
use self::rational::Rational;

/// A tax formula that was understood.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Formula {
    text: String,
    statements: Vec<Statement>,
}

impl Formula {
    /// Reads a formula; any text whatever gives a formula or an error, in bounded time and stack.
    ///
    /// # Errors
    /// [`FormulaError`], with the column (in characters, from 1) of what was not understood.
    pub fn parse(text: &str) -> Result<Self, FormulaError> {
        if text.len() > LONGEST_FORMULA {
            return Err(FormulaError::TooLong);
        }
        let statements = Parser::new(text)?.formula()?;
        Ok(Self {
            text: text.trim().to_owned(),
            statements,
        })
    }

    /// The taxed amount of an untaxed amount `ht` at the ratio `tr` (20 for 20 %), in major units.
    ///
    /// The formula is evaluated in exact fractions, so that a third times three is one. The result is
    /// cut, not rounded, to the 28 digits of a decimal: cutting never moves a number across a
    /// midpoint, so that rounding it to the minor unit gives what rounding the exact fraction would.
    ///
    /// # Errors
    /// [`FormulaError::DivisionByZero`], and [`FormulaError::Overflow`] when a value needs more than 38 digits.
    pub fn evaluate(&self, ht: Decimal, tr: Decimal) -> Result<Decimal, FormulaError> {
        let mut values = Values {
            ht: ht.into(),
            tr: tr.into(),
            ttc: None,
        };
        for statement in &self.statements {
            let value = statement.expression.value(&values)?;
            if statement.assigns {
                values.ttc = Some(value);
            }
        }
        let ttc = values.ttc.ok_or(FormulaError::NeverAssigned)?;
        ttc.truncated().ok_or(FormulaError::Overflow)
    }
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Why a formula was refused, or has no value. The administrator corrects it in the tax's settings.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FormulaError {
    /// A divisor is zero, for these values or always.
    #[error("the formula divides by zero")]
    DivisionByZero,
    /// Nothing is assigned to `$ttc`, or it is read before.
    #[error("the formula does not assign `$ttc` before it is used")]
    NeverAssigned,
    /// A number that does not fit; usually a formula that multiplies amounts with each other.
    #[error("the formula gives a number too large to hold")]
    Overflow,
    /// Something that is no part of the language stands where it was not expected.
    #[error("unexpected {found} at column {column}")]
    Syntax {
        /// In characters, from 1.
        column: usize,
        /// What stands there.
        found: String,
    },
    /// More than 32 parentheses or signs inside each other.
    #[error("the formula is nested too deeply at column {column}")]
    TooDeep {
        /// In characters, from 1.
        column: usize,
    },
    /// More than 1,024 bytes.
    #[error("the formula is longer than 1024 bytes")]
    TooLong,
    /// A variable other than `$ht`, `$tr` and `$ttc`, or an assignment to one other than `$ttc`.
    #[error("unknown variable `{name}` at column {column}")]
    UnknownVariable {
        /// In characters, from 1.
        column: usize,
        /// As written, in lower case.
        name: String,
    },
}

impl FormulaError {
    /// The stable name of the error, also its language-string key.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::DivisionByZero => "formula_division_by_zero",
            Self::NeverAssigned => "formula_never_assigns",
            Self::Overflow => "formula_overflow",
            Self::Syntax { .. } => "formula_syntax",
            Self::TooDeep { .. } => "formula_too_deep",
            Self::TooLong => "formula_too_long",
            Self::UnknownVariable { .. } => "formula_unknown_variable",
        }
    }
}

#[derive(Clone, Debug, Eq, PartialEq)]
struct Statement {
    assigns: bool,
    expression: Expression,
}

/// Chains of one precedence are flat, so that only parentheses and signs nest.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Expression {
    Chain(Box<Expression>, Vec<(Operator, Expression)>),
    Negated(Box<Expression>),
    Number(Decimal),
    Variable(Variable),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Operator {
    Divide,
    Minus,
    Plus,
    Times,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Variable {
    Ht,
    Tr,
    Ttc,
}

struct Values {
    ht: Rational,
    tr: Rational,
    ttc: Option<Rational>,
}

impl Expression {
    fn value(&self, values: &Values) -> Result<Rational, FormulaError> {
        match self {
            Self::Chain(first, rest) => {
                rest.iter()
                    .try_fold(first.value(values)?, |left, (operator, right)| {
                        let right = right.value(values)?;
                        match operator {
                            Operator::Divide if right.is_zero() => {
                                return Err(FormulaError::DivisionByZero);
                            }
                            Operator::Divide => left.over(right),
                            Operator::Minus => right.negated().and_then(|right| left.plus(right)),
                            Operator::Plus => left.plus(right),
                            Operator::Times => left.times(right),
                        }
                        .ok_or(FormulaError::Overflow)
                    })
            }
            Self::Negated(inner) => inner.value(values)?.negated().ok_or(FormulaError::Overflow),
            Self::Number(number) => Ok((*number).into()),
            Self::Variable(Variable::Ht) => Ok(values.ht),
            Self::Variable(Variable::Tr) => Ok(values.tr),
            Self::Variable(Variable::Ttc) => values.ttc.ok_or(FormulaError::NeverAssigned),
        }
    }
}

const LONGEST_FORMULA: usize = 1024;

#[cfg(test)]
mod tests;
