//! PostgreSQL's own regression suite without pgGit and with it: its output must be the same, and the index must be the schema after each
//! of its files. `cargo xtask regress` runs this.
//!
//! A server on which the suite has run is not what it was. So each of two servers has both runs, one in each order, and the first runs are
//! compared with each other, and the second ones: what PostgreSQL prints by itself, also where it fails, is the same on both sides.

mod expected;
mod judge;
mod run;

use std::collections::BTreeSet;
use std::path::Path;

use pggit_core::Repository;

use crate::Session;

pub use run::launch;

/// What a run may fail with: the program that runs it prints it and ends.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// What a run came to: the outputs of its files, and with pgGit what was found after each of them, and what is called pgGit's.
struct Outcome {
    words: String,
    outputs: Vec<(String, String)>,
    drift: String,
    own: BTreeSet<String>,
}

/// The suite, and what it is run with.
#[derive(Clone, Copy)]
struct Suite<'a> {
    suite: &'a Path,
    programs: &'a Path,
    launcher: &'a Path,
    directory: &'a Path,
    /// The major version of the servers.
    server: u32,
    tests: &'a [String],
}

impl Suite<'_> {
    /// Runs it on one server, first without pgGit or with it, and then the other way.
    fn both(self, url: &str, with_first: bool) -> Result<[Outcome; 2]> {
        Ok([self.one(url, with_first, "first")?, self.one(url, !with_first, "second")?])
    }

    fn one(self, url: &str, with_pggit: bool, order: &str) -> Result<Outcome> {
        let directory = self.directory.join(format!("{}-{order}", if with_pggit { "with" } else { "without" }));
        let run = run::Run {
            suite: self.suite,
            programs: self.programs,
            launcher: self.launcher,
            directory,
            url,
            version: self.server,
            tests: self.tests,
        };
        run.create()?;
        if with_pggit {
            Repository::connect(&run.database())?.install(&mut |_| {})?;
        }
        let words = run.run(with_pggit)?;
        let own = if with_pggit { run::own_names(&run.database()) } else { BTreeSet::new() };
        let drift = std::fs::read_to_string(run.directory.join("drift")).unwrap_or_default();
        Ok(Outcome { words, outputs: judge::outputs(&run.directory)?, drift, own })
    }
}

/// Runs the suite of a major version without pgGit and with it on two servers, and compares. Gives whether all is well.
///
/// # Errors
/// When a server or `pg_regress` cannot be run.
///
/// # Panics
/// When a run panics.
pub fn compare(
    (suite, version): (&Path, u32),
    programs: &Path,
    urls: [&str; 2],
    tests: &[String],
    print: &mut dyn FnMut(&str),
) -> Result<bool> {
    let directory = std::env::temp_dir().join(format!("pggit-regress-{}", std::process::id()));
    let server: u32 = Session::connect(urls[0]).value("select current_setting('server_version_num')::int / 10000").parse()?;
    std::fs::create_dir_all(&directory)?;
    let launcher = directory.join("launcher");
    // this program may be compiled anew before they end
    std::fs::copy(std::env::current_exe()?, &launcher)?;
    let suite = Suite { suite, programs, launcher: &launcher, directory: &directory, server, tests };
    let (bare_first, with_first) = std::thread::scope(|scope| {
        let [a, b] = [(urls[0], false), (urls[1], true)].map(|(url, with_first)| scope.spawn(move || suite.both(url, with_first)));
        (a.join().expect("a run does not panic"), b.join().expect("a run does not panic"))
    });
    let [first_bare, second_with] = bare_first?;
    let [first_with, second_bare] = with_first?;
    let mut judgement = judge::Judgement::of(version);
    for (order, bare, with) in [("first", &first_bare, &first_with), ("second", &second_bare, &second_with)] {
        print(&format!("without pgGit, {order}: {}", bare.words));
        print(&format!("with pgGit, {order}: {}", with.words));
        if !bare.outputs.iter().map(|(file, _)| file).eq(with.outputs.iter().map(|(file, _)| file)) {
            return Err(format!("the runs have not the same files: compare them in {}", directory.display()).into());
        }
        for ((file, a), (_, b)) in bare.outputs.iter().zip(&with.outputs) {
            judgement.output(file, order, a, b, &with.own);
        }
        judgement.drift(&with.drift, order);
    }
    judgement.lines.iter().for_each(|line| print(line));
    let unseen = if tests.is_empty() && version == server { judgement.unseen() } else { Vec::new() };
    unseen.iter().for_each(|line| print(line));
    for (_, file, reason) in expected::CRASHES.iter().filter(|(versions, ..)| tests.is_empty() && versions.contains(&server)) {
        print(&format!("{file}: not run: {reason}"));
    }
    print(&format!("the outputs are in {}", directory.display()));
    Ok(!judgement.is_new && unseen.is_empty())
}
