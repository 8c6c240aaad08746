-- access_right: per distinct access list and trustee, what the allow entries amount to. Deny entries are not counted in anyone's favour.
WITH name AS (
  SELECT
    coalesce(any_value(guid) FILTER (lower(name) = 'member' AND kind = 'attribute'), 'bf9679c0-0de6-11d0-a285-00aa003049e2'::UUID) AS member,
    coalesce(any_value(guid) FILTER (lower(name) = 'membership' AND kind = 'property-set'), 'bc0ac240-79a9-11d0-9020-00c04fc2d4cf'::UUID) AS membership,
    coalesce(any_value(guid) FILTER (lower(name) = 'group' AND kind = 'class'), 'bf967a9c-0de6-11d0-a285-00aa003049e2'::UUID) AS group_class,
    coalesce(any_value(guid) FILTER (lower(name) = 'admindescription' AND kind = 'attribute'), 'bf967919-0de6-11d0-a285-00aa003049e2'::UUID) AS admin_description,
    coalesce(any_value(guid) FILTER (lower(name) = 'msds-externaldirectoryobjectid' AND kind = 'attribute'), 'bd29bf90-66ad-40e1-887b-10df070419a6'::UUID) AS external_id,
    coalesce(any_value(guid) FILTER (lower(name) = 'personal-information' AND kind = 'property-set'), '77b5b886-944a-11d1-aebd-0000f80367c1'::UUID) AS personal_information
  FROM ad_schema
),
entry AS (
  SELECT
    a.acl, a.trustee_sid, a.inherit_only, a.inherited,
    a.inherited_object_type IS NULL OR a.inherited_object_type = n.group_class AS for_groups,
    -- Full control, or the means to take it: WRITE_DAC (262144), WRITE_OWNER (524288), GENERIC_ALL (268435456).
    (a.mask & 786432) <> 0 OR ((a.mask & 268435456) <> 0 AND a.object_type IS NULL) AS control,
    -- Write of member: WRITE_PROP (32), GENERIC_WRITE (1073741824) or GENERIC_ALL on everything, on member or on its set; or the validated write SELF (8).
    ((a.mask & 1342177312) <> 0 AND (a.object_type IS NULL OR a.object_type IN (n.member, n.membership)))
      OR ((a.mask & 8) <> 0 AND (a.object_type IS NULL OR a.object_type = n.member)) AS member,
    (a.mask & 1342177312) <> 0 AND a.object_type IN (n.admin_description, n.external_id, n.personal_information) AS anchor,
    (a.mask & 1) <> 0 AND (a.object_type IS NULL OR a.object_type = n.group_class) AS create_group
  FROM ad_ace a CROSS JOIN name n
  WHERE a.allow
)
SELECT
  acl, trustee_sid,
  -- The class that inherits an entry says nothing about the object that has it: there only "inherit only" counts.
  bool_or(NOT inherit_only AND (control OR member)) AS writes_member,
  -- Rights on the markers alone: whoever may write everything may change the members too.
  bool_or(NOT inherit_only AND anchor) AS writes_anchor,
  bool_or(NOT inherit_only AND anchor AND NOT inherited) AS writes_anchor_itself,
  bool_or((NOT inherit_only OR for_groups) AND (control OR create_group OR (for_groups AND (member OR anchor)))) AS controls_container
FROM entry
GROUP BY acl, trustee_sid
