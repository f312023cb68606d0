//! For how long the own certificate is valid: it is served all the same when it is not.

use std::ops::RangeInclusive;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tz::UtcDateTime;

/// How long before its end it should have been renewed.
const SOON: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Says what is wrong with one that is valid for this time.
pub(crate) fn trouble(valid: &RangeInclusive<SystemTime>, now: SystemTime) -> Option<String> {
    let (from, until) = (valid.start(), valid.end());
    if now < *from {
        Some(format!("it is not valid before {}, and clients refuse it", date(*from)))
    } else if now > *until {
        Some(format!("it has expired on {}, and clients refuse it", date(*until)))
    } else if now + SOON > *until {
        Some(format!("it expires on {}; a renewed one is read at a restart (SIGUSR2)", date(*until)))
    } else {
        None
    }
}

fn date(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let date = i64::try_from(seconds).ok().and_then(|seconds| UtcDateTime::from_timespec(seconds, 0).ok());
    date.map_or_else(String::new, |it| {
        format!("{}-{:02}-{:02} {:02}:{:02} UTC", it.year(), it.month(), it.month_day(), it.hour(), it.minute())
    })
}
