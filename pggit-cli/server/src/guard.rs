//! Sees to it that a temporary server ends with the process that started it, also when that is killed.

use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::account::Account;
use crate::binaries::Binaries;
use crate::error::Error;

/// Waits for the end of its input, which comes when we close it or die; then stops the server and deletes its files.
const SCRIPT: &str = r#"trap '' HUP INT; read -r _; "$1" -D "$2/data" -w -m immediate stop; rm -rf "$2""#;

/// A process that outlives us by as long as it takes to tidy up.
#[derive(Debug)]
pub(crate) struct Guard {
    child: Child,
}

impl Guard {
    /// Watches over the server in a directory.
    pub(crate) fn watch(binaries: &Binaries, account: Account, directory: &Path) -> Result<Self, Error> {
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT, "pggit-server"]).arg(binaries.program("pg_ctl")).arg(directory).current_dir("/");
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // A group of its own: what the terminal sends to ours must not reach it.
        command.process_group(0);
        account.apply(&mut command);
        let child = command.spawn().map_err(|e| Error::Program { program: "sh".into(), output: e.to_string() })?;
        Ok(Self { child })
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        // Nobody is left to tell when this fails.
        let _ = self.child.wait();
    }
}
