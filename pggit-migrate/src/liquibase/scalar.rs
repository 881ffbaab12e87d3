//! Plain scalars of YAML 1.1, as Liquibase's parser reads them.

use super::node::Value;

/// The value of a scalar without quotes and tag.
pub(super) fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Absent,
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Value::Bool(true),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Value::Bool(false),
        _ if text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) => number(text),
        _ => Value::Text(text.to_owned()),
    }
}

fn number(text: &str) -> Value {
    let (negative, digits) = match text.as_bytes()[0] {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let is_all = |text: &str, set: &str| !text.is_empty() && text.chars().all(|c| set.contains(c));
    let signed = |digits: String| Value::Number(if negative && digits != "0" { format!("-{digits}") } else { digits });
    if is_all(digits, "0123456789_") {
        if digits.starts_with('_') {
            return Value::Text(text.to_owned());
        }
        let plain = digits.replace('_', "");
        if !plain.starts_with('0') {
            return signed(plain);
        }
        if plain == "0" {
            return Value::Number("0".into());
        }
        return match u64::from_str_radix(&plain, 8) {
            Ok(value) => signed(value.to_string()),
            // Such as 0899: a number to none of YAML's rules, but for the one of floating point without a point.
            Err(_) if plain.contains(['8', '9']) => Value::Text(text.to_owned()),
            Err(_) => Value::Opaque("an octal number of that length"),
        };
    }
    if let Some((whole, fraction)) = digits.split_once('.')
        && (whole.is_empty() || is_all(whole, "0123456789"))
        && (fraction.is_empty() || is_all(fraction, "0123456789"))
        && !(whole.is_empty() && fraction.is_empty())
    {
        return float(negative, whole, fraction);
    }
    if is_date(text) {
        return Value::Opaque("a date without quotes");
    }
    if let Some(moment) = timestamp(text) {
        return moment;
    }
    // Numbers in other forms: hexadecimal, binary, with exponents, in parts of sixty, infinite.
    let is_infinite = matches!(digits.to_ascii_lowercase().as_str(), ".inf" | ".nan");
    let is_strange = is_all(digits, "0123456789abcdefABCDEFxX_.eE+-:") && digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    if is_infinite || is_strange && !is_surely_text(digits) {
        Value::Opaque("a number in an unusual form")
    } else {
        Value::Text(text.to_owned())
    }
}

/// Versions as `1.2.3`, hexadecimal ids as `3f2c` and the like.
fn is_surely_text(digits: &str) -> bool {
    let has = |set: &[char]| digits.contains(set);
    let is_version = digits.matches('.').count() > 1 && !has(&['e', 'E', ':']);
    let is_dashed = has(&['-']) && !has(&['e', 'E', ':', '.']);
    let lower = digits.to_ascii_lowercase();
    let is_word = !lower.starts_with("0x") && !lower.starts_with("0b") && has(&['a', 'b', 'c', 'd', 'f', 'A', 'B', 'C', 'D', 'F']);
    is_version || is_dashed || is_word
}

/// As Java prints a double, where that is the shortest form for certain.
fn float(negative: bool, whole: &str, fraction: &str) -> Value {
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    let sign = if negative { "-" } else { "" };
    if whole.len() + fraction.len() > 15 || whole.len() > 7 || whole.is_empty() && fraction.starts_with("000") {
        return Value::Opaque("a number that is very long, large or small");
    }
    let (whole, fraction) = (if whole.is_empty() { "0" } else { whole }, if fraction.is_empty() { "0" } else { fraction });
    Value::Number(format!("{sign}{whole}.{fraction}"))
}

fn shape(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect()
}

fn is_date(text: &str) -> bool {
    shape(text) == "0000-00-00"
}

/// A date with a time: text to Liquibase unless it has a zone.
fn timestamp(text: &str) -> Option<Value> {
    let shape = shape(text);
    let shape = shape.get(..19).map(|start| (start.to_owned(), &text[19..]))?;
    if !matches!(shape.0.as_str(), "0000-00-00 00:00:00" | "0000-00-00T00:00:00" | "0000-00-00t00:00:00") {
        return None;
    }
    let fraction = shape.1.strip_prefix('.').unwrap_or(shape.1);
    let moment = format!("{} {}", &text[..10], &text[11..19]);
    if !fraction.bytes().all(|b| b.is_ascii_digit()) || super::dates::moment(&moment) != Ok(Some(moment.replacen(' ', "T", 1))) {
        return Some(Value::Opaque("a date with a time without quotes"));
    }
    Some(Value::Text(moment))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_are_those_of_yaml_1_1() {
        let number = |text: &str| Value::Number(text.into());
        let text = |text: &str| Value::Text(text.into());
        let known = [
            ("1", number("1")),
            ("-1_000", number("-1000")),
            ("012", number("10")),
            ("0", number("0")),
            ("-0", number("0")),
            ("1.50", number("1.5")),
            ("1.", number("1.0")),
            (".5", number("0.5")),
            ("-12.0", number("-12.0")),
            ("yes", Value::Bool(true)),
            ("Off", Value::Bool(false)),
            ("~", Value::Absent),
            ("1.2.3", text("1.2.3")),
            ("20200101-1", text("20200101-1")),
            ("2020-01-01 10:00:00", text("2020-01-01 10:00:00")),
            ("2020-01-01T10:00:00.5", text("2020-01-01 10:00:00")),
            ("-- a", text("-- a")),
            ("1a", text("1a")),
        ];
        for (plain_, value) in known {
            assert_eq!(plain(plain_), value, "{plain_}");
        }
        for plain_ in ["2020-01-01", "0x1F", "1e5", "190:20:30", "1.5e3", ".inf", "12345678901.5", "0.0001", "2020-01-01 10:00:00Z"] {
            assert!(matches!(plain(plain_), Value::Opaque(_)), "{plain_}");
        }
    }
}
