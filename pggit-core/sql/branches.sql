-- Branches as names for commits, each with a configuration of its own.

-- The rules are Git's, so that every name can be written in a revision; and what a tag is called no branch is, nor the other way round.
create or replace function pggit.check_ref_name(in_kind text, in_name text)
returns void
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    reason constant text := case
        when coalesce(in_name, '') = '' then 'it is empty'
        when length(in_name) > 255 then 'it is longer than 255 characters'
        when in_name in ('HEAD', '@') then 'it always means the commit that the database is at'
        when in_name ~ '^[0-9a-fA-F]{64}$' then 'it reads as the id of a commit'
        when in_name ~ '[[:cntrl:][:space:]]' then 'it holds a space or a control character'
        when in_name ~ '[~^:?*\[\\]' or in_name like '%@{%' then 'it holds one of ~ ^ : ? * [ \ @{'
        when in_name ~ '^[-./]' or in_name ~ '[./]$' or in_name like '%.lock' then 'it begins with - . / or ends with . / .lock'
        when in_name like '%..%' or in_name like '%//%' then 'it holds .. or //'
    end;
begin
    if reason is not null then
        raise exception '% is no name for a %: %', coalesce('"' || in_name || '"', 'null'), in_kind, reason
            using errcode = 'invalid_parameter_value', hint = 'Use letters, digits and any of _ . / + -, as in release/1.2.';
    end if;
    if in_kind = 'branch' and exists (select from pggit.tags as t where t.tag_name = in_name)
        or in_kind = 'tag' and exists (select from pggit.branch_records as b where b.branch_name = in_name)
    then
        raise exception 'there is a % "%" already', case in_kind when 'branch' then 'tag' else 'branch' end, in_name
            using errcode = 'duplicate_object', hint = 'A name means one commit: choose another.';
    end if;
end
$$;
comment on function pggit.check_ref_name(text, text) is 'Raises an error for what cannot be the name of a branch or a tag';

create or replace function pggit.create_branch(branch_name text, from_revision text default 'HEAD')
returns text
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    target text;
    head constant text := pggit.current_branch();
begin
    perform pggit.check_ref_name('branch', create_branch.branch_name);
    perform pggit.settle_all();
    target := pggit.revision_id(from_revision);
    insert into pggit.branch_records (branch_name, commit_id, parent_branch)
    values (create_branch.branch_name, target, case when exists (select from pggit.branch_records as b where b.branch_name = from_revision) then from_revision else head end);
    insert into pggit.tracking_config (branch_name, config_type, action, pattern, priority)
    select create_branch.branch_name, c.config_type, c.action, c.pattern, c.priority
    from pggit.tracking_config as c
    where c.branch_name = (select b.parent_branch from pggit.branch_records as b where b.branch_name = create_branch.branch_name);
    perform pggit.seal('branch', array[create_branch.branch_name]);
    insert into pggit.system_events (event_type, event_data)
    values ('branch_created', jsonb_build_object('branch_name', create_branch.branch_name, 'commit_id', target));
    return target;
exception
    when unique_violation then
        raise exception 'there is a branch "%" already', create_branch.branch_name
            using errcode = 'duplicate_object', hint = 'Choose another name, or delete that one with pggit.delete_branch().';
end
$$;
comment on function pggit.create_branch(text, text) is 'Names a line of history that begins at a revision, with the configuration of the branch it comes from; gives the commit''s id';

create or replace function pggit.list_branches()
returns table (branch_name text, commit_id text, parent_branch text, created_at timestamptz, is_head boolean)
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
    select pggit.settle();
    select b.branch_name, b.commit_id, b.parent_branch, b.created_at, b.branch_name = pggit.current_branch()
    from pggit.branch_records as b
    order by b.branch_name
$$;
comment on function pggit.list_branches() is 'The branches, by name; is_head marks the one that this database is on';

create or replace function pggit.delete_branch(branch_name text, force boolean default false)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    lost bigint[];
begin
    perform pggit.refuse_isolation('delete_branch');
    perform pggit.hold_head();
    if not exists (select from pggit.branch_records as b where b.branch_name = delete_branch.branch_name) then
        raise exception 'there is no branch "%"', delete_branch.branch_name
            using errcode = 'undefined_object', hint = 'SELECT * FROM pggit.list_branches() lists them.';
    end if;
    if delete_branch.branch_name = pggit.current_branch() then
        raise exception 'the branch "%" is HEAD', delete_branch.branch_name
            using errcode = 'object_in_use', hint = 'The branch that the database is on cannot be deleted.';
    end if;
    lost := array(select pggit.unreached(delete_branch.branch_name));
    if cardinality(lost) > 0 and not coalesce(force, false) then
        raise exception 'the branch "%" has % commits that nothing else leads to', delete_branch.branch_name, cardinality(lost)
            using errcode = 'dependent_objects_still_exist', hint = 'Tag them first, or give force => true: they go to the archive then.';
    end if;
    perform pggit.archive_commits(array(select c.commit_id from pggit.commit_records as c where c.commit_number = any (lost)));
    perform pggit.unseal('graft', array(select c.commit_id from pggit.commit_records as c where c.commit_number = any (lost)));
    delete from pggit.tracking_config as c where c.branch_name = delete_branch.branch_name;
    perform pggit.unseal('branch', array[delete_branch.branch_name]);
    delete from pggit.branch_records as b where b.branch_name = delete_branch.branch_name;
    delete from pggit.commit_changes as g where g.commit_number = any (lost);
    delete from pggit.commit_records as c where c.commit_number = any (lost);
    perform pggit.leave_statements(lost);
    if cardinality(lost) > 0 then
        perform pggit.delete_unused_blobs();
    end if;
    insert into pggit.system_events (event_type, event_data)
    values ('branch_deleted', jsonb_build_object('branch_name', delete_branch.branch_name, 'archived_commits', cardinality(lost)));
end
$$;
comment on function pggit.delete_branch(text, boolean) is 'Deletes a branch; with force also one that holds commits that nothing else leads to, which go to the archive';

create or replace function pggit.not_yet(in_function text)
returns void
language plpgsql
immutable
as $$
begin
    raise exception 'pggit.%() is not there yet', in_function
        using errcode = 'feature_not_supported', hint = 'Branches are names for commits so far: pggit.diff() and pggit.compare_environments() compare them.';
end
$$;
comment on function pggit.not_yet(text) is 'Raises the error of what pgGit does not do yet';

create or replace function pggit.checkout(revision text)
returns text
language plpgsql
as $$
begin
    perform pggit.settle();
    perform pggit.revision_id(revision);
    perform pggit.not_yet('checkout');
    return null;
end
$$;
comment on function pggit.checkout(text) is 'Not there yet: raises feature_not_supported';

create or replace function pggit.merge(source_branch text, target_branch text default null)
returns jsonb
language plpgsql
as $$
begin
    perform pggit.settle();
    perform pggit.revision_id(source_branch);
    perform pggit.revision_id(coalesce(target_branch, 'HEAD'));
    perform pggit.not_yet('merge');
    return null;
end
$$;
comment on function pggit.merge(text, text) is 'Not there yet: raises feature_not_supported';

create or replace function pggit.abort_merge(merge_id uuid)
returns void
language plpgsql
as $$
begin
    perform pggit.not_yet('abort_merge');
end
$$;
comment on function pggit.abort_merge(uuid) is 'Not there yet: raises feature_not_supported';
