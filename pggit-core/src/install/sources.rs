//! The SQL functions as they are installed: the files of `sql/` with the settings that pinned functions need.

use include_dir::Dir;

use super::{SQL, generate};
use crate::objects::READING_SETTINGS;

/// How a function with its own search path says so.
const PINNED_PATH: &str = "set search_path = pg_catalog, pg_temp\n";

/// Every file of functions, in the order of their names; then the views, which need them.
pub(super) fn functions() -> String {
    let mut sql = generate::reading_functions();
    let views = SQL.get_dir("views").into_iter().flat_map(Dir::files);
    let mut files: Vec<_> = SQL.files().collect();
    files.sort_by_key(|f| f.path());
    for file in files.into_iter().chain(views) {
        sql.push_str(file.contents_utf8().unwrap_or_default());
        sql.push('\n');
    }
    with_settings(&sql)
}

/// A database without an encoding has names that are no UTF-8: there bytes are hashed as they are.
pub(super) fn in_encoding(sql: String, encoding: Option<&str>) -> String {
    if encoding == Some("SQL_ASCII") { sql.replace("'UTF8')", "'SQL_ASCII')") } else { sql }
}

/// Functions that pin their search path pin more: what changes how their text reads, and, where they read definitions, how
/// PostgreSQL prints those. The compiler of queries is off, for it takes half a second over plans that run for a millisecond.
fn with_settings(sql: &str) -> String {
    const FUNCTION: &str = "create or replace function ";
    const READING: [&str; 9] = [
        "pggit.read_root(",
        "pggit.read_all(",
        "pggit.read_again(",
        "pggit.try_read_again(",
        "pggit.stage_root(",
        "pggit.read_column(",
        "pggit.read_constraint(",
        "pggit.settled(pg_get_expr(",
        "pg_get_function_arguments(",
    ];
    let settings: String = READING_SETTINGS.iter().map(|(name, value)| format!("set {name} = '{value}'\n")).collect();
    let mut parts = sql.split(FUNCTION);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let reads = READING.iter().any(|call| part.contains(call));
        let more = if reads { settings.as_str() } else { "set quote_all_identifiers = off\n" };
        // Where errors end the session, those end it too that are caught.
        let catches = part.lines().any(|line| line.trim() == "exception");
        let part = if catches { part.replacen("\nas $$\n", "\nset exit_on_error = off\nas $$\n", 1) } else { part.to_owned() };
        out.push_str(FUNCTION);
        out.push_str(&part.replace(PINNED_PATH, &format!("{PINNED_PATH}set jit = off\nset standard_conforming_strings = on\n{more}")));
    }
    out
}
