-- Films that both indexes of a library hold in the same version, at random but for one generation
-- always the same, and what readers of the two leave out at that moment.
select s.max_rev,
    array(
        select rev from search_revs
        where index_name in (p.active_index_name, p.shadow_index_name)
          and state in ('pending', 'retired')
        order by rev
    ) as excluded,
    array(
        select a.asset_id
        from asset a
        join search_ledger active
            on active.index_name = p.active_index_name and active.asset_id = a.asset_id
        join search_ledger shadow
            on shadow.index_name = p.shadow_index_name and shadow.asset_id = a.asset_id
        where a.library_slug = p.library_slug
          and active.live_rev is not null
          and shadow.live_rev is not null
          and active.content_hash = shadow.content_hash
        order by md5(a.asset_id || p.shadow_index_name)
        limit :films
    ) as films
from search_ledger_serial s
cross join library_model_policy p
where p.library_slug = :library
