-- All faces that a cluster has by itself go to another. Returns their films.
update face_assignments
set cluster_id = :to_cluster
where cluster_id = :from_cluster
  and split_id is null
returning asset_id
