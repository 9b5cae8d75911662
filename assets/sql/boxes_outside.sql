select count(*)
from artifacts,
     jsonb_to_record(payload -> 'bounding_box') as box (x float8, y float8, width float8, height float8)
where run_id = :run_id
  and not (box.width > 0 and box.height > 0 and box.x >= -1 and box.y >= -1
           and box.x + box.width <= (payload ->> 'frame_width')::float8 + 1
           and box.y + box.height <= (payload ->> 'frame_height')::float8 + 1)
