-- What is to be found in a film by a stage's answering runs: per kind and label the number of
-- spans. Label '' stands for all of a kind.
create function film_entries(film text, of_stage text)
returns table (kind text, label text, spans bigint, best_confidence double precision)
language sql stable as $$
    with answering as (
        select c.run_id from current_runs c where c.asset_id = film and c.stage = of_stage
    ),
    found as (
        select 'scene' as kind, null as label, null::double precision as confidence, artifact_id
        from scene_ranges where of_stage = 'scenes' and run_id in (select run_id from answering)
        union all
        select 'transcript', null, null, artifact_id
        from transcript_fts
        where of_stage = 'transcript' and run_id in (select run_id from answering)
        union all
        select 'language', a.payload ->> 'language', null, artifact_id
        from transcript_fts t join artifacts a using (artifact_id)
        where of_stage = 'transcript' and t.run_id in (select run_id from answering)
        union all
        select 'ocr', null, null, artifact_id
        from ocr_fts where of_stage = 'ocr' and run_id in (select run_id from answering)
        union all
        select 'object', label, confidence, artifact_id
        from object_labels where of_stage = 'objects' and run_id in (select run_id from answering)
        union all
        select 'place', label, confidence, artifact_id
        from place_labels where of_stage = 'places' and run_id in (select run_id from answering)
        union all
        select 'person', cluster_id, confidence, artifact_id
        from face_clusters where of_stage = 'faces' and run_id in (select run_id from answering)
    )
    select f.kind, coalesce(f.label, ''), count(*), max(f.confidence)
    from found f
    where not exists (select from replaced_artifacts r where r.artifact_id = f.artifact_id)
    group by grouping sets ((f.kind), (f.kind, f.label))
    having case grouping(f.label) when 1 then f.kind <> 'language' else f.label is not null end
$$
