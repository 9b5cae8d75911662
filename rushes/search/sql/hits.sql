-- One page of hits as a person sees them: the film as it is now, and what in each scene may match.
-- `hits`: JSON, in order. Those whose rev was not live at `serial` are left out; without a rev all.
-- `names`: with the first of them, the names of the people `named`.
-- `lexemes`: a tsquery, `pattern`: a regular expression of what is found by its letters; or null.
-- `meant` of a hit: what it was found by for its meaning; answered is what of it still answers.
-- What is asked for stands apart from the rest, so that one plan serves all questions.
with asked as materialized (
    select
        cast(:hits as jsonb) as hits,
        cast(:serial as bigint) as serial,
        cast(:lexemes as tsquery) as lexemes,
        cast(:pattern as text) as pattern,
        cast(:most as bigint) as most,
        cast(:has_text as boolean) as has_text,
        cast(:has_things as boolean) as has_things,
        cast(:objects as text[]) as objects,
        cast(:places as text[]) as places,
        cast(:people as text[]) as people,
        cast(:named as text[]) as named,
        cast(:libraries as text[]) as libraries
),
hit as materialized (
    select h.*
    from asked,
    jsonb_to_recordset(asked.hits) as h(
        place int, asset_id text, scene_id text, start_ms bigint, end_ms bigint,
        run_ids text[], rev bigint, meant text[]
    )
    where h.rev is null or exists (
        select from search_revs r
        where r.rev = h.rev
          and r.asset_id = h.asset_id
          and r.live_from <= asked.serial
          and (r.live_to is null or r.live_to > asked.serial)
    )
),
answering as materialized (
    select h.place, array_agg(c.run_id) as run_ids,
        array_agg(c.run_id) filter (where c.stage = 'scenes') as scene_runs
    from hit h
    cross join asked
    join current_runs c on c.asset_id = h.asset_id
    -- Otherwise nobody asks for them.
    where asked.has_things or h.scene_id is null
    group by h.place
)
select
    h.place, a.library_slug, a.path, a.capture_time, a.duration_ms, a.playable, a.preview_ready,
    a.offline_ready, l.status, l.volume_label,
    a.is_favorite or coalesce(h.scene_id = any(favourite.scene_ids), false) as is_favorite,
    texts.found as texts,
    things.found as things,
    case when h.meant is not null then (
        select json_agg(json_build_object(
            'source', coalesce(m.payload ->> 'source', 'image'), 'artifact_id', m.artifact_id,
            'run_id', m.run_id, 'start_ms', m.span_start_ms, 'end_ms', m.span_end_ms,
            'text', coalesce(m.payload ->> 'text', ''),
            'origin', r.origin, 'producer', r.producer, 'model_profile', r.model_profile
        ))
        from artifacts m
        join current_runs c on c.run_id = m.run_id and c.asset_id = h.asset_id
        join runs r on r.run_id = m.run_id
        where m.artifact_id = any(h.meant)
          and (h.rev is not null or h.scene_id is null or exists (
              select
              from scene_ranges s
              join current_runs x on x.run_id = s.run_id
              where s.artifact_id = h.scene_id
          ))
    ) end as meant,
    case when row_number() over (order by h.place) = 1 then (
        select json_object_agg(cluster_id, name)
        from people
        where cluster_id = any(asked.named) and name is not null
    ) end as names
from hit h
cross join asked
-- A film that was just moved is not shown for the library that it was published in.
join asset a
    on a.asset_id = h.asset_id
    and (asked.libraries is null or a.library_slug = any(asked.libraries))
