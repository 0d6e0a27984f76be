"""Amounts as GNU Taler writes them, `CUR:12.5`: strict, and exact in units of 10⁻⁸ of the currency."""

import re

WRITTEN = re.compile(r"([A-Z]{1,11}):([0-9]+)(?:\.([0-9]{1,8}))?", re.ASCII)
LARGEST = 2 ** 52
UNIT = 10 ** 8


class AmountError(ValueError):
    """No amount, or one of another currency, or too large."""


class Amount:
    """So many units of a currency."""

    def __init__(self, currency, units):
        if units < 0 or units // UNIT > LARGEST:
            raise AmountError(f"{currency}: out of range")
        self.currency, self.units = currency, units

    @classmethod
    def parse(cls, text):
        found = WRITTEN.fullmatch(text) if isinstance(text, str) else None
        if not found:
            raise AmountError(f"no amount: {text!r}")
        currency, whole, fraction = found.groups()
        return cls(currency, int(whole) * UNIT + int((fraction or "").ljust(8, "0")))

    @classmethod
    def zero(cls, currency):
        return cls(currency, 0)

    def __str__(self):
        whole, fraction = divmod(self.units, UNIT)
        return f"{self.currency}:{whole}" + (f".{fraction:08}".rstrip("0") if fraction else "")

    def __repr__(self):
        return f"Amount({self})"

    def same(self, other):
        if self.currency != other.currency:
            raise AmountError(f"{self.currency} is not {other.currency}")
        return other.units

    def __add__(self, other):
        return Amount(self.currency, self.units + self.same(other))

    def __sub__(self, other):
        return Amount(self.currency, self.units - self.same(other))

    def __eq__(self, other):
        return isinstance(other, Amount) and (self.currency, self.units) == (other.currency, other.units)

    def __lt__(self, other):
        return self.units < self.same(other)

    def __le__(self, other):
        return self.units <= self.same(other)

    def __bool__(self):
        return self.units > 0

    __hash__ = None
