pub(crate) fn time() -> i64 {
    microtime() as i64
}

/// `microtime(true)`
pub(crate) fn microtime() -> f64 {
    std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_secs_f64()
}

/// `microtime()`: the part of a second, and the seconds.
pub(crate) fn microtime_text() -> String {
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    format!("0.{:06}00 {}", now.subsec_micros(), now.as_secs())
}

/// A zone: its name, the letters of its time in winter and in summer, and the seconds east of UTC in winter.
#[derive(Clone, Copy)]
pub(crate) struct Zone {
    name: &'static str,
    letters: [&'static str; 2],
    offset: i64,
    summer: Summer,
    /// The year since which all of this holds.
    since: i64,
}

/// When the clocks are an hour ahead.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Summer {
    Never,
    Europe,
    America,
}

const UTC: Zone = Zone { name: "UTC", letters: ["UTC", "UTC"], offset: 0, summer: Summer::Never, since: i64::MIN };

thread_local! {
    static ZONE: std::cell::Cell<Zone> = const { std::cell::Cell::new(UTC) };
}

/// `date_default_timezone_set`: seconds east of UTC, always the same since the beginning of a year.
pub(crate) fn time_zone(name: &'static str, letters: &'static str, offset: i64, since: i64) {
    ZONE.set(Zone { name, letters: [letters; 2], offset, summer: Summer::Never, since });
}

/// `date_default_timezone_set`: a zone of the European Union, whose clocks change at 1:00 UTC.
pub(crate) fn european_zone(name: &'static str, letters: [&'static str; 2], offset: i64) {
    ZONE.set(Zone { name, letters, offset, summer: Summer::Europe, since: 1997 });
}

/// `date_default_timezone_set`: a zone of the United States, whose clocks change at 2:00 of its own time.
pub(crate) fn american_zone(name: &'static str, letters: [&'static str; 2], offset: i64) {
    ZONE.set(Zone { name, letters, offset, summer: Summer::America, since: 2008 });
}

impl Zone {
    /// Whether it is summer at a time.
    fn is_summer(&self, seconds: i64) -> bool {
        let (year, ..) = calendar((seconds + self.offset).div_euclid(86_400));
        if year < self.since {
            fatal(format!("date(): {} before {} is not known here", self.name, self.since));
        }
        // The last Sunday up to a day.
        let sunday = |month, day| {
            let days = days_of(year, month, day);
            days - (days + 4).rem_euclid(7)
        };
        let (from, to) = match self.summer {
            Summer::Never => return false,
            Summer::Europe => (sunday(3, 31) * 86_400 + 3600, sunday(10, 31) * 86_400 + 3600),
            Summer::America => {
                let two = 7200 - self.offset;
                (sunday(3, 14) * 86_400 + two, sunday(11, 7) * 86_400 + two - 3600)
            }
        };
        (from..to).contains(&seconds)
    }
}

/// The year, month and day of a day, counted from 1970.
pub(crate) fn calendar(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let place = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * place + 2) / 5 + 1;
    let month = if place < 10 { place + 3 } else { place - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// The other way round.
pub(crate) fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let place = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * place + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The time in the zone of the program, which is UTC unless it or php.ini says otherwise.
pub(crate) fn date(format: impl Bytes, seconds: impl Into<Option<i64>>) -> String {
    date_in(ZONE.get(), format, seconds.into().unwrap_or_else(time))
}

pub(crate) fn gmdate(format: impl Bytes, seconds: impl Into<Option<i64>>) -> String {
    date_in(UTC, format, seconds.into().unwrap_or_else(time))
}

pub(crate) fn date_in(zone: Zone, format: impl Bytes, seconds: i64) -> String {
    let summer = zone.is_summer(seconds);
    let offset = zone.offset + if summer { 3600 } else { 0 };
    let (days, second) = ((seconds + offset).div_euclid(86_400), (seconds + offset).rem_euclid(86_400));
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let (year, month, day) = calendar(days);
    let week_day = (days + 4).rem_euclid(7);
    const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
    const MONTHS: [&str; 12] = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ];
    let (day_name, month_name) = (DAYS[to_usize(week_day)], MONTHS[to_usize(month - 1)]);
    let twelve = if hour % 12 == 0 { 12 } else { hour % 12 };
    let (sign, east) = (if offset < 0 { '-' } else { '+' }, offset.abs() / 60);
    let mut out = String::new();
    let mut characters = String::from_utf8_lossy(&format.bytes()).into_owned().chars().collect::<Vec<_>>().into_iter();
    while let Some(character) = characters.next() {
        match character {
            'Y' => out += &year.to_string(),
            'y' => out += &format!("{:02}", year.rem_euclid(100)),
            'L' => out += &(days_of(year + 1, 1, 1) - days_of(year, 1, 1) - 365).to_string(),
            'z' => out += &(days - days_of(year, 1, 1)).to_string(),
            'm' => out += &format!("{month:02}"),
            'n' => out += &month.to_string(),
            't' => {
                let (next_year, next) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
                out += &(days_of(next_year, next, 1) - days_of(year, month, 1)).to_string();
            }
            'd' => out += &format!("{day:02}"),
            'j' => out += &day.to_string(),
            'S' => {
                out += match day {
                    1 | 21 | 31 => "st",
                    2 | 22 => "nd",
                    3 | 23 => "rd",
                    _ => "th",
                }
            }
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
            'I' => out += if summer { "1" } else { "0" },
            'Z' => out += &offset.to_string(),
            'T' => out += zone.letters[usize::from(summer)],
            'e' => out += zone.name,
            'O' => out += &format!("{sign}{:02}{:02}", east / 60, east % 60),
            'P' => out += &format!("{sign}{:02}:{:02}", east / 60, east % 60),
            'r' => out += &date_in(zone, "D, d M Y H:i:s O", seconds),
            'c' => out += &date_in(zone, "Y-m-d\\TH:i:sP", seconds),
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
