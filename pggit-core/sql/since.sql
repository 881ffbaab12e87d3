-- What a commit's id that was noted elsewhere proves. An id covers its parents' ids, also those of commits that were purged: the archive
-- has their parents, and what is left names the ids of what went without an archive.

create or replace function pggit.verify_since(commit_id text)
returns table (status text, details text)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    head_id text;
    kept pggit.commit_records;
    archived pggit.archived_commits;
    is_named boolean;
    is_remade boolean;
    purged text;
begin
    perform pggit.settle();
    head_id := pggit.resolve_name('HEAD', 'HEAD');
    with recursive named as (
        select head_id as id
        union
        select p.id
        from named as n
        cross join lateral (
            select c.parent_ids from pggit.commit_records as c where c.commit_id = n.id
            union all
            select a.parent_ids from pggit.archived_commits as a where a.commit_id = n.id
        ) as c
        cross join lateral unnest(c.parent_ids) as p (id)
    )
    select exists (select from named as n where n.id = verify_since.commit_id) into is_named;
    select c.*
    into kept
    from pggit.ancestry(head_id) as a
    join pggit.commit_records as c on c.commit_id = a.commit_id
    where a.commit_id = verify_since.commit_id;
    if kept.commit_id is not null then
        is_remade := exists (
            select
            from pggit.ancestry(kept.commit_id) as a
            join pggit.grafts as f on f.commit_id = a.commit_id);
        return query
            select 'ok',
                   format('HEAD''s history goes back to %s', kept.commit_id)
                   || case when is_remade then '; what purges made anew up to it is bound by seals, not by this id' else '' end
                   || case when not is_named then '; commits after it were purged without an archive, and only a seal says what they led from' else '' end;
        return;
    end if;
    select a.* into archived from pggit.archived_commits as a where a.commit_id = verify_since.commit_id;
    if archived.commit_id is not null then
        return query
            select case when is_named then 'ok' else 'error' end,
                   format('%s was taken to the archive at %s by %s, ', archived.commit_id, archived.archived_at::timestamptz(0), archived.archived_by)
                   || case
                          when is_named then 'and HEAD''s history goes back to it by the ids of parents'
                          else 'and by what is left HEAD''s history does not go back to it: it was of another branch, or what came after it was purged without an archive'
                      end;
        return;
    end if;
    select format('the last purge without an archive was at %s by %s', e.created_at::timestamptz(0), e.created_by)
    into purged
    from pggit.system_events as e
    where e.event_type = 'history_purged'
      and e.event_data ->> 'archive' = 'false'
    order by e.event_id desc
    limit 1;
    return query
        select case when is_named then 'warning' else 'error' end,
               case
                   when is_named then format('HEAD''s history goes back to %s, which is not there any more: only its id is, as that of a parent', verify_since.commit_id)
                   else format('HEAD''s history does not hold %s: it was rewritten, or the id is not whole', verify_since.commit_id)
                        || case when purged is not null then ', or it was purged without an archive, and nothing that is left can tell' else '' end
               end || coalesce(' (' || purged || ')', '');
end
$$;
comment on function pggit.verify_since(text) is 'Whether HEAD''s history goes back to a commit, by its whole id, also where a purge has taken the commit away. Together with a clean verify_consistency() that proves what the id covers';
