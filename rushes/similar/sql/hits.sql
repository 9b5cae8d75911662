-- What a page shows of each moment, and whether it may be shown at all: what is not of the runs that
-- answer, was replaced by a correction, or is a face that nobody may look for, is left out.
-- `mode`, `profile`, `pinned`: the request's own choice of runs; null: by each film's policy.
-- `people`: any, named or unnamed; the rest are the filters of the request, null where not given.
with asked as materialized (
    select
        cast(:mode as text) as mode,
        cast(:profile as text) as profile,
        cast(:pinned as text) as pinned,
        cast(:libraries as text[]) as libraries,
        cast(:asset_ids as text[]) as asset_ids,
        cast(:captured_from as timestamptz) as captured_from,
        cast(:captured_to as timestamptz) as captured_to,
        cast(:start_ms as bigint) as start_ms,
        cast(:end_ms as bigint) as end_ms,
        cast(:profiles as text[]) as profiles,
        cast(:sources as text[]) as sources,
        cast(:is_favorite as boolean) as is_favorite,
        cast(:playable as boolean) as playable,
        cast(:people as text) as people
), wanted as materialized (
    -- First of all and by their key: guesses about the filters must not make a plan begin elsewhere.
    select embedding_id, artifact_id, kind, asset_id, run_id, start_ms, end_ms
    from embeddings
    where embedding_id = any(cast(:ids as text[]))
)
select
    e.embedding_id, e.artifact_id, m.artifact_type, e.kind, e.asset_id, e.run_id,
    e.start_ms, e.end_ms,
    scene.artifact_id as scene_id, scene.scene_index, scene.start_ms as scene_start_ms,
    scene.end_ms as scene_end_ms,
    a.library_slug, a.path, a.capture_time, a.duration_ms, a.playable, a.preview_ready,
    a.offline_ready, l.status, l.volume_label,
    is_marked.so as is_favorite,
    case when e.kind = 'text' then m.payload ->> 'source' end as source,
    case when e.kind = 'text' then m.payload ->> 'text' end as text,
    person.effective_id as person_id, person.name as person_name,
    r.origin, r.producer, r.model_profile
from asked
cross join wanted e
join runs r on r.run_id = e.run_id
join artifacts m on m.artifact_id = e.artifact_id
join asset a on a.asset_id = e.asset_id
join libraries l on l.slug = a.library_slug
left join face_assignments f on e.kind = 'face' and f.artifact_id = e.artifact_id
left join people person on person.cluster_id = coalesce(f.split_id, f.cluster_id)
left join lateral (
    select s.artifact_id, s.scene_index, s.start_ms, s.end_ms, s.run_id
    from scene_ranges s
    join current_runs c on c.run_id = s.run_id and c.stage = 'scenes'
    where s.asset_id = e.asset_id
      and s.start_ms <= e.start_ms
      and s.end_ms > e.start_ms
      and not exists (select from replaced_artifacts x where x.artifact_id = s.artifact_id)
    order by s.start_ms desc, s.artifact_id
    limit 1
) scene on true
cross join lateral (
    select a.is_favorite or exists (
        -- Of each favourite span the scene that it covers most of.
        select from favourite_scenes k
        cross join lateral (
            select s.artifact_id
            from scene_ranges s
            join current_runs c on c.run_id = s.run_id and c.stage = 'scenes'
            where s.asset_id = k.asset_id
              and s.start_ms < k.end_ms
              and s.end_ms > k.start_ms
              and least(s.end_ms, k.end_ms) - greatest(s.start_ms, k.start_ms)
                  > least(s.end_ms - s.start_ms, k.end_ms - k.start_ms) / 2.0
              and not exists (select from replaced_artifacts x where x.artifact_id = s.artifact_id)
            order by least(s.end_ms, k.end_ms) - greatest(s.start_ms, k.start_ms) desc, s.start_ms
            limit 1
        ) best
        where k.asset_id = a.asset_id
          and k.content_version = a.content_version
          and k.start_ms < scene.end_ms
          and k.end_ms > scene.start_ms
          and best.artifact_id = scene.artifact_id
    ) as so
) is_marked
where case
        when asked.mode is null
        then exists (select from current_runs c where c.run_id = e.run_id)
        else e.run_id in (
            select n.run_id
            from answering_runs(e.asset_id, r.stage, asked.mode, asked.profile, asked.pinned) n
        )
    end
  and not exists (select from replaced_artifacts x where x.artifact_id = e.artifact_id)
  -- A window is not cut anew when somebody corrects what it holds, and nothing says which words it
  -- has of what was replaced: some words are not found rather than wrong ones.
  and (
      e.kind <> 'text'
      or not exists (
          select
          from replaced_artifacts x
          join artifacts t on t.artifact_id = x.artifact_id
          where x.asset_id = e.asset_id
            and x.stage = m.payload ->> 'source'
            and t.span_start_ms < e.end_ms
            and t.span_end_ms > e.start_ms
      )
  )
  and (
      e.kind <> 'face'
      or (
          (l.settings -> 'face_recognition') is distinct from cast('false' as jsonb)
          and not coalesce(person.hidden, false)
      )
  )
  and (asked.libraries is null or a.library_slug = any(asked.libraries))
  and (asked.asset_ids is null or a.asset_id = any(asked.asset_ids))
  and (asked.captured_from is null or a.capture_time >= asked.captured_from)
  and (asked.captured_to is null or a.capture_time <= asked.captured_to)
  and (asked.start_ms is null or e.end_ms > asked.start_ms)
  and (asked.end_ms is null or e.start_ms < asked.end_ms)
  and (asked.profiles is null or r.model_profile = any(asked.profiles))
  and (asked.sources is null or (e.kind = 'text' and m.payload ->> 'source' = any(asked.sources)))
  and (asked.is_favorite is null or is_marked.so = asked.is_favorite)
  and (asked.playable is null or a.playable = asked.playable)
  and (
      asked.people = 'any'
      or (e.kind = 'face' and (person.name is not null) = (asked.people = 'named'))
  )
