//! Connection strings as they may be shown. Only what is known to be no secret is: host, port, database and user.

use std::fmt::Write as _;

/// A connection string and what libpq said of it, without what could be a secret.
pub(crate) fn connection_failure(given: &str, reason: &str) -> (String, String) {
    let shown = connection_string(given);
    // libpq quotes what it cannot read.
    let mut said = String::new();
    for (n, part) in reason.split('"').enumerate() {
        if n > 0 {
            said.push('"');
        }
        let is_quoted = n % 2 == 1;
        said.push_str(if is_quoted && part.len() > 1 && given.contains(part) && !shown.contains(part) { "***" } else { part });
    }
    (shown, said)
}

fn connection_string(given: &str) -> String {
    const SOME: &str = "the server that was named";
    if given.is_empty() {
        return "the server of the environment".into();
    }
    match given.split_once("://") {
        Some((scheme @ ("postgresql" | "postgres"), rest)) => url(scheme, rest),
        Some((scheme, _)) if !scheme.contains('=') => SOME.into(),
        _ => keywords(given).filter(|k| !k.is_empty()).unwrap_or_else(|| SOME.into()),
    }
}

/// A URL: what follows the question mark is left out, and what stands between user and host.
fn url(scheme: &str, rest: &str) -> String {
    let place = rest.split('?').next().unwrap_or_default();
    let (credentials, place) = place.rsplit_once('@').map_or((None, place), |(c, p)| (Some(c), p));
    let mut shown = format!("{scheme}://");
    if let Some(credentials) = credentials {
        let (user, password) = credentials.split_once(':').map_or((credentials, None), |(u, p)| (u, Some(p)));
        shown.push_str(user);
        shown.push_str(if password.is_some() { ":***@" } else { "@" });
    }
    let (server, database) = place.split_once('/').map_or((place, None), |(s, d)| (s, Some(d)));
    match server.rsplit_once(':') {
        // A colon in brackets belongs to an address.
        Some((host, port)) if !port.ends_with(']') && !port.chars().all(|c| c.is_ascii_digit() || c == ',') => {
            shown.push_str(host);
            return shown;
        }
        _ => shown.push_str(server),
    }
    if let Some(database) = database {
        shown.push('/');
        shown.push_str(database);
    }
    shown
}

/// Keywords and values, as `host=localhost dbname=shop`. None when they cannot be read.
fn keywords(given: &str) -> Option<String> {
    let mut shown = String::new();
    let mut rest = given.trim_start();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=')?;
        let name = name.trim();
        if name.is_empty() || name.contains(char::is_whitespace) {
            return None;
        }
        let (value, after) = value(after.trim_start())?;
        // A database name may be a whole connection string.
        if matches!(name, "host" | "hostaddr" | "port" | "dbname" | "user") && !value.contains("://") && !value.contains('=') {
            let gap = if shown.is_empty() { "" } else { " " };
            write!(shown, "{gap}{name}={value}").expect("writing to a String cannot fail");
        }
        rest = after.trim_start();
    }
    Some(shown)
}

/// The value at the beginning of a text, in quotes or not, and what comes after it.
fn value(text: &str) -> Option<(String, &str)> {
    let quoted = text.starts_with('\'');
    let mut found = String::new();
    let mut characters = text.char_indices().skip(usize::from(quoted));
    while let Some((at, c)) = characters.next() {
        match c {
            '\\' => found.push(characters.next()?.1),
            '\'' if quoted => return Some((found, &text[at + 1..])),
            c if !quoted && c.is_whitespace() => return Some((found, &text[at..])),
            c => found.push(c),
        }
    }
    (!quoted).then_some((found, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_secret_is_shown() {
        for same in
            ["postgresql://u@h:5432/db", "postgres://h", "postgresql://[::1]:5432/db", "postgresql://a:1,b:2/db", "host=h port=5 user=u"]
        {
            assert_eq!(connection_string(same), same);
        }
        assert_eq!(connection_string(""), "the server of the environment");
        assert_eq!(connection_string(r"host='a\'b' dbname = db"), "host=a'b dbname=db");
    }

    #[test]
    fn no_secret_is_shown() {
        for (given, shown) in [
            ("postgresql://u:s3cret@h/db", "postgresql://u:***@h/db"),
            ("postgresql://u:s3cr@et@h:1/db", "postgresql://u:***@h:1/db"),
            ("postgresql://u:p/s3cret@h/db", "postgresql://u:***@h/db"),
            ("postgresql://u:s3cret", "postgresql://u"),
            ("postgresql://u:s3cret?x@h/db", "postgresql://u"),
            ("postgresql://h/db?password=s3cret&application_name=a@b", "postgresql://h/db"),
            ("host=h password='s3 cret' sslpassword = s3cret user=u", "host=h user=u"),
            ("host=h dbname=postgresql://u:s3cret@h/db", "host=h"),
            ("host=h password=s3 cret", "the server that was named"),
            ("host=h password='s3cret", "the server that was named"),
            ("s3cret", "the server that was named"),
            ("mysql://u:s3cret@h", "the server that was named"),
        ] {
            assert_eq!(connection_string(given), shown, "{given}");
        }
    }

    #[test]
    fn what_libpq_quotes_of_it_is_not_shown_either() {
        let (_, said) = connection_failure("host=h password=s3 cret", r#"missing "=" after "cret" in connection info string"#);
        assert_eq!(said, r#"missing "=" after "***" in connection info string"#);
        let (_, said) = connection_failure("postgresql://u:s3@cret@h/db", r#"could not translate host name "cret@h" to address"#);
        assert_eq!(said, r#"could not translate host name "***" to address"#);
        let (_, said) = connection_failure("postgresql://u:s3cret@h/db", r#"database "db" does not exist"#);
        assert_eq!(said, r#"database "db" does not exist"#);
    }
}
