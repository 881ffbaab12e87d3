//! The rule engine of Rust and the one of SQL give the same answers.

use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Jsonb, Nullable, Text};
use pggit_core::model::rules::{Subject, TrackingConfig, decide, normalise_command};
use pggit_tests::{Database, servers};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

#[derive(QueryableByName)]
struct Decision {
    #[diesel(sql_type = Bool)]
    tracked: bool,
    #[diesel(sql_type = Text)]
    rule: String,
}

#[derive(QueryableByName)]
struct Normalised {
    #[diesel(sql_type = Text)]
    value: String,
}

#[derive(Debug, Clone)]
struct Case {
    config: TrackingConfig,
    schema: Option<String>,
    object_type: String,
    operation: String,
    commands: Vec<String>,
    object_comment: Option<String>,
    schema_comment: Option<String>,
}

fn patterns(word: &'static str) -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(prop_oneof![word.prop_map(|s: String| s), "[aB%_]{1,4}", Just(r"a\_%".to_owned())], 0..3)
}

fn commands() -> impl Strategy<Value = String> {
    prop_oneof![
        "(create|CREATE)( |  |\n|/\\*x\\*/)(unlogged |)table( | --c\n)[aB_]{1,3}( \"A b\"|'x  y'|)",
        "[ a-z\"'/*;-]{0,12}",
        Just("refresh materialized view query.a".to_owned()),
    ]
}

fn comments() -> impl Strategy<Value = Option<String>> {
    prop::option::of(prop_oneof![
        3 => "(x |)@pggit:(ignore|track|ignored|trackx)( y|,|-|)",
        1 => "(x|@|) ?@pggit-ignore( @pggit:track|)",
        2 => "[a-z @:]{0,10}",
    ])
}

fn cases() -> impl Strategy<Value = Case> {
    let config = (
        patterns("[aB]{1,2}"),
        patterns("[aB]{1,2}"),
        patterns("(CREATE|create) (TABLE|%)"),
        patterns("(DROP|ALTER|%) (TABLE|VIEW)"),
        prop::collection::vec(prop_oneof![commands(), Just("CREATE UNLOGGED TABLE %".to_owned()), "[a%_]{1,3}"], 0..3),
    )
        .prop_map(|(track_schemas, ignore_schemas, track_operations, ignore_operations, ignore_patterns)| TrackingConfig {
            track_schemas,
            ignore_schemas,
            track_operations,
            ignore_operations,
            ignore_patterns,
        });
    (
        config,
        prop::option::of("[aB_]{1,3}"),
        prop_oneof![Just("table".to_owned()), Just("function".to_owned()), Just("schema".to_owned())],
        "(CREATE|drop|Alter) (TABLE|view)",
        prop::collection::vec(commands(), 0..3),
        comments(),
        comments(),
    )
        .prop_map(|(config, schema, object_type, operation, commands, object_comment, schema_comment)| Case {
            config,
            schema,
            object_type,
            operation,
            commands,
            object_comment,
            schema_comment,
        })
}

#[test]
fn sql_and_rust_decide_alike() {
    let server = &servers()[0];
    let mut database = Database::installed_on(server);
    let connection = std::cell::RefCell::new(&mut database.session.0);
    let mut runner = TestRunner::new(Config { cases: 1000, failure_persistence: None, ..Config::default() });
    runner
        .run(&cases(), |case| {
            prop_assume!(case.config.validate().is_ok());
            let commands: Vec<&str> = case.commands.iter().map(String::as_str).collect();
            let ours = decide(
                &case.config,
                &Subject {
                    schema: case.schema.as_deref(),
                    object_type: &case.object_type,
                    operation: &case.operation,
                    commands: &commands,
                    object_comment: case.object_comment.as_deref(),
                    schema_comment: case.schema_comment.as_deref(),
                },
            );
            let theirs: Decision = diesel::sql_query("select * from pggit.decide_tracking($1, $2, $3, $4, $5, $6, $7)")
                .bind::<Jsonb, _>(serde_json::to_value(&case.config).expect("a configuration is JSON"))
                .bind::<Nullable<Text>, _>(&case.schema)
                .bind::<Text, _>(&case.object_type)
                .bind::<Text, _>(&case.operation)
                .bind::<Array<Text>, _>(&case.commands)
                .bind::<Nullable<Text>, _>(&case.object_comment)
                .bind::<Nullable<Text>, _>(&case.schema_comment)
                .get_result(*connection.borrow_mut())
                .expect("decide_tracking answers");
            prop_assert_eq!((ours.tracked, ours.rule), (theirs.tracked, theirs.rule));
            Ok(())
        })
        .expect("SQL and Rust agree");
}

#[test]
fn sql_and_rust_normalise_alike() {
    let server = &servers()[0];
    let mut database = Database::installed_on(server);
    let connection = std::cell::RefCell::new(&mut database.session.0);
    let mut runner = TestRunner::new(Config { cases: 1000, failure_persistence: None, ..Config::default() });
    runner
        .run(&commands(), |command| {
            let theirs: Normalised = diesel::sql_query("select pggit.normalise_command($1) as value")
                .bind::<Text, _>(&command)
                .get_result(*connection.borrow_mut())
                .expect("normalise_command answers");
            prop_assert_eq!(normalise_command(&command), theirs.value);
            Ok(())
        })
        .expect("SQL and Rust agree");
}
