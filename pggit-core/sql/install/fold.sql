-- One transaction, one commit: as the transaction commits.
create constraint trigger fold_on_commit
    after insert on pggit.statements
    deferrable initially deferred
    for each row
    execute function pggit.fold_transaction();
alter table pggit.statements enable always trigger fold_on_commit;
