-- Deployments: many transactions, one commit.

create or replace function pggit.begin_deployment(deployment_name text, auto_commit boolean default false)
returns uuid
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '10s'
as $$
declare
    state pggit.repository;
    new_id uuid;
begin
    if deployment_name is null or btrim(deployment_name) = '' then
        raise exception 'a deployment needs a name'
            using errcode = 'invalid_parameter_value', hint = 'SELECT pggit.begin_deployment(''Release 2.4'')';
    end if;
    perform pggit.refuse_isolation('begin_deployment');
    perform pggit.hold_head();
    select * into state from pggit.repository;
    if state.active_deployment is not null then
        raise exception 'the deployment "%" is under way', (select d.deployment_name from pggit.deployment_mode as d where d.deployment_id = state.active_deployment)
            using errcode = 'object_not_in_prerequisite_state', hint = 'End it with pggit.end_deployment() or pggit.cancel_deployment() first.';
    end if;
    if state.holds_staged then
        raise exception 'the changes of an ended deployment wait for a commit'
            using errcode = 'object_not_in_prerequisite_state', hint = 'Run pggit.commit(''message'') first.';
    end if;
    perform pggit.fold_pending();
    insert into pggit.deployment_mode (deployment_name, branch_name, auto_commit, status)
    values (begin_deployment.deployment_name, state.head_branch, coalesce(begin_deployment.auto_commit, false), 'active')
    returning deployment_id into new_id;
    update pggit.repository set active_deployment = new_id;
    insert into pggit.system_events (event_type, event_data)
    values ('deployment_begun', jsonb_build_object('deployment_id', new_id, 'deployment_name', begin_deployment.deployment_name));
    return new_id;
end
$$;
comment on function pggit.begin_deployment(text, boolean) is 'Begins a deployment: until it ends, the changes of all sessions are recorded as they happen and make no commits of their own';

create or replace function pggit.active_deployment()
returns pggit.deployment_mode
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    deployment pggit.deployment_mode;
begin
    select d.* into deployment
    from pggit.repository as r
    join pggit.deployment_mode as d on d.deployment_id = r.active_deployment;
    if not found then
        raise exception 'no deployment is under way'
            using errcode = 'object_not_in_prerequisite_state', hint = 'Begin one with pggit.begin_deployment(''name'').';
    end if;
    return deployment;
end
$$;
comment on function pggit.active_deployment() is 'The deployment that is under way; an error when there is none';

-- One commit of everything that is staged, whoever staged it.
create or replace function pggit.fold_everything(in_kind text, in_message text, in_deployment_id uuid)
returns text
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
    select pggit.read_again(a.transaction_id)
    from (select distinct s.transaction_id from pggit.staged_changes as s where s.read_again) as a;
    select pggit.fold_staged(
        array(select distinct s.transaction_id from pggit.staged_changes as s), null,
        in_kind, in_message, pggit.caller(), clock_timestamp(), in_deployment_id)
$$;
comment on function pggit.fold_everything(text, text, uuid) is 'Makes one commit of all that is staged';

create or replace function pggit.end_deployment(message text default null, tags text[] default null)
returns text
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '10s'
as $$
declare
    deployment pggit.deployment_mode;
    new_id text;
    staged int;
begin
    perform pggit.refuse_isolation('end_deployment');
    perform pggit.hold_head();
    deployment := pggit.active_deployment();
    select count(distinct s.object_type || ' ' || s.object_identity) into staged from pggit.staged_changes as s;
    update pggit.repository set active_deployment = null, holds_staged = false;
    if message is not null or deployment.auto_commit then
        new_id := pggit.fold_everything('deployment', coalesce(end_deployment.message, deployment.deployment_name), deployment.deployment_id);
        perform pggit.tag_all(end_deployment.tags, new_id);
    elsif staged > 0 then
        update pggit.repository set holds_staged = true;
    end if;
    update pggit.deployment_mode as d
    set ended_at = clock_timestamp(),
        message = end_deployment.message,
        tags = end_deployment.tags,
        commit_id = new_id,
        status = case when new_id is null and staged > 0 and end_deployment.message is null and not d.auto_commit then 'staged' else 'completed' end,
        changes_count = coalesce((select c.changes_count from pggit.commit_records as c where c.commit_id = new_id), staged)
    where d.deployment_id = deployment.deployment_id;
    insert into pggit.system_events (event_type, event_data)
    values ('deployment_ended', jsonb_build_object('deployment_id', deployment.deployment_id, 'deployment_name', deployment.deployment_name, 'commit_id', new_id));
    return new_id;
