//! What runs out: disk, connections, locks, temporary files. The DDL ends as it would without pgGit, and the history stays whole.

use std::path::PathBuf;
use std::process::Command;

use diesel::prelude::*;
use pggit_core::Repository;
use pggit_server::{Binaries, PrivateServer};
use pggit_tests::{Session, on_each, skipped};

/// A disk of a few megabytes, for as long as it is wanted.
struct Disk(PathBuf);

impl Disk {
    /// Mounts it, where that is allowed.
    fn mount(megabytes: u32) -> Result<Self, String> {
        let directory = std::env::temp_dir().join(format!("pggit-disk-{}", std::process::id()));
        std::fs::create_dir_all(&directory).map_err(|e| e.to_string())?;
        let output = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={megabytes}m,mode=1777"), "tmpfs"])
            .arg(&directory)
            .output()
            .map_err(|e| format!("mount: {e}"))?;
        if output.status.success() { Ok(Self(directory)) } else { Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()) }
    }

    /// Takes all the room but a few kilobytes.
    fn fill(&self, but: u64) {
        let output = Command::new("df").args(["--output=avail", "-B1024"]).arg(&self.0).output().expect("df");
        let free: u64 =
            String::from_utf8_lossy(&output.stdout).lines().last().and_then(|l| l.trim().parse().ok()).expect("a number of kilobytes");
        let filler = vec![0; usize::try_from(free.saturating_sub(but) * 1024).expect("it is a small disk")];
        std::fs::write(self.0.join("filler"), filler).expect("there is that much room");
    }

    fn empty(&self) {
        std::fs::remove_file(self.0.join("filler")).expect("the filler");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Nothing can be done about a disk that is still in use.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
        let _ = std::fs::remove_dir(&self.0);
    }
}

fn whole(session: &mut Session, after: &str) {
    session.run("select count(*) from pggit.log()");
    let faults = session.column("select check_name || ': ' || details from pggit.verify_consistency() where status <> 'ok'");
    assert!(faults.is_empty(), "after {after}: {faults:#?}");
}

#[test]
fn a_full_disk_costs_nothing_that_was_committed() {
    let disk = match Disk::mount(200) {
        Ok(disk) => disk,
        Err(reason) => return skipped(&format!("a small disk cannot be mounted here: {reason}")),
    };
    let binaries = Binaries::find(None).expect("the programs of PostgreSQL");
    let server = PrivateServer::start_in(&binaries, &disk.0, &[("max_wal_size", "48MB"), ("min_wal_size", "32MB")]).expect("a server");
    let url = server.url("postgres");
    Repository::connect(&url).expect("connect").install(&mut |_| {}).expect("install");
    let mut made = Vec::new();
    for round in 0..3 {
        let mut session = Session::connect(&url);
        disk.fill(300);
        let mut failed = 0;
        for n in 0..400 {
            let name = format!("t{round}_{n}");
            match session.attempt(&format!("begin; create table {name} (id int primary key, a text); create index on {name} (a); commit")) {
                Ok(()) => made.push(name),
                Err(_) => failed += 1,
            }
            let _ = session.attempt("rollback");
            if failed > 8 {
                break;
            }
        }
        assert!(failed > 0, "the disk was never full");
        disk.empty();
        // Without room for its log a server stops; then it recovers.
        if PgConnection::establish(&url).is_err() {
            let _ = server.kill();
            server.restart(&binaries).expect("the server recovers");
        }
        let mut session = Session::connect(&url);
        whole(&mut session, "a full disk");
        for name in &made {
            let commits = format!(
                "select count(*) from pggit.changes where commit_id is not null and operation = 'create' and object_identity = 'public.{name}' and object_type = 'table'"
            );
            assert_eq!(session.value(&commits), "1", "{name} in round {round}");
        }
        session.run(&format!("create table after_{round} (id int)"));
        session.run("select count(*) from pggit.log()");
        let drift = session.column("select object_identity from pggit.drift()");
        assert!(drift.is_empty(), "{drift:?}");
    }
}

#[test]
fn connections_and_locks_that_run_out_are_the_users_own() {
    let binaries = Binaries::find(None).expect("the programs of PostgreSQL");
    let settings =
        [("max_connections", "12"), ("superuser_reserved_connections", "1"), ("max_locks_per_transaction", "48"), ("max_wal_senders", "0")];
    let server = PrivateServer::start(&binaries, &settings).expect("a server");
    let url = server.url("postgres");
    Repository::connect(&url).expect("connect").install(&mut |_| {}).expect("install");
    let mut sessions: Vec<Session> = Vec::new();
    while let Ok(connection) = PgConnection::establish(&url) {
        sessions.push(Session(connection));
        assert!(sessions.len() < 20, "connections do not run out");
    }
    let error = Repository::open(&url).err().expect("no connection is left");
    assert!(error.to_string().contains("too many clients") || format!("{error:?}").contains("too many clients"), "{error:?}");
    for (n, session) in sessions.iter_mut().enumerate() {
        session.run(&format!("create table c{n} (id int primary key)"));
        assert_eq!(session.value("select message from pggit.log(null, 1)"), format!("CREATE TABLE public.c{n}"));
    }
    sessions.truncate(2);
    let session = &mut sessions[0];
    // more tables in one transaction than there is room for locks
    let error = session
        .fail("do $$ begin for n in 1 .. 5000 loop execute format('create table lock_%s (id int primary key)', n); end loop; end $$");
    assert!(error.contains("shared memory"), "{error}");
    whole(session, "running out of locks");
    session.run("create table later (id int)");
    session.assert_no_drift("running out of locks");
}

#[test]
fn a_limit_on_temporary_files_costs_no_ddl() {
    on_each(|db| {
        db.session.run("set temp_file_limit = 0; set work_mem = '64kB'");
        let columns: Vec<_> = (0..1200).map(|n| format!("c{n} int default {n}")).collect();
        db.session.run(&format!("create table wide ({})", columns.join(", ")));
        db.session.run(
            "alter table wide add d text; alter table wide rename to wider; create view v as select * from wider; drop table wider cascade",
        );
        db.session.run("reset temp_file_limit; reset work_mem; select count(*) from pggit.log()");
        whole(&mut db.session, "a limit on temporary files");
    });
}
