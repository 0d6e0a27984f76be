//! Exact fractions for evaluating formulas: 128 bits above and below the line, overflow told, never wrapped.

use rust_decimal::Decimal;

/// A fraction; the denominator is above zero. It is reduced only when an operation would overflow
/// otherwise: for amounts and ratios of a few digits that is never, and powers of ten stay powers of ten.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rational {
    numerator: i128,
    denominator: i128,
}

impl Rational {
    pub(super) fn is_zero(self) -> bool {
        self.numerator == 0
    }

    pub(super) fn negated(self) -> Option<Self> {
        Some(Self {
            numerator: self.numerator.checked_neg()?,
            ..self
        })
    }

    pub(super) fn plus(self, other: Self) -> Option<Self> {
        self.sum(other)
            .or_else(|| self.reduced()?.sum(other.reduced()?))
    }

    pub(super) fn times(self, other: Self) -> Option<Self> {
        self.product(other).or_else(|| {
            let (left, right) = (self.reduced()?, other.reduced()?);
            let across = Self {
                numerator: left.numerator,
                denominator: right.denominator,
            }
            .reduced()?;
            let back = Self {
                numerator: right.numerator,
                denominator: left.denominator,
            }
            .reduced()?;
            across.product(back)
        })
    }

    /// The quotient; `None` also for a divisor of zero.
    pub(super) fn over(self, other: Self) -> Option<Self> {
        if other.is_zero() {
            return None;
        }
        let numerator = other.denominator.checked_mul(other.numerator.signum())?;
        self.times(Self {
            numerator,
            denominator: other.numerator.checked_abs()?,
        })
    }

    /// As a decimal, cut towards zero after as many digits as it can hold.
    pub(super) fn truncated(self) -> Option<Decimal> {
        let scale = self.denominator.ilog10();
        if self.denominator == 10_i128.pow(scale)
            && let Ok(exact) = Decimal::try_from_i128_with_scale(self.numerator, scale)
        {
            return Some(exact);
        }
        let Self {
            numerator,
            denominator,
        } = self.reduced()?;
        let (divisor, sign) = (denominator.unsigned_abs(), numerator.signum());
        let mut digits = numerator.unsigned_abs() / divisor;
        let mut rest = numerator.unsigned_abs() % divisor;
        let mut scale = 0;
        if digits > LARGEST_MANTISSA {
            return None;
        }
        while rest != 0 && scale < Decimal::MAX_SCALE {
            let shifted = rest.checked_mul(10)?;
            let longer = digits * 10 + shifted / divisor;
            if longer > LARGEST_MANTISSA {
                break;
            }
            (digits, rest, scale) = (longer, shifted % divisor, scale + 1);
        }
        Decimal::try_from_i128_with_scale(sign * i128::try_from(digits).ok()?, scale).ok()
    }

    fn sum(self, other: Self) -> Option<Self> {
        if self.denominator == other.denominator {
            return Some(Self {
                numerator: self.numerator.checked_add(other.numerator)?,
                ..self
            });
        }
        let shared = i128::try_from(divisor(
            self.denominator.unsigned_abs(),
            other.denominator.unsigned_abs(),
        ))
        .ok()?;
        let (left, right) = (self.denominator / shared, other.denominator / shared);
        let numerator = self
            .numerator
            .checked_mul(right)?
            .checked_add(other.numerator.checked_mul(left)?)?;
        Some(Self {
            numerator,
            denominator: left.checked_mul(other.denominator)?,
        })
    }

    fn product(self, other: Self) -> Option<Self> {
        Some(Self {
            numerator: self.numerator.checked_mul(other.numerator)?,
            denominator: self.denominator.checked_mul(other.denominator)?,
        })
    }

    fn reduced(self) -> Option<Self> {
        let shared = i128::try_from(divisor(
            self.numerator.unsigned_abs(),
            self.denominator.unsigned_abs(),
        ))
        .ok()?;
        Some(Self {
            numerator: self.numerator / shared,
            denominator: self.denominator / shared,
        })
    }
}

impl From<Decimal> for Rational {
    fn from(decimal: Decimal) -> Self {
        Self {
            numerator: decimal.mantissa(),
            denominator: 10_i128.pow(decimal.scale()),
        }
    }
}

/// The greatest common divisor (Euclid); of a denominator and anything it is at least 1.
fn divisor(mut left: u128, mut right: u128) -> u128 {
    // Small numbers are the rule, and several times faster in 64 bits.
    while let (Err(_), _) | (_, Err(_)) = (u64::try_from(left), u64::try_from(right)) {
        if right == 0 {
            return left;
        }
        (left, right) = (right, left % right);
    }
    let (mut left, mut right) = (left as u64, right as u64);
    while right != 0 {
        (left, right) = (right, left % right);
    }
    left.into()
}

const LARGEST_MANTISSA: u128 = (1 << 96) - 1;

#[cfg(test)]
mod tests {
    use super::*;

    fn rational(text: &str) -> Rational {
        text.parse::<Decimal>().unwrap().into()
    }

    fn print(rational: Rational) -> String {
        rational.truncated().unwrap().to_string()
    }

    #[test]
    fn thirds_are_exact() {
        let third = rational("1").over(rational("3")).unwrap();
        assert_eq!(print(third.plus(third).unwrap().plus(third).unwrap()), "1");
        assert_eq!(print(third.times(rational("-3")).unwrap()), "-1");
    }

    #[test]
    fn cuts_towards_zero_and_does_not_round() {
        let two_thirds = rational("2").over(rational("3")).unwrap();
        assert_eq!(print(two_thirds), "0.6666666666666666666666666666");
        assert_eq!(
            print(two_thirds.negated().unwrap()),
            "-0.6666666666666666666666666666"
        );
    }

    #[test]
    fn reduces_only_before_it_overflows() {
        let large = rational("79228162514264337593543950335");
        let near_one = large
            .over(rational("79228162514264337593543950334"))
            .unwrap();
        let back = near_one.times(large.over(large).unwrap()).unwrap();
        assert_eq!(print(back), "1.0000000000000000000000000000");
        assert!(large.times(large).is_none());
        assert_eq!(
            print(
                large
                    .times(rational("10").over(rational("10")).unwrap())
                    .unwrap()
            ),
            large_text()
        );
    }

    #[test]
    fn refuses_what_no_decimal_holds() {
        let large = rational(&large_text());
        assert!(large.plus(rational("1")).unwrap().truncated().is_none());
        assert!(large.over(rational("0")).is_none());
    }

    fn large_text() -> String {
        Decimal::MAX.to_string()
    }
}
