-- unread: the single objects that are exceptions to a facet that was otherwise read; `id` where the object is named by a GUID.
SELECT DISTINCT facet, coalesce(TRY_CAST(object AS UUID)::VARCHAR, object) AS object, TRY_CAST(object AS UUID) AS id
FROM coverage
WHERE object <> '' AND NOT complete
