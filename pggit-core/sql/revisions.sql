-- Revisions, as Git writes them: a branch, a tag, an id or its unique prefix, HEAD, with ~N, ^N and @{date}.

create or replace function pggit.unknown_revision(in_revision text, in_reason text default null)
returns text
language plpgsql
immutable
as $$
begin
    raise exception 'there is no revision "%"', in_revision
        using errcode = 'undefined_object',
              detail = coalesce(in_reason, 'No branch, tag or commit has that name.'),
              hint = 'A revision is a branch, a tag, a commit id or its unique prefix (4 digits or more), or HEAD, and may go on with ~2, ^2 or @{2 hours ago}.';
end
$$;
comment on function pggit.unknown_revision(text, text) is 'Raises the error for a revision that does not exist';

create or replace function pggit.resolve_name(in_name text, in_revision text)
returns text
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    found_id text;
    matches text[];
begin
    if in_name in ('HEAD', '@', '') then
        select b.commit_id into found_id
        from pggit.repository as r
        join pggit.branch_records as b on b.branch_name = r.head_branch;
        return found_id;
    end if;
    select b.commit_id into found_id from pggit.branch_records as b where b.branch_name = in_name;
    if found then
        return found_id;
    end if;
    select t.commit_id into found_id from pggit.tags as t where t.tag_name = in_name;
    if found then
        return found_id;
    end if;
    if in_name ~ '^[0-9a-fA-F]{4,64}$' then
        select array_agg(c.commit_id) into matches
        from (
            select c.commit_id
            from pggit.commit_records as c
            where c.commit_id collate "C" >= lower(in_name collate "C")
              and c.commit_id collate "C" < lower(in_name collate "C") || 'g'
            limit 3
        ) as c;
        if cardinality(matches) = 1 then
            return matches[1];
        elsif cardinality(matches) > 1 then
            return pggit.unknown_revision(in_revision, format('%s begins the ids of several commits, among them %s and %s.', in_name, left(matches[1], 16), left(matches[2], 16)));
        end if;
    end if;
    return pggit.unknown_revision(in_revision);
end
$$;
comment on function pggit.resolve_name(text, text) is 'The commit behind a branch, a tag, an id or a prefix of one';

create or replace function pggit.parent_of(in_commit_id text, in_number int, in_revision text)
returns text
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    parents text[];
begin
    select c.parent_ids into parents from pggit.commit_records as c where c.commit_id = in_commit_id;
    if in_number = 0 then
        return in_commit_id;
    end if;
    if parents[in_number] is null then
        return pggit.unknown_revision(in_revision, format('Commit %s has %s.', left(in_commit_id, 12),
            case cardinality(parents) when 0 then 'no parent' when 1 then 'one parent' else cardinality(parents) || ' parents' end));
    end if;
    if exists (select from pggit.grafts as g where g.commit_id = in_commit_id)
        and not exists (select from pggit.commit_records as c where c.commit_id = parents[in_number])
    then
        return pggit.unknown_revision(in_revision, format('The history before commit %s was purged.', left(in_commit_id, 12)));
    end if;
    if exists (
        select from pggit.commit_records as c
        join pggit.commit_records as p on p.commit_id = parents[in_number]
        where c.commit_id = in_commit_id
          and p.commit_number >= c.commit_number)
    then
        return pggit.unknown_revision(in_revision, format('Commit %s has a parent that is not before it: see pggit.verify_consistency().', left(in_commit_id, 12)));
    end if;
    return parents[in_number];
end
$$;
comment on function pggit.parent_of(text, int, text) is 'A parent of a commit, counted from 1; 0 is the commit itself';

-- "2 hours ago", "yesterday", or anything that PostgreSQL reads as a timestamp.
create or replace function pggit.parse_time(in_text text, in_revision text)
returns timestamptz
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
    ago text := substring(lower(btrim(in_text) collate "C") from '^(.*\S)\s+ago$');
