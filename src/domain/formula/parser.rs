//! From the text of a formula to its statements.

use rust_decimal::Decimal;

use super::{Expression, FormulaError, Operator, Statement, Variable};
use crate::domain::money::{excerpt, parse_decimal};

/// Recursive descent, one function a rule; only `factor` nests, and it counts.
pub(super) struct Parser {
    tokens: Vec<(usize, Token)>,
    next: usize,
    end: usize,
    depth: usize,
    assigned: bool,
}

impl Parser {
    pub(super) fn new(text: &str) -> Result<Self, FormulaError> {
        Ok(Self {
            tokens: tokens(text)?,
            next: 0,
            end: text.chars().count() + 1,
            depth: 0,
            assigned: false,
        })
    }

    pub(super) fn formula(mut self) -> Result<Vec<Statement>, FormulaError> {
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

#[derive(Clone, Copy, Debug, PartialEq)]
enum Token {
    Number(Decimal),
    Symbol(char),
    Variable(Variable),
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
