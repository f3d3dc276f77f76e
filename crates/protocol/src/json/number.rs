//! Numbers of the JSON mapping: quoted or not, integers also with a point or an exponent.

use super::scan::Scanner;
use crate::json::JsonError;

/// The text of a number, quoted or not.
fn number<'s>(scanner: &'s mut Scanner<'_>, expected: &'static str) -> Result<&'s str, JsonError> {
    if scanner.peek() == Some(b'"') { scanner.string() } else { scanner.number(expected) }
}

/// A double, quoted or not; not a number and the infinities have names.
pub(super) fn float(scanner: &mut Scanner<'_>) -> Result<f64, JsonError> {
    const EXPECTED: &str = "a number in the range of a double";
    let start = scanner.position();
    let number = match number(scanner, EXPECTED)? {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        text => parse_finite(text),
    };
    number.ok_or_else(|| {
        scanner.rewind(start);
        scanner.error(EXPECTED)
    })
}

fn parse_finite(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite() && !text.starts_with('+'))
}

/// A float: a double that is rounded, not one beyond the range.
pub(super) fn float32(scanner: &mut Scanner<'_>) -> Result<f32, JsonError> {
    let start = scanner.position();
    let double = float(scanner)?;
    let number = double as f32;
    if number.is_infinite() && double.is_finite() {
        scanner.rewind(start);
        return Err(scanner.error("a number in the range of a float"));
    }
    Ok(number)
}

/// Sign and magnitude of a number without a fraction.
pub(super) fn integer(text: &str) -> Option<(bool, u64)> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some((negative, digits.parse().ok()?));
    }
    let number =
        parse_finite(digits).filter(|number| digits.as_bytes()[0] != b'-' && number.fract() == 0.0)?;
    (number < 2_f64.powi(64)).then_some((negative, number as u64))
}

/// An integer between `least` and `most`.
pub(super) fn signed(scanner: &mut Scanner<'_>, least: i64, most: i64) -> Result<i64, JsonError> {
    in_range(scanner, |negative, magnitude| {
        let number =
            if negative { 0_i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() };
        number.filter(|number| (least..=most).contains(number))
    })
}

/// An integer up to `most`.
pub(super) fn unsigned(scanner: &mut Scanner<'_>, most: u64) -> Result<u64, JsonError> {
    in_range(scanner, |negative, magnitude| {
        (magnitude <= most && !(negative && magnitude > 0)).then_some(magnitude)
    })
}

fn in_range<T>(
    scanner: &mut Scanner<'_>,
    convert: impl FnOnce(bool, u64) -> Option<T>,
) -> Result<T, JsonError> {
    const EXPECTED: &str = "an integer in the range of its type";
    let start = scanner.position();
    let number = integer(number(scanner, EXPECTED)?);
    number.and_then(|(negative, magnitude)| convert(negative, magnitude)).ok_or_else(|| {
        scanner.rewind(start);
        scanner.error(EXPECTED)
    })
}
