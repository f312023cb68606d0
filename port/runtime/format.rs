/// `%e`: one digit, a point, `places` more and the exponent.
pub(crate) fn scientific(number: f64, places: usize) -> String {
    let text = format!("{number:.places$e}");
    match text.split_once('e') {
        Some((digits, exponent)) if exponent.starts_with('-') => format!("{digits}e{exponent}"),
        Some((digits, exponent)) => format!("{digits}e+{exponent}"),
        None => text,
    }
}

/// `sprintf`: %s %d %u %f %x %X %o %b %c %e and %%, with places, flags, width and precision.
pub(crate) fn sprintf(format: impl Bytes, values: &[&dyn Bytes]) -> Vec<u8> {
    let format = format.bytes();
    let (mut out, mut at, mut next) = (Vec::new(), 0, 0);
    while at < format.len() {
        if format[at] != b'%' {
            out.push(format[at]);
            at += 1;
            continue;
        }
        at += 1;
        if format.get(at) == Some(&b'%') {
            out.push(b'%');
            at += 1;
            continue;
        }
        // `%2$s`
        let digits = format[at..].iter().take_while(|b| b.is_ascii_digit()).count();
        let mut place = None;
        if digits > 0 && format.get(at + digits) == Some(&b'$') {
            place = to_usize(intval(&format[at..at + digits])).checked_sub(1);
            at += digits + 1;
        }
        let (mut left, mut plus, mut pad) = (false, false, b' ');
        loop {
            match format.get(at) {
                Some(b'-') => left = true,
                Some(b'+') => plus = true,
                Some(b'0') => pad = b'0',
                Some(b' ') => pad = b' ',
                Some(b'\'') => {
                    at += 1;
                    pad = format.get(at).copied().unwrap_or(b' ');
                }
                _ => break,
            }
            at += 1;
        }
        let number = |at: &mut usize| {
            let digits = format[*at..].iter().take_while(|b| b.is_ascii_digit()).count();
            let number = to_usize(intval(&format[*at..*at + digits]));
            *at += digits;
            number
        };
        let width = number(&mut at);
        let precision = (format.get(at) == Some(&b'.')).then(|| {
            at += 1;
            number(&mut at)
        });
        let this = place.unwrap_or(next);
        let Some(value) = values.get(this) else {
            fatal(format!("ArgumentCountError: {} arguments are required, {} given", this + 2, values.len() + 1))
        };
        next += usize::from(place.is_none());
        let value = value.bytes();
        let sign = |number: f64| if plus && number >= 0.0 { "+" } else { "" };
        let text = match format.get(at) {
            Some(b's') => value[..precision.unwrap_or(value.len()).min(value.len())].to_vec(),
            Some(b'd' | b'i') => format!("{}{}", sign(intval(&*value) as f64), intval(&*value)).into_bytes(),
            Some(b'u') => (intval(&*value) as u64).to_string().into_bytes(),
            Some(b'f' | b'F') => {
                let number = floatval(&*value);
                let places = precision.unwrap_or(6);
                format!("{}{number:.places$}", sign(number)).into_bytes()
            }
            Some(b'e' | b'E') => {
                let number = floatval(&*value);
                let text = format!("{}{}", sign(number), scientific(number, precision.unwrap_or(6)));
                if format[at] == b'E' { text.to_uppercase() } else { text }.into_bytes()
            }
            Some(b'x') => format!("{:x}", intval(&*value)).into_bytes(),
            Some(b'X') => format!("{:X}", intval(&*value)).into_bytes(),
            Some(b'o') => format!("{:o}", intval(&*value)).into_bytes(),
            Some(b'b') => format!("{:b}", intval(&*value)).into_bytes(),
            Some(b'c') => chr(intval(&*value)),
            _ => fatal("ValueError: Unknown format specifier"),
        };
        at += 1;
        let missing = width.saturating_sub(text.len());
        if left {
            out.extend_from_slice(&text);
            out.extend(std::iter::repeat_n(if pad == b'0' { b'0' } else { pad }, missing));
        } else if pad == b'0' && matches!(text.first(), Some(b'-' | b'+')) {
            out.push(text[0]);
            out.extend(std::iter::repeat_n(pad, missing));
            out.extend_from_slice(&text[1..]);
        } else {
            out.extend(std::iter::repeat_n(pad, missing));
            out.extend_from_slice(&text);
        }
    }
    out
}
