//! PostgreSQL's own regression suite: `cargo xtask regress` runs this.

use std::path::Path;
use std::process::ExitCode;

use pggit_tests::regress;

#[expect(clippy::print_stdout, reason = "the result is this program's output")]
fn main() -> regress::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["launch", ..] => {
            let status = regress::launch(&arguments[1..])?;
            Ok(status.code().and_then(|c| u8::try_from(c).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
        }
        ["compare", suite, version, programs, without, with, ..] => {
            let suite = (Path::new(suite), version.parse()?);
            let well = regress::compare(suite, Path::new(programs), [without, with], &arguments[6..], &mut |line| println!("{line}"))?;
            Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        _ => Err("this is run by cargo xtask regress".into()),
    }
}
