-- dangling_list: the address lists that groups of AD name and that do not exist.
WITH named AS (SELECT guid, unnest(show_in_address_book) AS dn FROM ad_group WHERE len(show_in_address_book) > 0),
gone AS (
  SELECT dn
  FROM (SELECT DISTINCT dn FROM named) n
  ANTI JOIN (SELECT lower(dn) AS dn FROM ad_address_list) l ON l.dn = lower(n.dn)
)
SELECT n.guid, list(n.dn ORDER BY n.dn) AS dns FROM named n SEMI JOIN gone g ON g.dn = n.dn GROUP BY n.guid