begin
    if ago is not null then
        return clock_timestamp() - ago::interval;
    end if;
    return in_text::timestamptz;
exception
    when data_exception then
        perform pggit.unknown_revision(in_revision, format('"%s" is not a time.', in_text));
        return null;
end
$$;
comment on function pggit.parse_time(text, text) is 'A time as revisions write it: 2 hours ago, yesterday, 2026-01-31 10:00';

create or replace function pggit.revision_id(revision text)
returns text
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    rest text := btrim(revision);
    name text;
    step text;
    at_time timestamptz;
    current_id text;
    n int;
begin
    if revision is null or rest = '' then
        return pggit.unknown_revision(coalesce(revision, 'null'), 'It is empty.');
    end if;
    name := substring(rest from '^(?:[^~^@]|@(?!\{))*');
    rest := substring(rest from length(name) + 1);
    current_id := pggit.resolve_name(name, revision);
    while rest <> '' loop
        if current_id is null then
            return pggit.unknown_revision(revision, 'The branch has no commits.');
        end if;
        step := substring(rest from '^(?:[~^][0-9]*|@\{[^}]*\})');
        if step is null then
            return pggit.unknown_revision(revision, format('"%s" cannot be read.', rest));
        end if;
        rest := substring(rest from length(step) + 1);
        if length(step) > 9 and left(step, 1) in ('~', '^') then
            return pggit.unknown_revision(revision, format('"%s" goes too far.', step));
        end if;
        if left(step, 1) = '^' then
            current_id := pggit.parent_of(current_id, coalesce(nullif(substring(step from 2), ''), '1')::int, revision);
        elsif left(step, 1) = '~' then
            for n in 1 .. coalesce(nullif(substring(step from 2), ''), '1')::int loop
                current_id := pggit.parent_of(current_id, 1, revision);
            end loop;
        else
            at_time := pggit.parse_time(substring(step from 3 for length(step) - 3), revision);
            while (select c.authored_at > at_time from pggit.commit_records as c where c.commit_id = current_id) loop
                current_id := pggit.parent_of(current_id, 1, revision);
            end loop;
        end if;
    end loop;
    return current_id;
end
$$;
comment on function pggit.revision_id(text) is 'The id of the commit that a revision names, among the commits that are folded';

create or replace function pggit.settled_revision(in_revision text)
returns text
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform pggit.settle();
    return pggit.revision_id(in_revision);
end
$$;
comment on function pggit.settled_revision(text) is 'The id of the commit that a revision names, after folding what is left staged';

-- Stable, so that a query calls it once and finds its commit by index; what it calls has the newest snapshot.
create or replace function pggit.resolve_revision(revision text)
returns text
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return pggit.settled_revision(revision);
end
$$;
comment on function pggit.resolve_revision(text) is 'The id of the commit that a revision names';

create or replace function pggit.current_branch()
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    select r.head_branch
    from pggit.repository as r
$$;
comment on function pggit.current_branch() is 'The branch that this database is on';

create or replace function pggit.tag(tag_name text, revision text default 'HEAD')
returns text
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    target text;
begin
    perform pggit.check_ref_name('tag', tag.tag_name);
    perform pggit.settle_all();
    target := pggit.revision_id(revision);
    insert into pggit.tags (tag_name, commit_id) values (tag.tag_name, target);
    perform pggit.seal('tag', array[tag.tag_name]);
    return target;
exception
    when unique_violation then
        raise exception 'there is a tag "%" already', tag.tag_name
            using errcode = 'duplicate_object', hint = 'Choose another name: tags do not move.';
end
$$;
comment on function pggit.tag(text, text) is 'Names a commit; gives its id';

create or replace function pggit.list_tags()
returns table (tag_name text, commit_id text, created_at timestamptz)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    select t.tag_name, t.commit_id, t.created_at
    from pggit.tags as t
    order by t.tag_name
$$;
comment on function pggit.list_tags() is 'The tags, by name';
