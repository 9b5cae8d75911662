-- Per content what was said of its films; of several films of one content, the newest policies.
with spoken_of as (
    select v.content_hash, max(v.full_hash) as full_hash,
        bool_or(a.is_favorite and a.content_version = v.content_version) as is_favorite,
        json_agg(json_build_array(a.library_slug, a.path) order by a.library_slug, a.path) as places
    from asset_versions v
    join asset a on a.asset_id = v.asset_id
    group by v.content_hash
),
scenes as (
    select s.content_hash, json_agg(json_build_object(
        'span', json_build_array(s.start_ms, s.end_ms), 'created_at', s.created_at
    ) order by s.start_ms, s.end_ms) as scenes
    from (
        select v.content_hash, f.start_ms, f.end_ms, min(f.created_at) as created_at
        from favourite_scenes f
        join asset_versions v using (asset_id, content_version)
        group by v.content_hash, f.start_ms, f.end_ms
    ) s
    group by s.content_hash
),
policies as (
    select p.content_hash, json_agg(p.policy order by p.artifact_type) as policies
    from (
        select distinct on (v.content_hash, s.artifact_type) v.content_hash, s.artifact_type,
            json_build_object(
                'artifact_type', s.artifact_type,
                'mode', s.mode,
                'preferred_profile', s.preferred_profile,
                'pinned', case when r.run_id is not null then json_build_object(
                    'stage', r.stage, 'config_hash', r.config_hash,
                    'model_profile', r.model_profile, 'origin', r.origin, 'language', r.language
                ) end
            ) as policy
        from artifact_selections s
        join asset a on a.asset_id = s.asset_id
        join asset_versions v
            on v.asset_id = a.asset_id and v.content_version = a.content_version
        left join runs r on r.run_id = s.pinned_run_id
        order by v.content_hash, s.artifact_type, s.updated_at desc, s.asset_id
    ) p
    group by p.content_hash
)
select o.content_hash, o.full_hash, o.places, o.is_favorite,
    coalesce(s.scenes, '[]') as favourite_scenes,
    coalesce(p.policies, '[]') as policies
from spoken_of o
left join scenes s on s.content_hash = o.content_hash
left join policies p on p.content_hash = o.content_hash
where o.is_favorite or s.scenes is not null or p.policies is not null
order by o.content_hash
