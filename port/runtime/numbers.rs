pub(crate) fn round(number: f64, places: impl Into<Option<i64>>) -> f64 {
    let places = places.into().unwrap_or(0).clamp(-300, 300) as i32;
    let factor = 10_f64.powi(places.abs());
    let moved = if places < 0 { number / factor } else { number * factor };
    if !moved.is_finite() {
        return number;
    }
    // What is meant to be a half may be a little less.
    let mut whole = moved.round();
    let text = format!("{moved:.14e}");
    if let Ok(near) = text.parse::<f64>() {
        whole = near.round();
    }
    if places < 0 { whole * factor } else { whole / factor }
}

pub(crate) fn floor(number: f64) -> f64 {
    number.floor()
}

pub(crate) fn ceil(number: f64) -> f64 {
    number.ceil()
}

pub(crate) fn sqrt(number: f64) -> f64 {
    number.sqrt()
}

pub(crate) fn exp(number: f64) -> f64 {
    number.exp()
}

pub(crate) fn log(number: f64) -> f64 {
    number.ln()
}

pub(crate) fn log10(number: f64) -> f64 {
    number.log10()
}

pub(crate) fn sin(number: f64) -> f64 {
    number.sin()
}

pub(crate) fn cos(number: f64) -> f64 {
    number.cos()
}

pub(crate) fn tan(number: f64) -> f64 {
    number.tan()
}

pub(crate) fn atan(number: f64) -> f64 {
    number.atan()
}

pub(crate) fn asin(number: f64) -> f64 {
    number.asin()
}

pub(crate) fn acos(number: f64) -> f64 {
    number.acos()
}

pub(crate) fn deg2rad(number: f64) -> f64 {
    number / 180.0 * std::f64::consts::PI
}

pub(crate) fn rad2deg(number: f64) -> f64 {
    number / std::f64::consts::PI * 180.0
}

pub(crate) fn atan2(y: f64, x: f64) -> f64 {
    y.atan2(x)
}

pub(crate) fn fmod(number: f64, by: f64) -> f64 {
    number % by
}

pub(crate) fn hypot(x: f64, y: f64) -> f64 {
    x.hypot(y)
}

pub(crate) fn intdiv(a: i64, b: i64) -> i64 {
    if b == 0 {
        fatal("DivisionByZeroError: Division by zero");
    }
    a.checked_div(b).unwrap_or_else(|| fatal("ArithmeticError: Division of PHP_INT_MIN by -1 is not an integer"))
}

pub(crate) fn modulo(a: i64, b: i64) -> i64 {
    if b == 0 {
        fatal("DivisionByZeroError: Modulo by zero");
    }
    a.wrapping_rem(b)
}

/// The largest number that `mt_rand` returns without arguments.
pub(crate) fn mt_getrandmax() -> i64 {
    0x7fff_ffff
}

/// `/` between floats.
pub(crate) fn divide(a: f64, b: f64) -> f64 {
    if b == 0.0 {
        fatal("DivisionByZeroError: Division by zero");
    }
    a / b
}

/// `array_rand($list)`
pub(crate) fn any_place(count: usize) -> i64 {
    if count == 0 {
        fatal("ValueError: array_rand(): Argument #1 ($array) must not be empty");
    }
    rand(0, count as i64 - 1)
}

/// `array_rand($array)`
pub(crate) fn any_of<K: Clone>(keys: Vec<K>) -> K {
    keys[to_usize(any_place(keys.len()))].clone()
}

pub(crate) fn is_nan(number: f64) -> bool {
    number.is_nan()
}

pub(crate) fn is_infinite(number: f64) -> bool {
    number.is_infinite()
}

pub(crate) fn is_finite(number: f64) -> bool {
    number.is_finite()
}

pub(crate) fn checkdate(month: i64, day: i64, year: i64) -> bool {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    (1..=12).contains(&month) && (1..=days).contains(&day) && (1..=32767).contains(&year)
}

/// `hrtime(true)`: nanoseconds of a clock that is never set.
pub(crate) fn hrtime() -> i64 {
    static START: std::sync::LazyLock<std::time::Instant> = std::sync::LazyLock::new(std::time::Instant::now);
    1_000_000_000 + START.elapsed().as_nanos() as i64
}

pub(crate) fn rand(from: i64, to: i64) -> i64 {
    use std::hash::{BuildHasher, Hasher};
    if to < from {
        fatal("ValueError: the maximum must be greater than or equal to the minimum");
    }
    let number = std::hash::RandomState::new().build_hasher().finish();
    let count = (i128::from(to) - i128::from(from) + 1) as u128;
    (i128::from(from) + (u128::from(number) % count) as i128) as i64
}

/// `rand()` without bounds.
pub(crate) fn rand_any() -> i64 {
    rand(0, 0x7fff_ffff)
}

/// `/` between ints. PHP has an int where nothing is left, which is printed alike as long as it is not too large.
pub(crate) fn quotient(a: i64, b: i64) -> f64 {
    if a.unsigned_abs() >= 1_000_000_000_000_000 {
        fatal("OverflowException: this program does not divide ints of sixteen digits");
    }
    divide(a as f64, b as f64)
}

/// `<<` by a number that is computed.
pub(crate) fn shift_left(a: i64, count: i64) -> i64 {
    if count < 0 {
        fatal("ArithmeticError: Bit shift by negative number");
    }
    if count > 63 { 0 } else { a << count }
}

/// `>>` by a number that is computed.
pub(crate) fn shift_right(a: i64, count: i64) -> i64 {
    if count < 0 {
        fatal("ArithmeticError: Bit shift by negative number");
    }
    a >> count.min(63)
}
