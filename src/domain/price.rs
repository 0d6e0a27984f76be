//! The unit price of a product by quantity: the plugin's five bands.

use rust_decimal::Decimal;

use crate::domain::quantity::Quantity;

/// The columns `range1..5` and `price1..5` of a catalogue item.
///
/// `price1` holds up to and including `range1` units, `price2` up to `range2`, and so on to the fifth;
/// beyond a fifth range its price goes on holding. A range of zero ends the list: its price holds for
/// any larger quantity, and the bands after it are not looked at. So `5: 10.00, 10: 9.00, 0: 8.00` is
/// 10.00 up to 5 units, 9.00 up to 10, and 8.00 above. A band left wholly empty (`0: 0.00`) after the first is none.
///
/// Prices are untaxed and in major units, and may be finer than the minor unit (columns hold three decimals).
///
/// The default has no bands and a price of zero: a place-holder for a product that is off sale because its
/// columns are wrong, never a price to sell at.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct PriceBands {
    bounded: Vec<(u32, Decimal)>,
    beyond: Decimal,
}

impl PriceBands {
    /// The five columns in their order: the last quantity of the band, and its unit price.
    ///
    /// # Errors
    /// [`PriceError::RangesNotIncreasing`] and [`PriceError::NegativePrice`], for the bands in use.
    pub fn new(columns: [(u32, Decimal); 5]) -> Result<Self, PriceError> {
        let mut bounded = Vec::with_capacity(columns.len());
        let mut previous = 0;
        let mut beyond = Decimal::ZERO;
        for (band, (range, price)) in (1_u8..).zip(columns) {
            if price.is_sign_negative() && !price.is_zero() {
                return Err(PriceError::NegativePrice { band, price });
            }
            if range == 0 {
                // A band that nobody filled in is no gift: the last price goes on holding.
                let unfilled = price.is_zero() && !bounded.is_empty();
                beyond = if unfilled { beyond } else { price };
                break;
            }
            beyond = price;
            if range <= previous {
                return Err(PriceError::RangesNotIncreasing {
                    band,
                    range,
                    previous,
                });
            }
            previous = range;
            bounded.push((range, price));
        }
        Ok(Self { bounded, beyond })
    }

    /// The bands in order: the last quantity of each (`None`: no end) and its unit price in major units.
    pub fn iter(&self) -> impl Iterator<Item = (Option<u32>, Decimal)> {
        let last = self.bounded.last().map(|(_, price)| *price);
        let beyond = (last != Some(self.beyond)).then_some((None, self.beyond));
        self.bounded
            .iter()
            .map(|(range, price)| (Some(*range), *price))
            .chain(beyond)
    }

    /// The price of one unit when this many are bought, in major units.
    #[must_use]
    pub fn unit_price(&self, quantity: Quantity) -> Decimal {
        self.bounded
            .iter()
            .find(|(range, _)| quantity.units() <= *range)
            .map_or(self.beyond, |(_, price)| *price)
    }
}

/// Why a product's price bands were refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PriceError {
    /// A price below zero; correct the product in the catalogue.
    #[error("price {band} is `{price}`, below zero")]
    NegativePrice {
        /// Which of the five, from 1.
        band: u8,
        /// The price, in major units.
        price: Decimal,
    },
    /// A band that ends before it begins; correct the product in the catalogue.
    #[error("range {band} is `{range}`, not above the `{previous}` before it")]
    RangesNotIncreasing {
        /// Which of the five, from 1.
        band: u8,
        /// Its last quantity.
        range: u32,
        /// The last quantity of the band before it.
        previous: u32,
    },
}

impl PriceError {
    /// The stable name of the error, also its language-string key.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NegativePrice { .. } => "negative_price",
            Self::RangesNotIncreasing { .. } => "price_ranges_not_increasing",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(columns: [(u32, &str); 5]) -> [(u32, Decimal); 5] {
        columns.map(|(range, price)| (range, price.parse().unwrap()))
    }

    fn prices(bands: &PriceBands, quantities: &[u32]) -> Vec<String> {
        quantities
            .iter()
            .map(|&units| bands.unit_price(Quantity::new(units).unwrap()).to_string())
            .collect()
    }

    #[test]
    fn all_five_bands_are_honoured_and_the_fifth_goes_on() {
        let bands =
            PriceBands::new(columns([(1, "5"), (2, "4"), (3, "3"), (4, "2"), (5, "1")])).unwrap();
        assert_eq!(
            prices(&bands, &[1, 2, 3, 4, 5, 6, u32::MAX]),
            ["5", "4", "3", "2", "1", "1", "1"]
        );
    }

    #[test]
    fn an_open_fifth_band_is_reached() {
        let bands =
            PriceBands::new(columns([(1, "5"), (2, "4"), (3, "3"), (4, "2"), (0, "1")])).unwrap();
        assert_eq!(prices(&bands, &[4, 5, 6]), ["2", "1", "1"]);
    }

    #[test]
    fn a_range_of_zero_ends_the_bands() {
        let bands = PriceBands::new(columns([
            (5, "10.00"),
            (10, "9.00"),
            (0, "8.00"),
            (3, "7.00"),
            (0, "-6"),
        ]))
        .unwrap();
        assert_eq!(
            prices(&bands, &[1, 5, 6, 10, 11, 5000]),
            ["10.00", "10.00", "9.00", "9.00", "8.00", "8.00"]
        );
        let single = PriceBands::new(columns([
            (0, "19.99"),
            (0, "0"),
            (0, "0"),
            (0, "0"),
            (0, "0"),
        ]))
        .unwrap();
        assert_eq!(prices(&single, &[1, 1000]), ["19.99", "19.99"]);
    }

    #[test]
    fn a_band_that_nobody_filled_in_is_no_gift() {
        let bands = PriceBands::new(columns([
            (5, "10"),
            (10, "9"),
            (0, "0"),
            (0, "0"),
            (0, "0"),
        ]))
        .unwrap();
        assert_eq!(prices(&bands, &[10, 11, 5000]), ["9", "9", "9"]);
    }

    #[test]
    fn ranges_that_do_not_increase_are_refused() {
        let error = PriceBands::new(columns([(5, "10"), (5, "9"), (0, "8"), (0, "0"), (0, "0")]))
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "range 2 is `5`, not above the `5` before it"
        );
        assert!(
            PriceBands::new(columns([(5, "10"), (4, "9"), (0, "8"), (0, "0"), (0, "0")])).is_err()
        );
    }

    #[test]
    fn negative_prices_are_refused() {
        let error = PriceBands::new(columns([
            (5, "10"),
            (0, "-0.001"),
            (0, "0"),
            (0, "0"),
            (0, "0"),
        ]))
        .unwrap_err();
        assert_eq!(
            error,
            PriceError::NegativePrice {
                band: 2,
                price: "-0.001".parse().unwrap()
            }
        );
        assert_eq!(error.code(), "negative_price");
    }
}
