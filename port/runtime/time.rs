pub(crate) fn time() -> i64 {
    microtime() as i64
}

/// `microtime(true)`
pub(crate) fn microtime() -> f64 {
    std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_secs_f64()
}

/// The time in UTC, which is PHP's zone unless php.ini says otherwise.
pub(crate) fn date(format: impl Bytes, seconds: impl Into<Option<i64>>) -> String {
    let seconds = seconds.into().unwrap_or_else(time);
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let place = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * place + 2) / 5 + 1;
    let month = if place < 10 { place + 3 } else { place - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let week_day = (days + 4).rem_euclid(7);
    const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
    const MONTHS: [&str; 12] = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ];
    let (day_name, month_name) = (DAYS[to_usize(week_day)], MONTHS[to_usize(month - 1)]);
    let twelve = if hour % 12 == 0 { 12 } else { hour % 12 };
    let mut out = String::new();
    let mut characters = String::from_utf8_lossy(&format.bytes()).into_owned().chars().collect::<Vec<_>>().into_iter();
    while let Some(character) = characters.next() {
        match character {
            'Y' => out += &year.to_string(),
            'y' => out += &format!("{:02}", year.rem_euclid(100)),
            'm' => out += &format!("{month:02}"),
            'n' => out += &month.to_string(),
            'd' => out += &format!("{day:02}"),
            'j' => out += &day.to_string(),
            'H' => out += &format!("{hour:02}"),
            'G' => out += &hour.to_string(),
            'h' => out += &format!("{twelve:02}"),
            'g' => out += &twelve.to_string(),
            'i' => out += &format!("{minute:02}"),
            's' => out += &format!("{second:02}"),
            'A' => out += if hour < 12 { "AM" } else { "PM" },
            'a' => out += if hour < 12 { "am" } else { "pm" },
            'D' => out += &day_name[..3],
            'l' => out += day_name,
            'M' => out += &month_name[..3],
            'F' => out += month_name,
            'N' => out += &(if week_day == 0 { 7 } else { week_day }).to_string(),
            'w' => out += &week_day.to_string(),
            'U' => out += &seconds.to_string(),
            'T' | 'e' => out += "UTC",
            'O' => out += "+0000",
            'P' => out += "+00:00",
            'r' => out += &date("D, d M Y H:i:s O", seconds),
            'c' => out += &date("Y-m-d\\TH:i:sP", seconds),
            '\\' => out.extend(characters.next()),
            other => out.push(other),
        }
    }
    out
}

pub(crate) fn usleep(microseconds: i64) {
    std::thread::sleep(std::time::Duration::from_micros(microseconds.max(0) as u64));
}

pub(crate) fn sleep(seconds: i64) -> i64 {
    std::thread::sleep(std::time::Duration::from_secs(seconds.max(0) as u64));
    0
}
