-- The search documents of films: one a scene of the answering run, and one a film (without
-- scene_id) for a film without scenes or for what of it lies in no scene.
-- What was found lies in a scene if they overlap by half of the shorter one or by half a second.
-- `parts`: null, or only these documents, by scene_id or (that of the film itself) by asset_id.
with film as materialized (
    select
        a.asset_id, a.library_slug, a.path, a.capture_time, a.duration_ms, a.content_version,
        a.is_favorite, a.offline_ready, a.preview_ready, a.playable, a.searchable,
        coalesce(runs.scenes, '{}') as scene_runs,
        coalesce(runs.transcript, '{}') as transcript_runs,
        coalesce(runs.ocr, '{}') as ocr_runs,
        coalesce(runs.objects, '{}') as object_runs,
        coalesce(runs.places, '{}') as place_runs,
        coalesce(runs.faces, '{}') as face_runs,
        coalesce(runs.profiles, '{}') as profiles,
        coalesce(runs.producers, '{}') as producers,
        picture.width, picture.height,
        coalesce(longest.said, 9000000000000) as longest_said,
        coalesce(longest.written, 9000000000000) as longest_written,
        coalesce(longest.object, 9000000000000) as longest_object,
        coalesce(longest.place, 9000000000000) as longest_place,
        coalesce(longest.face, 9000000000000) as longest_face,
        coalesce(longest.scene, 9000000000000) as longest_scene
    from asset a
    left join lateral (
        select
            array_agg(r.run_id) filter (where c.stage = 'scenes') as scenes,
            array_agg(r.run_id) filter (where c.stage = 'transcript') as transcript,
            array_agg(r.run_id) filter (where c.stage = 'ocr') as ocr,
            array_agg(r.run_id) filter (where c.stage = 'objects') as objects,
            array_agg(r.run_id) filter (where c.stage = 'places') as places,
            array_agg(r.run_id) filter (where c.stage = 'faces') as faces,
            array_agg(distinct r.model_profile) filter (where r.model_profile <> 'none')
                as profiles,
            array_agg(distinct r.producer) as producers
        from current_runs c
        join runs r on r.run_id = c.run_id
        where c.asset_id = a.asset_id
    ) runs on true
    left join lateral (
        select (m.payload ->> 'width')::bigint as width, (m.payload ->> 'height')::bigint as height
        from current_runs c
        join artifacts m on m.run_id = c.run_id and m.artifact_type = 'video.metadata'
        where c.asset_id = a.asset_id and c.stage = 'source_video'
        limit 1
    ) picture on true
    left join lateral (
        select
            max(longest_ms) filter (where artifact_type = 'transcript.segment') as said,
            max(longest_ms) filter (where artifact_type = 'ocr.text') as written,
            max(longest_ms) filter (where artifact_type = 'object.detection') as object,
            max(longest_ms) filter (where artifact_type = 'place.classification') as place,
            max(longest_ms) filter (where artifact_type = 'face.detection') as face,
            max(longest_ms) filter (where artifact_type = 'scene') as scene
        from longest_spans x
        where x.asset_id = a.asset_id
    ) longest on true
    where a.asset_id = any(:asset_ids)
),
scene as materialized (
    select s.asset_id, s.artifact_id, s.run_id, s.scene_index, s.start_ms, s.end_ms
    from film f
    join scene_ranges s on s.asset_id = f.asset_id and s.run_id = any(f.scene_runs)
    where not exists (select from replaced_artifacts x where x.artifact_id = s.artifact_id)
      -- All of a film only where its own document is asked for.
      and (
          cast(:parts as text[]) is null
          or s.artifact_id = any(cast(:parts as text[]))
          or s.asset_id = any(cast(:parts as text[]))
      )
),
-- Where scenes follow one another from the beginning to the end, nothing can lie in none.
without_gap as materialized (
    select s.asset_id
    from (
        select asset_id, start_ms, end_ms,
            lag(end_ms, 1, 0::bigint) over (partition by asset_id order by start_ms, end_ms)
                as ended_ms,
            lead(start_ms) over (partition by asset_id order by start_ms, end_ms) as next_ms
        from scene
    ) s
    join film f using (asset_id)
    group by s.asset_id, f.duration_ms
    having bool_and(start_ms <= ended_ms) and max(end_ms) >= f.duration_ms
),
-- Of each favourite span the scene that it covers most of.
favourite as materialized (
    select best.artifact_id
    from favourite_scenes k
    join film f on f.asset_id = k.asset_id and f.content_version = k.content_version
    cross join lateral (
        select s.artifact_id
        from scene_ranges s
        where s.asset_id = k.asset_id
          and s.run_id = any(f.scene_runs)
          and s.start_ms < k.end_ms
          and s.end_ms > k.start_ms
          and least(s.end_ms, k.end_ms) - greatest(s.start_ms, k.start_ms)
              > least(s.end_ms - s.start_ms, k.end_ms - k.start_ms) / 2.0
          and not exists (select from replaced_artifacts x where x.artifact_id = s.artifact_id)
        order by least(s.end_ms, k.end_ms) - greatest(s.start_ms, k.start_ms) desc, s.start_ms
        limit 1
    ) best
    where k.asset_id = any(:asset_ids)
),
part as materialized (
    select asset_id, artifact_id as scene_id, run_id as scene_run, scene_index, start_ms, end_ms,
        end_ms as before_ms, false as is_rest, true as is_kept
    from scene
    where cast(:parts as text[]) is null or artifact_id = any(cast(:parts as text[]))
    union all
    select f.asset_id, null, null, null, 0, coalesce(f.duration_ms, 0),
        9223372036854775807, true, not exists (select from scene s where s.asset_id = f.asset_id)
    from film f
    where not exists (select from without_gap w where w.asset_id = f.asset_id)
      and (cast(:parts as text[]) is null or f.asset_id = any(cast(:parts as text[])))
)
select
    f.asset_id, p.scene_id, p.scene_index, p.start_ms, p.end_ms,
    f.library_slug, f.path, f.capture_time, f.duration_ms, f.width, f.height,
    array_remove(
        array_cat(array[p.scene_run], array_cat(f.transcript_runs, f.ocr_runs)), null
    ) as run_ids,
    f.profiles, f.producers,
    said.texts as transcript, said.lexemes as transcript_lexemes, said.languages,
    written.texts as ocr, written.lexemes as ocr_lexemes,
    object.labels as objects, place.labels as places,
    who.clusters as people, who.names,
    f.is_favorite or p.scene_id in (select artifact_id from favourite) as is_favorite,
    f.offline_ready, f.preview_ready, f.playable, f.searchable
