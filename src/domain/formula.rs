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

mod rational;

use std::fmt;

use rust_decimal::Decimal;

use self::rational::Rational;
use crate::domain::money::{excerpt, parse_decimal};

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

#[derive(Clone, Copy, Debug, PartialEq)]
enum Token {
    Number(Decimal),
    Symbol(char),
    Variable(Variable),
}

struct Parser {
    tokens: Vec<(usize, Token)>,
    next: usize,
    end: usize,
    depth: usize,
    assigned: bool,
}

impl Parser {
    fn new(text: &str) -> Result<Self, FormulaError> {
        Ok(Self {
            tokens: tokens(text)?,
            next: 0,
            end: text.chars().count() + 1,
            depth: 0,
            assigned: false,
        })
    }

    fn formula(mut self) -> Result<Vec<Statement>, FormulaError> {
        if self.tokens.is_empty() {
            return Ok(vec![Statement {
                assigns: true,
                expression: Expression::Variable(Variable::Ht),
            }]);
        }
        let mut statements = Vec::new();
        loop {
            if !matches!(self.ahead(0), None | Some(Token::Symbol(';'))) {
                statements.push(self.statement()?);
            }
            if self.take_symbol(&[';']).is_none() {
                break;
            }
        }
        if self.ahead(0).is_some() {
            return Err(self.unexpected());
        }
        if self.assigned {
            Ok(statements)
        } else {
            Err(FormulaError::NeverAssigned)
        }
    }

    fn statement(&mut self) -> Result<Statement, FormulaError> {
        let assigns = match (self.ahead(0), self.ahead(1)) {
            (Some(Token::Variable(Variable::Ttc)), Some(Token::Symbol('='))) => true,
            (Some(Token::Variable(variable)), Some(Token::Symbol('='))) => {
                return Err(FormulaError::UnknownVariable {
                    column: self.column(),
                    name: variable.name().to_owned(),
                });
            }
            _ => false,
        };
        if assigns {
            self.next += 2;
        }
        let expression = self.expression()?;
        self.assigned |= assigns;
        Ok(Statement {
            assigns,
            expression,
        })
    }

    fn expression(&mut self) -> Result<Expression, FormulaError> {
        self.chain(&['+', '-'], Self::term)
    }

    fn term(&mut self) -> Result<Expression, FormulaError> {
        self.chain(&['*', '/'], Self::factor)
    }

    fn chain(
        &mut self,
        symbols: &[char],
        operand: fn(&mut Self) -> Result<Expression, FormulaError>,
    ) -> Result<Expression, FormulaError> {
        let first = operand(self)?;
        let mut rest = Vec::new();
        while let Some(symbol) = self.take_symbol(symbols) {
            let operator = match symbol {
                '/' => Operator::Divide,
                '-' => Operator::Minus,
                '+' => Operator::Plus,
                _ => Operator::Times,
            };
            rest.push((operator, operand(self)?));
        }
        Ok(if rest.is_empty() {
            first
        } else {
            Expression::Chain(Box::new(first), rest)
        })
    }

    fn factor(&mut self) -> Result<Expression, FormulaError> {
        let column = self.column();
        if let Some(symbol) = self.take_symbol(&['-', '+', '(']) {
            self.depth += 1;
            if self.depth > DEEPEST {
                return Err(FormulaError::TooDeep { column });
            }
            let inner = match symbol {
                '-' => Expression::Negated(Box::new(self.factor()?)),
                '+' => self.factor()?,
                _ => {
                    let inner = self.expression()?;
                    self.take_symbol(&[')']).ok_or_else(|| self.unexpected())?;
                    inner
                }
            };
            self.depth -= 1;
            return Ok(inner);
        }
        let operand = match self.ahead(0) {
            Some(Token::Variable(Variable::Ttc)) if !self.assigned => {
                return Err(FormulaError::NeverAssigned);
            }
            Some(Token::Variable(variable)) => Expression::Variable(variable),
            Some(Token::Number(number)) => Expression::Number(number),
            _ => return Err(self.unexpected()),
        };
        self.next += 1;
        Ok(operand)
    }

    fn ahead(&self, by: usize) -> Option<Token> {
        self.tokens.get(self.next + by).map(|(_, token)| *token)
    }

    fn take_symbol(&mut self, symbols: &[char]) -> Option<char> {
        match self.ahead(0) {
            Some(Token::Symbol(symbol)) if symbols.contains(&symbol) => {
                self.next += 1;
                Some(symbol)
            }
            _ => None,
        }
    }

    fn column(&self) -> usize {
        self.tokens
            .get(self.next)
            .map_or(self.end, |(column, _)| *column)
    }

    fn unexpected(&self) -> FormulaError {
        let found = match self.ahead(0) {
            None => "end".to_owned(),
            Some(Token::Symbol(symbol)) => format!("`{symbol}`"),
            Some(Token::Number(number)) => format!("`{number}`"),
            Some(Token::Variable(variable)) => format!("`{}`", variable.name()),
        };
        FormulaError::Syntax {
            column: self.column(),
            found,
        }
    }
}

impl Variable {
    fn name(self) -> &'static str {
        match self {
            Self::Ht => "$ht",
            Self::Tr => "$tr",
            Self::Ttc => "$ttc",
        }
    }
}

fn tokens(text: &str) -> Result<Vec<(usize, Token)>, FormulaError> {
    let mut characters = (1..)
        .zip(text.chars().map(|character| character.to_ascii_lowercase()))
        .peekable();
    let mut tokens = Vec::new();
    while let Some((column, character)) = characters.next() {
        let mut word = String::from(character);
        let mut take = |belongs: fn(char) -> bool| {
            while let Some((_, next)) = characters.next_if(|(_, next)| belongs(*next)) {
                word.push(next);
            }
        };
        let token = match character {
            ' ' | '\t' | '\r' | '\n' => continue,
            '+' | '-' | '*' | '/' | '(' | ')' | '=' | ';' => Token::Symbol(character),
            '$' => {
                take(|next| next.is_ascii_alphanumeric() || next == '_');
                Token::Variable(match word.as_str() {
                    "$ht" => Variable::Ht,
                    "$tr" => Variable::Tr,
                    "$ttc" => Variable::Ttc,
                    _ => {
                        return Err(FormulaError::UnknownVariable {
                            column,
                            name: excerpt(&word),
                        });
                    }
                })
            }
            '0'..='9' | '.' => {
                take(|next| next.is_ascii_digit() || next == '.');
                // PHP writes `.5` and `5.` too.
                let padded = match word.strip_suffix('.') {
                    Some(whole) => format!("0{whole}"),
                    None => format!("0{word}"),
                };
                let number = if word == "." {
                    None
                } else {
                    parse_decimal(&padded).ok()
                };
                Token::Number(number.ok_or_else(|| FormulaError::Syntax {
                    column,
                    found: format!("`{}`", excerpt(&word)),
                })?)
            }
            _ => {
                take(|next| next.is_ascii_alphanumeric() || next == '_');
                return Err(FormulaError::Syntax {
                    column,
                    found: format!("`{}`", excerpt(&word)),
                });
            }
        };
        tokens.push((column, token));
    }
    Ok(tokens)
}

const DEEPEST: usize = 32;
const LONGEST_FORMULA: usize = 1024;

#[cfg(test)]
mod tests;
