//! `pggit blame`, `pggit history` and `pggit version`: what is known of one object.

use crate::cli::Cli;
use crate::output;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The object, with its schema: public.users, public.users.email, "public.f(integer)"
    object: String,
}

pub fn blame(cli: &Cli, args: &Args) -> anyhow::Result<()> {
    let lines = super::open(cli)?.blame(&args.object)?;
    output::print(cli, &lines, |lines| {
        let rows: Vec<_> = lines
            .iter()
            .map(|l| {
                vec![
                    l.commit_id.as_deref().map_or("-", |c| &c[..12]).to_owned(),
                    l.author.clone().unwrap_or_default(),
                    l.authored_at.map(|t| t.format("%Y-%m-%d %H:%M").to_string()).unwrap_or_default(),
                    format!("{} {}", l.object_type, l.object_identity),
                    l.message.clone().unwrap_or_default(),
                ]
            })
            .collect();
        output::table(&["commit", "author", "date", "element", "message"], &rows)
    })
}

pub fn history(cli: &Cli, args: &Args) -> anyhow::Result<()> {
    let entries = super::open(cli)?.history(&args.object)?;
    output::print(cli, &entries, |entries| {
        let rows: Vec<_> = entries
            .iter()
            .map(|e| {
                let name =
                    e.previous_identity.as_ref().map_or_else(|| e.object_identity.clone(), |p| format!("{p} -> {}", e.object_identity));
                vec![
                    e.commit_id[..12].to_owned(),
                    e.author.clone(),
                    e.authored_at.format("%Y-%m-%d %H:%M").to_string(),
                    e.operation.clone(),
                    format!("{} {name}", e.object_type),
                    e.message.clone(),
                ]
            })
            .collect();
        output::table(&["commit", "author", "date", "operation", "element", "message"], &rows)
    })
}

pub fn version(cli: &Cli, args: &Args) -> anyhow::Result<()> {
    let version = super::open(cli)?.version(&args.object)?;
    output::print(cli, &serde_json::json!({"object": args.object, "version": version}), |_| format!("{version}\n"))
}
