-- tenant: one row, whatever could be read of it.
SELECT
  t.id, t.display_name, t.on_premises_sync_enabled, t.last_sync,
  f.v1, f.v2, k.cloud_features AS features_known, k.cloud_organization AS organization_known,
  s.new_group_default, k.cloud_settings AS settings_known,
  EXISTS (FROM scope_flavour WHERE flavour = 'connect-v1') AS declares_v1
FROM known k
LEFT JOIN cloud_tenant t ON true
LEFT JOIN (
  SELECT
    bool_or(enabled) FILTER (name = 'unifiedGroupWritebackEnabled') AS v1,
    bool_or(enabled) FILTER (name = 'groupWriteBackEnabled') AS v2
  FROM cloud_sync_feature
) f ON true
LEFT JOIN (
  SELECT any_value(value) AS new_group_default FROM cloud_setting WHERE template = 'Group.Unified' AND name = 'NewUnifiedGroupWritebackDefault'
) s ON true