from part p
join film f on f.asset_id = p.asset_id
left join lateral (
    select
        array_agg(t.text order by t.start_ms, t.artifact_id) as texts,
        string_agg(array_to_string(tsvector_to_array(t.text_tsv), ' '), ' '
            order by t.start_ms, t.artifact_id) as lexemes,
        array_agg(distinct case
            when t.language <> 'simple'::regconfig then t.language::text
            else (select a.payload ->> 'language' from artifacts a
                where a.artifact_id = t.artifact_id)
        end) as languages
    from transcript_fts t
    where t.asset_id = p.asset_id
      and t.run_id = any(f.transcript_runs)
      and t.start_ms < p.before_ms
      and t.start_ms > p.start_ms - f.longest_said
      and case
          when p.is_rest
          then lies_in_no_scene(p.asset_id, f.scene_runs, f.longest_scene, t.start_ms, t.end_ms)
          else lies_in(t.start_ms, t.end_ms, p.start_ms, p.end_ms)
      end
      and not exists (select from replaced_artifacts x where x.artifact_id = t.artifact_id)
) said on true
left join lateral (
    select
        array_agg(t.text order by t.start_ms, t.artifact_id) as texts,
        string_agg(array_to_string(tsvector_to_array(t.text_tsv), ' '), ' '
            order by t.start_ms, t.artifact_id) as lexemes
    from ocr_fts t
    where t.asset_id = p.asset_id
      and t.run_id = any(f.ocr_runs)
      and t.start_ms < p.before_ms
      and t.start_ms > p.start_ms - f.longest_written
      and case
          when p.is_rest
          then lies_in_no_scene(p.asset_id, f.scene_runs, f.longest_scene, t.start_ms, t.end_ms)
          else lies_in(t.start_ms, t.end_ms, p.start_ms, p.end_ms)
      end
      and not exists (select from replaced_artifacts x where x.artifact_id = t.artifact_id)
) written on true
left join lateral (
    select array_agg(distinct t.label) as labels
    from object_labels t
    where t.asset_id = p.asset_id
      and t.run_id = any(f.object_runs)
      and t.start_ms < p.before_ms
      and t.start_ms > p.start_ms - f.longest_object
      and case
          when p.is_rest
          then lies_in_no_scene(p.asset_id, f.scene_runs, f.longest_scene, t.start_ms, t.end_ms)
          else lies_in(t.start_ms, t.end_ms, p.start_ms, p.end_ms)
      end
      and not exists (select from replaced_artifacts x where x.artifact_id = t.artifact_id)
) object on true
left join lateral (
    select array_agg(distinct t.label) as labels
    from place_labels t
    where t.asset_id = p.asset_id
      and t.run_id = any(f.place_runs)
      and t.start_ms < p.before_ms
      and t.start_ms > p.start_ms - f.longest_place
      and case
          when p.is_rest
          then lies_in_no_scene(p.asset_id, f.scene_runs, f.longest_scene, t.start_ms, t.end_ms)
          else lies_in(t.start_ms, t.end_ms, p.start_ms, p.end_ms)
      end
      and not exists (select from replaced_artifacts x where x.artifact_id = t.artifact_id)
) place on true
left join lateral (
    select
        array_agg(distinct t.cluster_id) as clusters,
        array_agg(distinct n.name) filter (where n.name is not null) as names
    from face_clusters t
    left join people n on n.cluster_id = t.cluster_id
    where t.asset_id = p.asset_id
      and t.run_id = any(f.face_runs)
      and t.start_ms < p.before_ms
      and t.start_ms > p.start_ms - f.longest_face
      and case
          when p.is_rest
          then lies_in_no_scene(p.asset_id, f.scene_runs, f.longest_scene, t.start_ms, t.end_ms)
          else lies_in(t.start_ms, t.end_ms, p.start_ms, p.end_ms)
      end
      and not exists (select from replaced_artifacts x where x.artifact_id = t.artifact_id)
) who on true
where p.is_kept
   or said.texts is not null
   or written.texts is not null
   or object.labels is not null
   or place.labels is not null
   or who.clusters is not null
order by p.asset_id, p.start_ms, p.scene_id nulls last
