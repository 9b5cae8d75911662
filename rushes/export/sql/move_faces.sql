-- These faces go to a cluster. Returns their films.
update face_assignments
set cluster_id = :to_cluster
where artifact_id = any(:artifact_ids)
  and split_id is null
returning asset_id
