use std::cmp::Ordering;

/// A JSON number by its digits, so that comparisons never round.
#[derive(Clone, Debug)]
pub(super) struct Decimal {
    negative: bool,
    /// Without zeros at either end; empty for zero.
    digits: Vec<u8>,
    /// Power of ten of the last digit.
    exponent: i64,
}

impl Decimal {
    /// Reads a text that is a number in JSON's grammar.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let end = crate::json::number_end(text.as_bytes(), 0).ok()?;
        if end != text.len() {
            return None;
        }
        let (mantissa, power) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        // Larger exponents do not occur in practice, and sums of exponents cannot overflow.
        let far = if power.starts_with('-') {
            -1_000_000_000
        } else {
            1_000_000_000
        };
        let mut exponent = power.parse().unwrap_or(far).clamp(-1_000_000_000, 1_000_000_000);
        let (negative, mantissa) = mantissa
            .strip_prefix('-')
            .map_or((false, mantissa), |rest| (true, rest));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut digits: Vec<u8> = whole
            .bytes()
            .chain(fraction.bytes())
            .skip_while(|digit| *digit == b'0')
            .collect();
        exponent -= fraction.len() as i64;
        while digits.last() == Some(&b'0') {
            digits.pop();
            exponent += 1;
        }
        Some(Self {
            negative: negative && !digits.is_empty(),
            digits,
            exponent,
        })
    }

    pub(super) const fn is_integer(&self) -> bool {
        self.exponent >= 0 || self.digits.is_empty()
    }

    pub(super) fn compare(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.compare_magnitude(other),
            (true, true) => other.compare_magnitude(self),
        }
    }

    fn compare_magnitude(&self, other: &Self) -> Ordering {
        let zero = other.digits.is_empty().cmp(&self.digits.is_empty());
        if zero != Ordering::Equal || self.digits.is_empty() {
            return zero;
        }
        let lead = |number: &Self| number.exponent + number.digits.len() as i64;
        lead(self)
            .cmp(&lead(other))
            .then_with(|| self.digits.cmp(&other.digits))
    }

    /// Whether this is a multiple of `step`; `None` if the numbers are too far apart for a cheap check.
    pub(super) fn is_multiple_of(&self, step: &Self) -> Option<bool> {
        if step.digits.is_empty() {
            return None;
        }
        let exponent = self.exponent.min(step.exponent);
        let step_zeros = step.exponent - exponent;
        let zeros = self.exponent - exponent;
        // A modulus below 10¹⁸ keeps ten times a remainder within 64 bits.
        if step.digits.len() as i64 + step_zeros > 18 || zeros > 10_000 {
            return None;
        }
        let mut modulus: u64 = 0;
        for digit in step.digits.iter().copied().chain((0..step_zeros).map(|_| b'0')) {
            modulus = modulus * 10 + u64::from(digit - b'0');
        }
        let mut rest: u64 = 0;
        for digit in self.digits.iter().copied().chain((0..zeros).map(|_| b'0')) {
            rest = (rest * 10 + u64::from(digit - b'0')) % modulus;
        }
        Some(rest == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text).unwrap_or_else(|| panic!("{text} is a number"))
    }

    #[test]
    fn only_json_numbers() {
        for text in ["", "-", "+1", "01", ".5", "5.", "1e", "0x1", "NaN", "1 ", "1_0"] {
            assert!(Decimal::parse(text).is_none(), "{text} is no JSON number");
        }
    }

    #[test]
    fn integers_by_value() {
        for (text, whole) in [
            ("1.0", true),
            ("1e3", true),
            ("1.5e1", true),
            ("1.5", false),
            ("1e-1", false),
            ("-0.0", true),
        ] {
            assert_eq!(decimal(text).is_integer(), whole, "{text}");
        }
        assert!(
            !decimal("1e-99999999999999999999").is_integer(),
            "an exponent beyond 64 bits keeps its sign"
        );
    }

    #[test]
    fn multiples() {
        for (value, step, want) in [
            ("0.3", "0.1", Some(true)),
            ("0.35", "0.1", Some(false)),
            ("-9", "3", Some(true)),
            ("9007199254740993", "2", Some(false)),
            ("1e400", "7", Some(false)),
            ("0", "5", Some(true)),
            ("1", "0", None),
            ("1e20000", "7", None),
        ] {
            assert_eq!(
                decimal(value).is_multiple_of(&decimal(step)),
                want,
                "{value} of {step}"
            );
        }
    }

    proptest! {
        #[test]
        fn order_is_that_of_integers(a in any::<i64>(), b in any::<i64>(), small in -50_i64..50, tiny in -50_i64..50) {
            for (a, b) in [(a, b), (small, tiny), (a, small)] {
                prop_assert_eq!(decimal(&a.to_string()).compare(&decimal(&b.to_string())), a.cmp(&b));
                let (c, d) = (format!("{a}e-3"), format!("{b}.000e-3"));
                prop_assert_eq!(decimal(&c).compare(&decimal(&d)), a.cmp(&b), "{} {}", c, d);
            }
        }
    }
}
