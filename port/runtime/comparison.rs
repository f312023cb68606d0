/// The text of a float: 14 digits, as PHP prints them unless php.ini says otherwise.
pub(crate) fn float_text(number: f64) -> String {
    digits_of(number, &format!("{number:.13e}"), 14)
}

/// The text of a float with as many digits as it needs, as var_dump writes it.
pub(crate) fn float_exact(number: f64) -> String {
    digits_of(number, &format!("{number:e}"), 17)
}

pub(crate) fn digits_of(number: f64, scientific: &str, places: i32) -> String {
    if number.is_nan() {
        return "NAN".into();
    }
    if number.is_infinite() {
        return if number > 0.0 { "INF".into() } else { "-INF".into() };
    }
    let (digits, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let digits = if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits };
    let limit = if places == 17 { 15 } else { places };
    if !(-4..limit).contains(&exponent) {
        let point = if digits.contains('.') { "" } else { ".0" };
        return format!("{digits}{point}E{}{}", if exponent < 0 { '-' } else { '+' }, exponent.abs());
    }
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |digits| ("-", digits));
    let figures = digits.replace('.', "");
    if exponent < 0 {
        return format!("{sign}0.{}{figures}", "0".repeat(to_usize(-exponent - 1)));
    }
    let whole = to_usize(exponent) + 1;
    if figures.len() <= whole {
        return format!("{sign}{figures}{}", "0".repeat(whole - figures.len()));
    }
    format!("{sign}{}.{}", &figures[..whole], &figures[whole..])
}

pub(crate) fn number(text: impl Bytes) -> i64 {
    if !is_numeric(&text) {
        fatal("TypeError: an int is wanted, a string given");
    }
    intval(text)
}

/// A string in arithmetic. Where it is a float, the program ends: it calculates with ints.
pub(crate) fn operand(text: impl Bytes) -> i64 {
    let text = text.bytes();
    let (start, end, int) = numeric_prefix(&text);
    if start == end {
        fatal("TypeError: Unsupported operand types: string and int");
    }
    let digits = std::str::from_utf8(&text[start..end]).unwrap_or_default();
    match digits.parse() {
        Ok(number) if int => {
            if !is_numeric(&*text) {
                warning("A non-numeric value encountered");
            }
            number
        }
        _ => fatal(format!("OverflowException: this program does not calculate with the float {digits}")),
    }
}

/// Whether two strings are the same bytes.
pub(crate) fn same(a: impl Bytes, b: impl Bytes) -> bool {
    a.bytes() == b.bytes()
}

/// What `if ($text)` asks: `""` and `"0"` are false.
pub(crate) fn is_true(text: &(impl Bytes + ?Sized)) -> bool {
    let text = text.bytes();
    !text.is_empty() && *text != *b"0"
}

/// The part of a text that PHP reads as a number, and whether it is an int.
pub(crate) fn numeric_prefix(text: &[u8]) -> (usize, usize, bool) {
    let start = text.iter().take_while(|b| b" \t\n\r\x0b\x0c".contains(b)).count();
    let digits = |from: usize| text[from.min(text.len())..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut end = start + usize::from(matches!(text.get(start), Some(b'+' | b'-')));
    let whole = digits(end);
    end += whole;
    let (mut int, mut part) = (true, 0);
    if text.get(end) == Some(&b'.') {
        part = digits(end + 1);
        if whole + part > 0 {
            int = false;
            end += 1 + part;
        }
    }
    if whole + part == 0 {
        return (start, start, true);
    }
    if matches!(text.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(text.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits(end + 1 + sign);
        if exponent > 0 {
            int = false;
            end += 1 + sign + exponent;
        }
    }
    (start, end, int)
}

/// `(float) $text`
pub(crate) fn floatval(text: impl Bytes) -> f64 {
    let text = text.bytes();
    let (start, end, _) = numeric_prefix(&text);
    std::str::from_utf8(&text[start..end]).ok().and_then(|text| text.parse().ok()).unwrap_or(0.0)
}

/// `(int) $float`: what is too large wraps around, as in PHP.
pub(crate) fn truncated(number: f64) -> i64 {
    const RANGE: f64 = 18_446_744_073_709_551_616.0;
    if !number.is_finite() {
        return 0;
    }
    if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&number) {
        return number as i64;
    }
    number.trunc().rem_euclid(RANGE) as u64 as i64
}

/// `(int) $text`: the number at its beginning, or 0.
pub(crate) fn intval(text: impl Bytes) -> i64 {
    let text = text.bytes();
    let (start, end, int) = numeric_prefix(&text);
    let number = std::str::from_utf8(&text[start..end]).unwrap_or_default();
    if !int {
        return truncated(floatval(&*text));
    }
    number.parse().unwrap_or(if number.is_empty() || number == "+" || number == "-" {
        0
    } else if number.starts_with('-') {
        i64::MIN
    } else {
        i64::MAX
    })
}

/// `intval($text, $base)` with a base of 2, 8 or 16, whose sign (`0b`, `0x`) may be in front.
pub(crate) fn intval_of(text: impl Bytes, base: u32) -> i64 {
    let text = text.bytes();
    let text = text.trim_ascii_start();
    let (negative, digits) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    };
    let letter = if base == 2 { b'b' } else { b'x' };
    let digits = match digits {
        [b'0', mark, rest @ ..] if base != 8 && mark.to_ascii_lowercase() == letter => rest,
        _ => digits,
    };
    let values = digits.iter().map_while(|b| char::from(*b).to_digit(base));
    let number = values.fold(0_i128, |sum, digit| (sum * i128::from(base) + i128::from(digit)).min(1 << 64));
    let number = if negative { -number } else { number };
    i64::try_from(number).unwrap_or(if negative { i64::MIN } else { i64::MAX })
}

pub(crate) fn is_numeric(text: impl Bytes) -> bool {
    let text = text.bytes();
    let (start, end, _) = numeric_prefix(&text);
    end > start && text[end..].iter().all(|b| b" \t\n\r\x0b\x0c".contains(b))
}

/// `==` between strings: two numbers are compared as numbers.
pub(crate) fn equal(a: impl Bytes, b: impl Bytes) -> bool {
    compare(a, b) == Ordering::Equal
}

/// `==`, `<` and `>` between strings, or a string and a number.
pub(crate) fn compare(a: impl Bytes, b: impl Bytes) -> Ordering {
    let (a, b) = (a.bytes(), b.bytes());
    if is_numeric(&*a) && is_numeric(&*b) {
        let int = |text: &[u8]| numeric_prefix(text).2.then(|| std::str::from_utf8(text).ok()?.trim().parse::<i64>().ok()).flatten();
        let whole = |text: &[u8]| numeric_prefix(text).2;
        return match (int(&a), int(&b)) {
            (Some(a), Some(b)) => a.cmp(&b),
            // Whole numbers that no int holds, and that a float does not tell apart, are compared as strings.
            (None, None) if whole(&a) && whole(&b) && floatval(&*a) == floatval(&*b) => a.cmp(&b),
            _ => floatval(&*a).partial_cmp(&floatval(&*b)).unwrap_or(Ordering::Less),
        };
    }
    a.cmp(&b)
}

const BLANKS: &[u8] = b" \n\r\t\x0b\x0c\0";

/// `<` and `>` where one may be null, which makes both of them bools.
pub(crate) fn order(a: Option<i64>, b: Option<i64>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => a.cmp(&b),
        (a, b) => (a.unwrap_or(0) != 0).cmp(&(b.unwrap_or(0) != 0)),
    }
}