join libraries l on l.slug = a.library_slug
left join answering on answering.place = h.place
left join lateral (
    -- Of each favourite span the scene that it covers most of.
    select array_agg(best.artifact_id) as scene_ids
    from favourite_scenes k
    cross join lateral (
        select s.artifact_id
        from scene_ranges s
        where s.asset_id = k.asset_id
          and s.run_id = any(h.run_ids)
          and s.start_ms < k.end_ms
          and s.end_ms > k.start_ms
          and least(s.end_ms, k.end_ms) - greatest(s.start_ms, k.start_ms)
              > least(s.end_ms - s.start_ms, k.end_ms - k.start_ms) / 2.0
        order by least(s.end_ms, k.end_ms) - greatest(s.start_ms, k.start_ms) desc, s.start_ms
        limit 1
    ) best
    where k.asset_id = h.asset_id
      and k.content_version = a.content_version
      and k.start_ms < h.end_ms
      and k.end_ms > h.start_ms
) favourite on h.scene_id is not null
left join lateral (
    select json_agg(json_build_object(
        'source', t.source, 'artifact_id', t.artifact_id, 'run_id', t.run_id,
        'start_ms', t.start_ms, 'end_ms', t.end_ms, 'text', t.text, 'language', t.language,
        'words', m.payload -> 'words',
        'origin', r.origin, 'producer', r.producer, 'model_profile', r.model_profile
    ) order by t.source desc, t.rank desc, t.start_ms, t.artifact_id) as found
    from (
        (
            select 'transcript' as source, t.artifact_id, t.run_id, t.start_ms, t.end_ms, t.text,
                cast(t.language as text) as language,
                coalesce(ts_rank(t.text_tsv, asked.lexemes), 0) as rank
            from transcript_fts t
            where asked.has_text
              and t.asset_id = h.asset_id
              and t.run_id = any(h.run_ids)
              and t.start_ms < h.end_ms
              and t.start_ms > h.start_ms - coalesce((
                  select longest_ms from longest_spans x
                  where x.asset_id = h.asset_id and x.artifact_type = 'transcript.segment'
              ), 9000000000000)
              and (t.text_tsv @@ asked.lexemes or t.text ~* asked.pattern)
              and case
                  when h.scene_id is not null
                  then lies_in(t.start_ms, t.end_ms, h.start_ms, h.end_ms)
                  else lies_in_no_scene(
                      h.asset_id, answering.scene_runs, 9000000000000, t.start_ms, t.end_ms
                  )
              end
              and not exists (
                  select from replaced_artifacts x where x.artifact_id = t.artifact_id
              )
            order by rank desc, t.start_ms
            limit (select most from asked)
        )
        union all
        (
            select 'ocr', t.artifact_id, t.run_id, t.start_ms, t.end_ms, t.text,
                cast(t.language as text),
                coalesce(ts_rank(t.text_tsv, asked.lexemes), 0) as rank
            from ocr_fts t
            where asked.has_text
              and t.asset_id = h.asset_id
              and t.run_id = any(h.run_ids)
              and t.start_ms < h.end_ms
              and t.start_ms > h.start_ms - coalesce((
                  select longest_ms from longest_spans x
                  where x.asset_id = h.asset_id and x.artifact_type = 'ocr.text'
              ), 9000000000000)
              and (t.text_tsv @@ asked.lexemes or t.text ~* asked.pattern)
              and case
                  when h.scene_id is not null
                  then lies_in(t.start_ms, t.end_ms, h.start_ms, h.end_ms)
                  else lies_in_no_scene(
                      h.asset_id, answering.scene_runs, 9000000000000, t.start_ms, t.end_ms
                  )
              end
              and not exists (
                  select from replaced_artifacts x where x.artifact_id = t.artifact_id
              )
            order by rank desc, t.start_ms
            limit (select most from asked)
        )
    ) t
    left join artifacts m on t.source = 'transcript' and m.artifact_id = t.artifact_id
    join runs r on r.run_id = t.run_id
) texts on true
left join lateral (
    select json_agg(json_build_object(
        'source', t.source, 'artifact_id', t.artifact_id, 'run_id', t.run_id, 'id', t.id,
        'origin', r.origin, 'producer', r.producer, 'model_profile', r.model_profile
    ) order by t.source, t.id) as found
    from (
        select distinct on (f.source, f.id) f.*
        from (
            select 'object' as source, t.label as id, t.artifact_id, t.run_id, t.start_ms, t.end_ms
            from object_labels t
            where t.asset_id = h.asset_id
              and t.label = any(asked.objects)
              and t.start_ms < h.end_ms
              and t.end_ms > h.start_ms
            union all
            select 'place', t.label, t.artifact_id, t.run_id, t.start_ms, t.end_ms
            from place_labels t
            where t.asset_id = h.asset_id
              and t.label = any(asked.places)
              and t.start_ms < h.end_ms
              and t.end_ms > h.start_ms
            union all
            select 'person', t.cluster_id, t.artifact_id, t.run_id, t.start_ms, t.end_ms
            from face_clusters t
            where t.asset_id = h.asset_id
              and t.cluster_id = any(asked.people)
              and t.start_ms < h.end_ms
              and t.end_ms > h.start_ms
        ) f
        where asked.has_things
          and f.run_id = any(answering.run_ids)
          and (
              h.scene_id is null or lies_in(f.start_ms, f.end_ms, h.start_ms, h.end_ms)
          )
          and not exists (select from replaced_artifacts x where x.artifact_id = f.artifact_id)
        order by f.source, f.id, f.start_ms, f.artifact_id
    ) t
    join runs r on r.run_id = t.run_id
) things on true
order by h.place
