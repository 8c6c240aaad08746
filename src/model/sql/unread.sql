-- unread: the single objects that are exceptions to a facet that was otherwise read.
SELECT DISTINCT facet, object FROM coverage WHERE object <> '' AND NOT complete
