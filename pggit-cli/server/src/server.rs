//! A server in a temporary directory, for as long as it is wanted.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::account::Account;
use crate::binaries::Binaries;
use crate::error::Error;

/// A running PostgreSQL server on the loopback interface. Dropping it stops it and deletes its data.
#[derive(Debug)]
pub struct PrivateServer {
    directory: PathBuf,
    binaries: Binaries,
    account: Account,
    port: u16,
}

/// Runs one of PostgreSQL's programs and gives what it printed.
///
/// # Errors
/// [`Error::Program`] with its output when it fails.
pub fn run_tool(command: &mut Command) -> Result<String, Error> {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().map_err(|e| Error::Program { program: program.clone(), output: e.to_string() })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Err(Error::Program { program, output: text.trim().to_owned() })
}

/// A port that is free now.
pub(crate) fn free_port() -> Result<u16, Error> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(Error::io("127.0.0.1"))?;
    Ok(listener.local_addr().map_err(Error::io("127.0.0.1"))?.port())
}

/// Creates a cluster of databases.
pub(crate) fn initdb(binaries: &Binaries, account: Account, data: &Path, extra: &[&str]) -> Result<(), Error> {
    let mut command = Command::new(binaries.program("initdb"));
    command.args(["--no-sync", "-U", "postgres", "-E", "UTF8", "--locale=C", "-D"]).arg(data).args(extra).current_dir("/");
    account.apply(&mut command);
    run_tool(&mut command).map(|_| ())
}

/// Starts the server of a cluster and waits until it answers.
pub(crate) fn start(binaries: &Binaries, account: Account, directory: &Path, port: u16, settings: &[(&str, &str)]) -> Result<(), Error> {
    let mut options = format!("-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''");
    for (name, value) in settings {
        options.push_str(&format!(" -c {name}={value}"));
    }
    let log = directory.join("server.log");
    let mut command = Command::new(binaries.program("pg_ctl"));
    command.arg("-D").arg(directory.join("data")).arg("-l").arg(&log).args(["-w", "-t", "60", "-o", &options, "start"]).current_dir("/");
    // The server inherits what it is given: a pipe would never see its end.
    command.stdout(Stdio::null()).stderr(Stdio::null()).stdin(Stdio::null());
    account.apply(&mut command);
    let status = command.status().map_err(|e| Error::Program { program: "pg_ctl".into(), output: e.to_string() })?;
    if status.success() {
        return Ok(());
    }
    let output = std::fs::read_to_string(&log).unwrap_or_else(|e| format!("{}: {e}", log.display()));
    Err(Error::Program { program: "postgres".into(), output: output.trim().to_owned() })
}

/// Stops the server of a cluster.
pub(crate) fn stop(binaries: &Binaries, account: Account, data: &Path, mode: &str) -> Result<(), Error> {
    let mut command = Command::new(binaries.program("pg_ctl"));
    command.arg("-D").arg(data).args(["-w", "-m", mode, "stop"]).current_dir("/");
    account.apply(&mut command);
    run_tool(&mut command).map(|_| ())
}

impl PrivateServer {
    /// Starts a server with the given settings, as `("fsync", "off")`.
    ///
    /// # Errors
    /// When a directory cannot be made, or PostgreSQL's programs fail, with what they printed.
    pub fn start(binaries: &Binaries, settings: &[(&str, &str)]) -> Result<Self, Error> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let account = Account::for_server()?;
        let name = format!("pggit-{}-{}-{}", binaries.version, std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let directory = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&directory).map_err(Error::io(&directory))?;
        account.give(&directory)?;
        let server = Self { directory, binaries: binaries.clone(), account, port: free_port()? };
        initdb(binaries, account, &server.data(), &["-A", "trust"])?;
        start(binaries, account, &server.directory, server.port, settings)?;
        Ok(server)
    }

    /// The URL of a database on the server, as its superuser.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgresql://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// The port that the server listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The major version of the server.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.binaries.version
    }

    fn data(&self) -> PathBuf {
        self.directory.join("data")
    }
}

impl Drop for PrivateServer {
    fn drop(&mut self) {
        // Nobody is left to tell; the data are in a temporary directory.
        let _ = stop(&self.binaries, self.account, &self.data(), "immediate");
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_starts_answers_and_leaves_nothing() {
        let binaries = Binaries::find_or_fetch(None, &mut |_| {}).expect("PostgreSQL can be had");
        let server = PrivateServer::start(&binaries, &[("fsync", "off")]).expect("the server starts");
        let directory = server.directory.clone();
        assert!(std::net::TcpStream::connect(("127.0.0.1", server.port())).is_ok());
        drop(server);
        assert!(!directory.exists());
    }

    #[test]
    fn a_broken_setting_is_reported_with_the_servers_own_words() {
        let binaries = Binaries::find_or_fetch(None, &mut |_| {}).expect("PostgreSQL can be had");
        let error = PrivateServer::start(&binaries, &[("no_such_setting", "1")]).expect_err("there is no such setting");
        assert!(error.to_string().contains("no_such_setting"), "{error}");
    }
}
