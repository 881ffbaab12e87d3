//! Dates and times as Liquibase reads them.

use chrono::{NaiveDate, NaiveTime};

use super::node::Exact;

/// A date, a time or both as Liquibase writes it; none where it takes the text for an expression.
pub(super) fn moment(text: &str) -> Exact<Option<String>> {
    let is_digit = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let known = match (text.len(), text.is_ascii()) {
        (_, false) => None,
        (8, _) => time(text).then(|| text.to_owned()),
        (10, _) => date(text).then(|| text.to_owned()),
        (19, _) => both(text),
        (20.., _) if text.as_bytes()[19] == b'.' => {
            let fraction = &text[20..];
            match both(&text[..19]) {
                Some(seconds) if is_digit(fraction) && fraction.len() <= 9 => {
                    let fraction = fraction.trim_end_matches('0');
                    Some(if fraction.is_empty() { seconds } else { format!("{seconds}.{fraction}") })
                }
                _ => None,
            }
        }
        _ => None,
    };
    // Java takes much for a date that is none; what begins with a letter is surely none.
    match known {
        Some(moment) => Ok(Some(moment)),
        None if text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '(')
            && (text.len() < 19 || text.as_bytes().get(19) != Some(&b'.')) =>
        {
            Ok(None)
        }
        None => Err(format!("it is not known how Liquibase reads the date \"{text}\"")),
    }
}

fn date(text: &str) -> bool {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok_and(|date| date.format("%Y-%m-%d").to_string() == text)
}

fn time(text: &str) -> bool {
    NaiveTime::parse_from_str(text, "%H:%M:%S").is_ok_and(|time| time.format("%H:%M:%S").to_string() == text)
}

/// An hour that a change to summer time may leave out is not known.
fn both(text: &str) -> Option<String> {
    let (day, hour) = (text.get(..10)?, text.get(11..)?);
    let is_sure = matches!(text.as_bytes().get(10), Some(b' ' | b'T')) && date(day) && time(hour) && (hour == "00:00:00" || hour >= "04");
    is_sure.then(|| format!("{day}T{hour}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_told_from_expressions() {
        let known = [
            ("2020-01-31", Some("2020-01-31")),
            ("10:20:30", Some("10:20:30")),
            ("2020-01-31 10:20:30", Some("2020-01-31T10:20:30")),
            ("2020-01-31T10:20:30.120", Some("2020-01-31T10:20:30.12")),
            ("now()", None),
            ("CURRENT_TIMESTAMP", None),
        ];
        for (text, moment_) in known {
            assert_eq!(moment(text), Ok(moment_.map(str::to_owned)), "{text}");
        }
        for text in ["2020-13-01", "1.2.2020", "2020-01-31T10:20:30+02:00", "", "é"] {
            assert!(moment(text).is_err(), "{text}");
        }
    }
}