end
$$;
comment on function pggit.end_deployment(text, text[]) is 'Ends the deployment. With a message, or with auto_commit, its changes become one commit, whose id is given; otherwise they wait for pggit.commit()';

create or replace function pggit.cancel_deployment(reason text default null)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '10s'
as $$
declare
    deployment pggit.deployment_mode;
begin
    perform pggit.refuse_isolation('cancel_deployment');
    perform pggit.hold_head();
    deployment := pggit.active_deployment();
    update pggit.repository set active_deployment = null;
    update pggit.deployment_mode as d
    set ended_at = clock_timestamp(),
        status = 'cancelled',
        message = reason,
        changes_count = (select count(distinct s.object_type || ' ' || s.object_identity) from pggit.staged_changes as s)
    where d.deployment_id = deployment.deployment_id;
    perform pggit.fold_pending();
    if exists (select from pggit.staged_changes as s where s.transaction_id = pg_current_xact_id()) then
        perform pggit.fold_own();
    end if;
    insert into pggit.system_events (event_type, event_data)
    values ('deployment_cancelled', jsonb_build_object('deployment_id', deployment.deployment_id, 'deployment_name', deployment.deployment_name, 'reason', reason));
end
$$;
comment on function pggit.cancel_deployment(text) is 'Cancels the deployment: the schema stays as it is, and every transaction becomes a commit of its own';

create or replace function pggit.in_deployment_mode()
returns boolean
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    select r.active_deployment is not null
    from pggit.repository as r
$$;
comment on function pggit.in_deployment_mode() is 'Whether a deployment is under way';

create or replace function pggit.commit(message text, tags text[] default null)
returns text
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '10s'
as $$
declare
    state pggit.repository;
    new_id text;
    head_id text;
begin
    if message is null or btrim(message) = '' then
        raise exception 'a commit needs a message'
            using errcode = 'invalid_parameter_value', hint = 'SELECT pggit.commit(''Add the orders table'')';
    end if;
    perform pggit.refuse_isolation('commit');
    perform pggit.hold_head();
    select * into state from pggit.repository;
    if state.active_deployment is not null then
        raise exception 'a deployment is under way'
            using errcode = 'object_not_in_prerequisite_state', hint = 'pggit.end_deployment(''message'') makes its commit.';
    end if;
    if state.holds_staged then
        update pggit.repository set holds_staged = false;
        new_id := pggit.fold_everything('deployment', message, (select d.deployment_id from pggit.deployment_mode as d where d.status = 'staged'));
        update pggit.deployment_mode as d
        set status = 'completed', commit_id = new_id, message = coalesce(d.message, commit.message)
        where d.status = 'staged';
    else
        perform pggit.fold_pending();
        if exists (select from pggit.staged_changes as s where s.transaction_id = pg_current_xact_id()) then
            new_id := pggit.fold_own(message);
        else
            new_id := pggit.reconcile(message);
        end if;
    end if;
    select b.commit_id into head_id
    from pggit.repository as r
    join pggit.branch_records as b on b.branch_name = r.head_branch;
    if new_id is null then
        raise notice 'nothing to commit: HEAD is %', left(head_id, 12)
            using hint = 'Every transaction that changes the schema is a commit already; in an open transaction commit() gives its commit the message.';
    end if;
    perform pggit.tag_all(tags, head_id);
    return head_id;
end
$$;
comment on function pggit.commit(text, text[]) is 'Commits what is staged: a deployment that waits for it, this transaction''s changes under this message, or drift. Gives HEAD''s id';

create or replace function pggit.tag_all(in_tags text[], in_commit_id text)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    name text;
begin
    if in_commit_id is not null then
        foreach name in array coalesce(in_tags, '{}') loop
            perform pggit.tag(name, in_commit_id);
        end loop;
    end if;
end
$$;
comment on function pggit.tag_all(text[], text) is 'Gives a commit several tags';
