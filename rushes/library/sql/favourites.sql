-- Favourites in the order of (film, start, end): the film itself has its row before its scenes,
-- at -1. A kept span is the scene of the answering run that it overlaps most, by more than half of
-- the shorter; where no scene does, it stands without one. Spans of an older content are left out.
with kept as (
    select a.asset_id, cast(-1 as bigint) as start_ms, cast(-1 as bigint) as end_ms,
        'film' as kind, null::timestamptz as created_at
    from asset a
    where a.is_favorite
    union all
    select f.asset_id, f.start_ms, f.end_ms, 'scene', f.created_at
    from favourite_scenes f
    join asset a on a.asset_id = f.asset_id and a.content_version = f.content_version
),
page as (
    select k.*, a.library_slug, a.path
    from kept k
    join asset a on a.asset_id = k.asset_id
    where (cast(:kind as text) is null or k.kind = :kind)
      and (cast(:library as text) is null or a.library_slug = :library)
      and (cast(:asset_id as text) is null or k.asset_id = :asset_id)
      and (cast(:after_asset as text) is null
           or (k.asset_id, k.start_ms, k.end_ms)
              > (cast(:after_asset as text), cast(:after_start as bigint), cast(:after_end as bigint)))
    order by k.asset_id, k.start_ms, k.end_ms
    limit cast(:limit as bigint)
)
select p.*,
    s.artifact_id, s.run_id, s.scene_index, s.keyframe_ms,
    s.start_ms as scene_start_ms, s.end_ms as scene_end_ms
from page p
left join lateral (
    select r.*, least(r.end_ms, p.end_ms) - greatest(r.start_ms, p.start_ms) as overlap
    from scene_ranges r
    join current_runs c on c.run_id = r.run_id and c.asset_id = p.asset_id and c.stage = 'scenes'
    where p.kind = 'scene'
      and r.asset_id = p.asset_id
      and r.start_ms < p.end_ms
      and r.end_ms > p.start_ms
      and not exists (select from replaced_artifacts x where x.artifact_id = r.artifact_id)
      -- overlap > half of the shorter span, without doubling a number that may be large
      and least(r.end_ms, p.end_ms) - greatest(r.start_ms, p.start_ms)
          > least(r.end_ms - r.start_ms, p.end_ms - p.start_ms)
            - (least(r.end_ms, p.end_ms) - greatest(r.start_ms, p.start_ms))
    order by overlap desc, r.start_ms, r.artifact_id
    limit 1
) s on true
order by p.asset_id, p.start_ms, p.end_ms
