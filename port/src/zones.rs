//! Time zones whose rules are simple, and since which year they are.

/// The name, the letters of its time, the minutes east of UTC, and the year since which nothing has changed.
const FIXED: &[(&str, &str, i64, i64)] = &[
    ("Asia/Shanghai", "CST", 480, 1992),
    ("PRC", "CST", 480, 1992),
    ("Asia/Chongqing", "CST", 480, 1992),
    ("Asia/Chungking", "CST", 480, 1992),
    ("Asia/Harbin", "CST", 480, 1992),
    ("Asia/Hong_Kong", "HKT", 480, 1980),
    ("Hongkong", "HKT", 480, 1980),
    ("Asia/Macau", "CST", 480, 1980),
    ("Asia/Taipei", "CST", 480, 1980),
    ("Asia/Tokyo", "JST", 540, 1970),
    ("Japan", "JST", 540, 1970),
    ("Asia/Seoul", "KST", 540, 1989),
    ("Asia/Singapore", "+08", 480, 1982),
    ("Asia/Kuala_Lumpur", "+08", 480, 1982),
    ("Asia/Manila", "PST", 480, 1991),
    ("Asia/Jakarta", "WIB", 420, 1970),
    ("Asia/Makassar", "WITA", 480, 1970),
    ("Asia/Bangkok", "+07", 420, 1970),
    ("Asia/Ho_Chi_Minh", "+07", 420, 1976),
    ("Asia/Saigon", "+07", 420, 1976),
    ("Asia/Kolkata", "IST", 330, 1970),
    ("Asia/Calcutta", "IST", 330, 1970),
    ("Asia/Dhaka", "+06", 360, 2010),
    ("Asia/Karachi", "PKT", 300, 2010),
    ("Asia/Colombo", "+0530", 330, 2007),
    ("Asia/Kathmandu", "+0545", 345, 1986),
    ("Asia/Dubai", "+04", 240, 1970),
    ("Asia/Riyadh", "+03", 180, 1970),
    ("Asia/Tehran", "+0330", 210, 2023),
    ("Asia/Tashkent", "+05", 300, 1992),
    ("Asia/Vladivostok", "+10", 600, 2015),
    ("Asia/Novosibirsk", "+07", 420, 2017),
    ("Asia/Yekaterinburg", "+05", 300, 2015),
    ("Europe/Moscow", "MSK", 180, 2015),
    ("Europe/Minsk", "+03", 180, 2015),
    ("Europe/Istanbul", "+03", 180, 2017),
    ("Africa/Lagos", "WAT", 60, 1970),
    ("Africa/Nairobi", "EAT", 180, 1970),
    ("Africa/Johannesburg", "SAST", 120, 1970),
    ("Africa/Algiers", "CET", 60, 1982),
    ("America/Sao_Paulo", "-03", -180, 2020),
    ("America/Argentina/Buenos_Aires", "-03", -180, 2010),
    ("America/Buenos_Aires", "-03", -180, 2010),
    ("America/Bogota", "-05", -300, 1994),
    ("America/Lima", "-05", -300, 1995),
    ("America/Caracas", "-04", -240, 2017),
    ("America/Mexico_City", "CST", -360, 2023),
    ("America/Phoenix", "MST", -420, 1970),
    ("Australia/Brisbane", "AEST", 600, 1993),
];

/// The minutes east of UTC in winter, and the letters of both times.
const EUROPEAN: &[(&str, [&str; 2], i64)] = &[
    ("Europe/London", ["GMT", "BST"], 0),
    ("Europe/Lisbon", ["WET", "WEST"], 0),
    ("Europe/Berlin", ["CET", "CEST"], 60),
    ("Europe/Paris", ["CET", "CEST"], 60),
    ("Europe/Madrid", ["CET", "CEST"], 60),
    ("Europe/Rome", ["CET", "CEST"], 60),
    ("Europe/Amsterdam", ["CET", "CEST"], 60),
    ("Europe/Brussels", ["CET", "CEST"], 60),
    ("Europe/Vienna", ["CET", "CEST"], 60),
    ("Europe/Zurich", ["CET", "CEST"], 60),
    ("Europe/Prague", ["CET", "CEST"], 60),
    ("Europe/Warsaw", ["CET", "CEST"], 60),
    ("Europe/Budapest", ["CET", "CEST"], 60),
    ("Europe/Belgrade", ["CET", "CEST"], 60),
    ("Europe/Zagreb", ["CET", "CEST"], 60),
    ("Europe/Ljubljana", ["CET", "CEST"], 60),
    ("Europe/Copenhagen", ["CET", "CEST"], 60),
    ("Europe/Stockholm", ["CET", "CEST"], 60),
    ("Europe/Oslo", ["CET", "CEST"], 60),
    ("Europe/Athens", ["EET", "EEST"], 120),
    ("Europe/Sofia", ["EET", "EEST"], 120),
    ("Europe/Bucharest", ["EET", "EEST"], 120),
    ("Europe/Helsinki", ["EET", "EEST"], 120),
];

const AMERICAN: &[(&str, [&str; 2], i64)] = &[
    ("America/New_York", ["EST", "EDT"], -300),
    ("America/Detroit", ["EST", "EDT"], -300),
    ("America/Toronto", ["EST", "EDT"], -300),
    ("US/Eastern", ["EST", "EDT"], -300),
    ("America/Chicago", ["CST", "CDT"], -360),
    ("US/Central", ["CST", "CDT"], -360),
    ("America/Denver", ["MST", "MDT"], -420),
    ("America/Los_Angeles", ["PST", "PDT"], -480),
    ("US/Pacific", ["PST", "PDT"], -480),
];

/// The helper's call that sets the zone of the program.
pub(crate) fn call(name: &[u8]) -> Option<String> {
    let is = |other: &str| name.eq_ignore_ascii_case(other.as_bytes());
    // PHP names it as the program does.
    let own = String::from_utf8_lossy(name);
    if is("UTC") {
        return Some("time_zone(\"UTC\", \"UTC\", 0, i64::MIN)".into());
    }
    if let Some((_, letters, minutes, since)) = FIXED.iter().find(|zone| is(zone.0)) {
        return Some(format!("time_zone(\"{own}\", \"{letters}\", {}, {since})", seconds(*minutes)));
    }
    let (kind, (_, [winter, summer], minutes)) = EUROPEAN
        .iter()
        .map(|zone| ("european_zone", zone))
        .chain(AMERICAN.iter().map(|zone| ("american_zone", zone)))
        .find(|(_, zone)| is(zone.0))?;
    Some(format!("{kind}(\"{own}\", [\"{winter}\", \"{summer}\"], {})", seconds(*minutes)))
}

/// As a reader knows it: in hours.
fn seconds(minutes: i64) -> String {
    match minutes {
        0 => "0".into(),
        _ if minutes % 60 == 0 => format!("{} * 3600", minutes / 60),
        _ => format!("{minutes} * 60"),
    }
}
